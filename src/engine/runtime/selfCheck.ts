/** Whether a device computes what the processor computes, and how much faster: asked before a GPU is first used. */
import { Random } from '../../base/random.ts';
import { Graph } from '../graph/graph.ts';
import * as ops from '../graph/ops.ts';
import type { EncoderConfig } from '../models/config.ts';
import { padBatch } from '../models/padBatch.ts';
import { parameterSpecs } from '../models/parameters.ts';
import type { Weights } from '../models/pretrained.ts';
import { DropoutMasks } from '../training/dropoutMasks.ts';
import { trainingFeeds } from '../training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy } from '../training/trainingGraph.ts';
import type { Device, TrainingState } from './device.ts';

/** How far a device is from the processor after {@link agreement}'s training; relative, and NaN for what is no number. */
export interface Agreement {
  /** Largest difference of a loss. */
  readonly loss: number;
  /** Largest difference of a gradient, over the largest element of its array. */
  readonly gradient: number;
  /** Largest difference of a trained weight, over the largest element of its array. */
  readonly weight: number;
  readonly agrees: boolean;
}

/**
 * Rounding alone leaves 1e-6 or so (measured: gradients 3e-6, weights 1e-6). GPUs approximate exp, tanh and erf more
 * coarsely than a processor, which the bound leaves room for; a wrong kernel or a race is off by far more.
 */
const bound = 1e-3;

const config: EncoderConfig = {
  ...{ architecture: 'bert', vocabularySize: 48, embeddingSize: 32, hiddenSize: 32, layers: 2, heads: 2 },
  ...{ intermediateSize: 64, maxPositions: 32, positionOffset: 0, tokenTypes: 2, activation: 'gelu' },
  ...{ layerNormEpsilon: 1e-12, dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 }, initializerRange: 0.02 },
};
const labels = 3;
const rowsPerStep = 8;
const steps = 4;

/** The same of a device in half precision, which leaves 5e-4 at each rounding (measured in emulation: see the test). */
const halfBound = 5e-2;

/** Trains a tiny model for a few steps on both devices, with dropout, micro-batches, clipping and decay. */
export async function agreement(device: Device, reference: Device): Promise<Agreement> {
  const most = device.precision === 'float16' ? halfBound : bound;
  const [found, wanted] = [await shortTraining(device), await shortTraining(reference)];
  const difference = {
    loss: worst(found.losses, wanted.losses),
    gradient: worstArray(found.gradients, wanted.gradients),
    weight: worstArray(found.weights, wanted.weights),
  };
  return { ...difference, agrees: Object.values(difference).every((x) => x < most) };
}

interface Trained {
  readonly losses: readonly number[];
  readonly gradients: Weights;
  readonly weights: Weights;
}

async function shortTraining(device: Device): Promise<Trained> {
  const graph = buildTrainingGraph({ config, labels, loss: crossEntropy, dropout: true });
  const masks = new DropoutMasks(graph.dropoutSites, 1);
  const random = new Random(1, 'self-check');
  const lengths = Array.from({ length: rowsPerStep * steps }, () => 2 + random.integer(20));
  const offsets = Int32Array.from([0, ...lengths]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  const tokens = { length: offsets.at(-1)! };
  const rows = {
    ...{ count: lengths.length, offsets },
    inputIds: Int32Array.from(tokens, () => 1 + random.integer(config.vocabularySize - 1)),
    tokenTypeIds: Int32Array.from(tokens, () => random.integer(2)),
  };
  const state = await device.train(graph, randomWeights());
  try {
    const losses: number[] = [];
    let gradients: Weights = new Map();
    for (let step = 0; step < steps; step++) {
      let [loss, norm] = [[] as number[], NaN];
      do {
        loss = [await accumulate(state, step, 0), await accumulate(state, step, 1)];
        if (step === 0) gradients = copyOf(await state.gradients());
        norm = await state.update({
          ...{ step: step + 1, learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
          ...{ weightDecay: 0.01, clipNorm: 1 },
        });
      } while (!Number.isFinite(norm) && state.lowerLossScale?.() === true);
      losses.push(...loss);
    }
    return { losses, gradients, weights: copyOf(await state.values()) };
  } finally {
    await state.release();
  }

  async function accumulate(training: TrainingState, step: number, half: 0 | 1): Promise<number> {
    const first = step * rowsPerStep + (half * rowsPerStep) / 2;
    const indices = Array.from({ length: rowsPerStep / 2 }, (_, i) => first + i);
    const batch = padBatch(rows, indices, config, 0);
    const ids = indices.map((row) => row % labels);
    const feeds = {
      ...batch.feeds,
      ...trainingFeeds(batch, config, { count: labels, ids }, 1 / rowsPerStep),
      ...masks.draw(2 * step + half, batch.size, batch.sequence),
    };
    return (await training.accumulate(feeds, batch.uniqueIds)).loss;
  }
}

function randomWeights(): Weights {
  return new Map(
    parameterSpecs(config, labels).map(({ name, shape }) => {
      const random = new Random(1, name);
      const value = (): number =>
        name.endsWith('LayerNorm.weight') ? 1 : name.endsWith('.bias') ? 0 : 0.2 * random.normal();
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value)] as const;
    }),
  );
}

/** Seconds of a product of two square matrices, of which the device computes `times` in a row. */
export async function productSeconds(device: Device, size: number, times: number): Promise<number> {
  const g = new Graph();
  const x = g.input('x', 'float32', [size, size]);
  let y = x;
  for (let i = 0; i < times; i++) y = ops.matmul(g, y, x, { alpha: 1 / size });
  g.output('y', ops.reduceSum(g, y, [0, 1]));
  const program = await device.load(g);
  try {
    const feeds = {
      x: { dtype: 'float32', shape: [size, size], data: new Float32Array(size * size).fill(1) },
    } as const;
    await program.run(feeds); // compiles
    const start = performance.now();
    await program.run(feeds);
    return (performance.now() - start) / 1000 / times;
  } finally {
    await program.release();
  }
}

function copyOf(arrays: Weights): Weights {
  return new Map([...arrays].map(([name, data]) => [name, data.slice()]));
}

/** Softmax is blind to key biases: gradients of them are rounding noise, which AdamW divides by itself. */
function worstArray(found: Weights, wanted: Weights): number {
  return Math.max(
    ...[...wanted].flatMap(([name, data]) => (name.endsWith('key.bias') ? [] : [worst(found.get(name)!, data)])),
  );
}

/** Largest |a − b| over the largest |b|. */
function worst(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [difference, magnitude] = [0, Number.MIN_VALUE];
  for (let i = 0; i < wanted.length; i++) {
    const d = Math.abs(found[i]! - wanted[i]!);
    difference = Number.isNaN(d) ? Infinity : Math.max(difference, d);
    magnitude = Math.max(magnitude, Math.abs(wanted[i]!));
  }
  return difference / magnitude;
}
