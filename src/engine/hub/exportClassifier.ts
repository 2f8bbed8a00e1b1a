import { maxTokens, parseConfig } from '../models/config.ts';
import { parameterSpecs } from '../models/parameters.ts';
import type { Weights } from '../models/pretrained.ts';
import { classifierConfig, tokenizerClass } from './classifierConfig.ts';
import { classifierTokenizer, type TokenizerFileMap } from './classifierTokenizer.ts';
import { exportOnnx } from './exportOnnx.ts';
import { modelCard } from './modelCard.ts';
import { saveModelFolder } from './modelFolder.ts';
import type { TensorData } from './safetensors.ts';

/** A fine-tuned classifier with all that others need to use it. */
export interface ClassifierToExport {
  /** `config.json` of the encoder it was fine-tuned from. */
  readonly config: Readonly<Record<string, unknown>>;
  /** By the names of `parameterSpecs`, the full vocabulary; must not change until the export is done. */
  readonly weights: Weights;
  /** Names; the index is the class id. */
  readonly labels: readonly string[];
  /** The encoder's `tokenizer.json` and its companions. */
  readonly tokenizerFiles: TokenizerFileMap;
  /** Longest row in tokens that it was trained on: other programs are told to truncate there too. */
  readonly maxLength: number;
  /** The encoder's name on the hub, for the model card; left out where it came from a folder. */
  readonly baseModel?: string;
  /** Markdown for the model card: data, settings, results. */
  readonly notes?: string;
}

/**
 * Writes a classifier as a Hugging Face folder: `config.json`, `model.safetensors` and the tokenizer for
 * `AutoModelForSequenceClassification` and `AutoTokenizer`, `onnx/model.onnx` for transformers.js and ONNX runtimes
 * (see {@link exportOnnx}), `README.md`. All at once or not at all.
 * @throws UserError The folder is there and is not a model's, or the disk refuses.
 */
export async function exportClassifier(dir: string, model: ClassifierToExport): Promise<void> {
  const { labels, weights } = model;
  if (new Set(labels).size !== labels.length) throw new Error('two classes have the same label');
  const config = parseConfig(model.config, 'config.json');
  const maxLength = Math.min(model.maxLength, maxTokens(config));
  const tensors = new Map<string, TensorData>();
  for (const { name, shape } of parameterSpecs(config, labels.length)) {
    const data = weights.get(name);
    if (data === undefined) throw new Error(`the classifier has no weights ${name}`);
    tensors.set(name, { dtype: 'float32', shape, data });
  }
  const padId = model.config['pad_token_id'];
  await saveModelFolder(dir, {
    config: classifierConfig(model.config, config.architecture, labels),
    tensors,
    tokenizerFiles: classifierTokenizer(model.tokenizerFiles, maxLength, {
      tokenizerClass: tokenizerClass(config.architecture),
      padId: typeof padId === 'number' ? padId : config.architecture === 'roberta' ? 1 : 0,
    }),
    files: new Map<string, string | Uint8Array>([
      ['onnx/model.onnx', exportOnnx(config, weights, labels.length)],
      ['README.md', modelCard({ baseModel: model.baseModel, labels, maxLength, notes: model.notes })],
    ]),
  });
}
