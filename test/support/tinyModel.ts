import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../src/base/random.ts';
import { writeSafetensors, type TensorData } from '../../src/engine/hub/safetensors.ts';
import { parseConfig } from '../../src/engine/models/config.ts';
import { parameterSpecs } from '../../src/engine/models/parameters.ts';

const tokenizer = fileURLToPath(new URL('../fixtures/tokenizer/wordpiece/', import.meta.url));

/** Writes a BERT encoder of random weights, small enough to fine-tune in a test, with the WordPiece fixture's tokenizer. */
export function writeTinyModel(dir: string, size: { readonly hidden?: number; readonly layers?: number } = {}): string {
  const { hidden = 16, layers = 1 } = size;
  mkdirSync(dir, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(tokenizer, name), join(dir, name));
  const { model } = JSON.parse(readFileSync(join(dir, 'tokenizer.json'), 'utf8')) as { model: { vocab: object } };
  const raw = {
    ...{ model_type: 'bert', architectures: ['BertModel'], vocab_size: Object.keys(model.vocab).length },
    ...{ hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: 2, intermediate_size: 2 * hidden },
    ...{ max_position_embeddings: 64, type_vocab_size: 2, hidden_act: 'gelu', pad_token_id: 0, layer_norm_eps: 1e-12 },
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(raw));
  const tensors = new Map<string, TensorData>();
  for (const { name, shape } of parameterSpecs(parseConfig(raw, dir))) {
    const random = new Random(7, name);
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, () =>
      name.endsWith('LayerNorm.weight') ? 1 : name.endsWith('.bias') ? 0 : 0.2 * random.normal(),
    );
    tensors.set(name, { dtype: 'float32', shape, data });
  }
  writeFileSync(join(dir, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  return dir;
}
