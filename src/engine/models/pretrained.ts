import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { EncoderConfig } from './config.ts';
import { parameterNames, parameterSpecs } from './parameters.ts';

/** A model's weights by the names of {@link parameterSpecs}. */
export type Weights = ReadonlyMap<string, Float32Array>;

interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * Picks the encoder's (and, where `labels` is given, the head's) weights out of a checkpoint. Names may lack the
 * architecture's prefix (a bare encoder, as sentence-transformers saves it) and may use TensorFlow's `gamma`/`beta`.
 * Integer buffers such as `position_ids` are ignored.
 * @throws UserError naming the first tensor that is missing or has another shape.
 */
export function readWeights(
  config: EncoderConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
  source: string,
  labels?: number,
): Weights {
  const { prefix } = parameterNames(config.architecture);
  const byName = new Map<string, StoredTensor>();
  for (const [stored, tensor] of tensors) {
    const name = stored.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
    byName.set(name, tensor);
  }
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of parameterSpecs(config, labels)) {
    const tensor = byName.get(name) ?? byName.get(name.startsWith(prefix) ? name.slice(prefix.length) : name);
    if (tensor === undefined) throw new UserError(`${source}: the model has no tensor "${name}".`);
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      throw new UserError(
        `${source}: tensor "${name}" has shape [${tensor.shape.join(', ')}], its config.json says [${shape.join(', ')}].`,
      );
    }
    if (!(tensor.data instanceof Float32Array))
      throw new UserError(`${source}: tensor "${name}" is not floating-point.`);
    weights.set(name, tensor.data);
  }
  return weights;
}

/**
 * A pretrained encoder with a head for `labels` classes. The head's matrices are drawn from N(0, initializer_range),
 * its biases are 0, as transformers does for a new head; BERT's pretrained pooler is kept where the checkpoint has one.
 */
export function withNewHead(
  config: EncoderConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
  source: string,
  labels: number,
  seed: number,
): Weights {
  const weights = new Map(readWeights(config, tensors, source));
  for (const { name, shape, head } of parameterSpecs(config, labels)) {
    if (!head) continue;
    const pooled = name.startsWith('bert.pooler') ? (tensors.get(name) ?? tensors.get(name.slice(5))) : undefined;
    if (pooled?.data instanceof Float32Array) {
      weights.set(name, pooled.data);
      continue;
    }
    const random = new Random(seed, `initial ${name}`);
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith('.weight'))
      for (let i = 0; i < data.length; i++) data[i] = config.initializerRange * random.normal();
    weights.set(name, data);
  }
  return weights;
}
