import { Random } from '../../../src/base/random.ts';
import type { EncodedRows } from '../../../src/engine/hub/encodedRows.ts';
import type { EncoderConfig } from '../../../src/engine/models/config.ts';
import { padBatch } from '../../../src/engine/models/padBatch.ts';
import { parameterSpecs } from '../../../src/engine/models/parameters.ts';
import type { Weights } from '../../../src/engine/models/pretrained.ts';
import type { HostTensor, HostTensors, MicroBatchResult, TrainingState } from '../../../src/engine/runtime/device.ts';
import { copyDynamics } from '../../../src/engine/training/labelDynamics.ts';
import { trainingFeeds } from '../../../src/engine/training/trainingFeeds.ts';
import {
  defaultFineTuneSettings,
  type FineTuneCheckpoint,
  type FineTuneSettings,
} from '../../../src/engine/training/fineTune.ts';

/** A two-layer BERT that trains in milliseconds. */
export const tinyConfig: EncoderConfig = {
  architecture: 'bert',
  vocabularySize: 40,
  embeddingSize: 16,
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  intermediateSize: 32,
  maxPositions: 32,
  positionOffset: 0,
  tokenTypes: 2,
  activation: 'gelu',
  layerNormEpsilon: 1e-12,
  dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 },
  initializerRange: 0.02,
};

export const padId = 0;
export const labelCount = 3;

/** Matrices from N(0, deviation²), layer norms at 1 and 0, other biases 0: a new model as Hugging Face makes it. */
export function randomWeights(config: EncoderConfig, seed = 1, deviation = 0.2): Weights {
  return new Map(
    parameterSpecs(config, labelCount).map(({ name, shape }) => {
      const random = new Random(seed, name);
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name.endsWith('LayerNorm.weight')) data.fill(1);
      else if (!name.endsWith('.bias')) for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
      return [name, data] as const;
    }),
  );
}

/** Rows of random tokens (ids 1 to 29 of {@link tinyConfig}'s 40, so that some are never used) of the given lengths. */
export function randomRows(lengths: readonly number[], seed = 2, ids = 29): EncodedRows {
  const random = new Random(seed, 'rows');
  const offsets = Int32Array.from([0, ...lengths]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  const tokens = offsets.at(-1)!;
  return {
    count: lengths.length,
    offsets,
    inputIds: Int32Array.from({ length: tokens }, () => 1 + random.integer(ids)),
    tokenTypeIds: Int32Array.from({ length: tokens }, () => random.integer(2)),
  };
}

/** Lengths from 1 to `longest`, at random. */
export function randomLengths(count: number, longest: number, seed = 3): number[] {
  const random = new Random(seed, 'lengths');
  return Array.from({ length: count }, () => 1 + random.integer(longest));
}

export function randomLabels(count: number, seed = 4): Int32Array {
  const random = new Random(seed, 'labels');
  return Int32Array.from({ length: count }, () => random.integer(labelCount));
}

/** Forward and backward over the given rows. */
export function accumulate(
  state: TrainingState,
  config: EncoderConfig,
  rows: EncodedRows,
  labels: ArrayLike<number>,
  options: { readonly indices?: readonly number[]; readonly scale?: number; readonly feeds?: HostTensors } = {},
): Promise<MicroBatchResult> {
  const indices = options.indices ?? Array.from({ length: rows.count }, (_, i) => i);
  const scale = options.scale ?? 1 / indices.length;
  const batch = padBatch(rows, indices, config, padId);
  const ids = indices.map((row) => labels[row]!);
  const training = trainingFeeds(batch, config, { count: labelCount, ids }, scale);
  return state.accumulate({ ...batch.feeds, ...training, ...options.feeds }, batch.uniqueIds);
}

/** One number per row of a batch. */
export function perRow(values: readonly number[]): HostTensor {
  return { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) };
}

export const settings = (changes: Partial<FineTuneSettings> = {}): FineTuneSettings => ({
  ...defaultFineTuneSettings,
  epochs: 2,
  batchSize: 8,
  microBatchSize: 8,
  learningRate: 1e-3,
  ...changes,
});

export function copyArrays(arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  return new Map([...arrays].map(([name, data]) => [name, data.slice()]));
}

/** A checkpoint as a disk would keep it: copied, since the device's arrays change with the next step. */
export function copyCheckpoint(checkpoint: FineTuneCheckpoint): FineTuneCheckpoint {
  const { value, mean, variance } = checkpoint.state;
  return {
    state: { value: copyArrays(value), mean: copyArrays(mean), variance: copyArrays(variance) },
    progress: JSON.parse(JSON.stringify(checkpoint.progress)) as FineTuneCheckpoint['progress'],
    best: checkpoint.best === undefined ? undefined : copyArrays(checkpoint.best),
    rowWeights: checkpoint.rowWeights?.slice(),
    dynamics: checkpoint.dynamics && copyDynamics(checkpoint.dynamics),
  };
}

/** Names of the arrays that differ in any bit. */
export function differing(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): string[] {
  if (a.size !== b.size) throw new Error(`${String(a.size)} arrays and ${String(b.size)}`);
  return [...a].flatMap(([name, data]) => (sameBits(data, b.get(name)) ? [] : [name]));
}

export function sameBits(a: Float32Array, b: Float32Array | undefined): boolean {
  return (
    b !== undefined &&
    Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))
  );
}

/** Largest |a − b| over the largest |b|, over all arrays of one name. */
export function worstError(
  actual: ReadonlyMap<string, Float32Array>,
  wanted: ReadonlyMap<string, Float32Array>,
): { readonly name: string; readonly error: number } {
  let worst = { name: '', error: 0 };
  for (const [name, reference] of wanted) {
    const data = actual.get(name);
    if (data?.length !== reference.length) throw new Error(`${name} is missing or of the wrong size`);
    let difference = 0;
    let magnitude = 1e-12;
    reference.forEach((x, i) => {
      const d = Math.abs(data[i]! - x);
      difference = Number.isNaN(d) ? Infinity : Math.max(difference, d);
      magnitude = Math.max(magnitude, Math.abs(x));
    });
    if (difference / magnitude > worst.error) worst = { name, error: difference / magnitude };
  }
  return worst;
}
