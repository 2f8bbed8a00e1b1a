/** One forward and backward pass at the edges: empty rows, one token, 512 tokens, tiny probabilities, any batching. */
import { describe, expect, it } from 'vitest';
import type { EncodedRows } from '../../../src/engine/hub/encodedRows.ts';
import type { EncoderConfig } from '../../../src/engine/models/config.ts';
import type { Weights } from '../../../src/engine/models/pretrained.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { HostTensors, MicroBatchResult } from '../../../src/engine/runtime/device.ts';
import { buildTrainingGraph, type LossFunction } from '../../../src/engine/training/trainingGraph.ts';
import { crossEntropy, dimp, weightedCrossEntropy } from '../../../src/jobs/losses.ts';
import { relativeError } from '../../support/fixtureModel.ts';
import {
  accumulate,
  copyArrays,
  labelCount,
  perRow,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  tinyConfig,
  worstError,
} from './support.ts';

const device = cpuDevice();
const weights = randomWeights(tinyConfig);

interface Pass {
  readonly result: MicroBatchResult;
  readonly gradients: Weights;
}

interface PassOptions {
  readonly loss?: LossFunction;
  readonly config?: EncoderConfig;
  readonly initial?: Weights;
  readonly feeds?: HostTensors;
}

/** Gradients without those of key biases, which are rounding noise around zero: softmax is blind to them. */
const withoutKeyBiases = (gradients: Weights): Weights =>
  new Map([...gradients].filter(([name]) => !name.endsWith('key.bias')));

/** Forward and backward over each batch in turn, without an update in between. */
async function passes(
  rows: EncodedRows,
  labels: Int32Array,
  batches: readonly (readonly number[])[],
  options: PassOptions = {},
): Promise<{ results: MicroBatchResult[]; gradients: Weights }> {
  const { loss = crossEntropy, config = tinyConfig, initial = weights } = options;
  const state = await device.train(buildTrainingGraph({ config, labels: labelCount, loss, dropout: false }), initial);
  const results: MicroBatchResult[] = [];
  const scale = 1 / batches.flat().length;
  for (const indices of batches) {
    results.push(await accumulate(state, config, rows, labels, { indices, scale, feeds: options.feeds }));
  }
  const gradients = withoutKeyBiases(copyArrays(await state.gradients()));
  await state.release();
  return { results, gradients };
}

async function pass(
  rows: EncodedRows,
  labels: Int32Array,
  indices = Array.from({ length: rows.count }, (_, i) => i),
  options: PassOptions = {},
): Promise<Pass> {
  const { results, gradients } = await passes(rows, labels, [indices], options);
  return { result: results[0]!, gradients };
}

function expectFinite({ result, gradients }: Pass): void {
  const { loss, rowLoss, rowWeight, logits } = result;
  for (const x of [loss, ...rowLoss, ...(rowWeight ?? []), ...logits]) expect(Number.isFinite(x)).toBe(true);
  for (const [name, data] of gradients) expect(data.every(Number.isFinite), name).toBe(true);
}

const rowOf = (logits: Float32Array, row: number): Float32Array =>
  logits.subarray(labelCount * row, labelCount * (row + 1));

describe('probabilities at the end of their range', () => {
  const rows = randomRows([5, 3, 8, 2]);
  const labels = randomLabels(4);
  const logP = [Math.log(1e-30), -0.1, -Infinity, 0];

  it('DIMP: P̂′ = 1e-30 and 0 give finite losses, weights and gradients', async () => {
    const options = { loss: dimp(1, { min: -80, max: 5 }), feeds: { logP: perRow(logP) } };
    const tiny = await pass(rows, labels, undefined, options);
    expectFinite(tiny);
    const [first, , third] = tiny.result.rowWeight!;
    // w = 1e-30 / P̂θ, and the row's loss is −log P̂θ · w.
    const plain = await pass(rows, labels);
    expect(first! / (1e-30 * Math.exp(plain.result.rowLoss[0]!))).toBeCloseTo(1, 4);
    expect(third! / Math.exp(-80)).toBeCloseTo(1, 4);
  });

  it('IMP: a weight of e^−69 is a number, and 0 takes a row out of the gradient', async () => {
    const options = { loss: weightedCrossEntropy, feeds: { weight: perRow([Math.exp(-69), 1, 0, 2]) } };
    const weighted = await pass(rows, labels, undefined, options);
    expectFinite(weighted);
    expect(weighted.result.rowLoss[0]!).toBeGreaterThan(0);
    expect(weighted.result.rowLoss[2]!).toBe(0);
    const rest = { loss: weightedCrossEntropy, feeds: { weight: perRow([1, 2]) } };
    const without = await pass(rows, labels, [1, 3], rest);
    // The same sum over two rows instead of four.
    const half = new Map([...without.gradients].map(([name, data]) => [name, data.map((x) => x / 2)]));
    expect(worstError(weighted.gradients, half).error).toBeLessThan(2e-6);
  });

  it('a model that is certain of the wrong label: −log P̂θ in the thousands, gradients finite', async () => {
    const initial = new Map(weights);
    initial.set('classifier.bias', Float32Array.of(5000, -5000, 0));
    const certain = await pass(rows, Int32Array.of(1, 1, 1, 1), undefined, { initial });
    expectFinite(certain);
    for (const loss of certain.result.rowLoss) expect(Math.abs(loss / 10_000 - 1)).toBeLessThan(1e-3);
  });
});

describe('row lengths', () => {
  it('a fully padded row stays finite and leaves the others as they are', async () => {
    const rows = randomRows([5, 0, 3]);
    const labels = randomLabels(3);
    const mixed = await pass(rows, labels);
    expectFinite(mixed);
    for (const row of [0, 2]) {
      const alone = await pass(rows, labels, [row]);
      expect(relativeError(rowOf(mixed.result.logits, row), alone.result.logits)).toBeLessThan(2e-6);
    }
  });

  it('a batch of nothing but fully padded rows stays finite', async () => {
    expectFinite(await pass(randomRows([0, 0]), randomLabels(2)));
    expectFinite(await pass(randomRows([0]), randomLabels(1)));
  });

  it('rows of 1 and of 512 tokens, alone and together', async () => {
    const config = { ...tinyConfig, maxPositions: 512 };
    const initial = randomWeights(config);
    const rows = randomRows([1, 512, 30]);
    const labels = randomLabels(3);
    const together = await pass(rows, labels, undefined, { config, initial });
    expectFinite(together);
    for (const row of [0, 1, 2]) {
      const alone = await pass(rows, labels, [row], { config, initial });
      expectFinite(alone);
      expect(relativeError(rowOf(together.result.logits, row), alone.result.logits)).toBeLessThan(2e-6);
    }
    // Every position of the table is used by a row of 512 tokens, and only one by a row of 1.
    const usedPositions = ({ gradients }: Pass): number => {
      const table = gradients.get('bert.embeddings.position_embeddings.weight')!;
      const width = config.hiddenSize;
      return Array.from({ length: 512 }, (_, i) => table.subarray(i * width, (i + 1) * width)).filter((row) =>
        row.some((x) => x !== 0),
      ).length;
    };
    expect(usedPositions(together)).toBe(512);
    expect(usedPositions(await pass(rows, labels, [0], { config, initial }))).toBe(1);
  });
});

describe('batching does not change results', () => {
  const count = 11;
  const rows = randomRows(randomLengths(count, 24));
  const labels = randomLabels(count);
  const all = Array.from({ length: count }, (_, i) => i);

  it('a padded batch equals its rows run alone: logits, losses and the sum of the gradients', async () => {
    const together = await pass(rows, labels);
    const alone = await passes(
      rows,
      labels,
      all.map((row) => [row]),
    );
    alone.results.forEach((result, row) => {
      expect(relativeError(rowOf(together.result.logits, row), result.logits)).toBeLessThan(2e-6);
      expect(Math.abs(together.result.rowLoss[row]! - result.rowLoss[0]!)).toBeLessThan(2e-6);
    });
    expect(worstError(alone.gradients, together.gradients).error).toBeLessThan(5e-6);
  });

  it('accumulation over micro-batches equals one big batch', async () => {
    const big = await pass(rows, labels);
    const micro = await passes(rows, labels, [all.slice(0, 4), all.slice(4, 8), all.slice(8, 10), all.slice(10)]);
    const loss = micro.results.reduce((sum, result) => sum + result.loss, 0);
    expect(Math.abs(loss / big.result.loss - 1)).toBeLessThan(1e-6);
    expect(worstError(micro.gradients, big.gradients).error).toBeLessThan(5e-6);
  });

  it('permuting a batch permutes its logits, losses and weights', async () => {
    const order = [7, 2, 10, 0, 5, 1, 9, 3, 8, 6, 4];
    const logP = all.map((row) => -0.1 - row / 5);
    const loss = dimp(1, { min: -10, max: 10 });
    const straight = await pass(rows, labels, all, { loss, feeds: { logP: perRow(logP) } });
    const permuted = await pass(rows, labels, order, { loss, feeds: { logP: perRow(order.map((row) => logP[row]!)) } });
    order.forEach((row, at) => {
      expect(relativeError(rowOf(permuted.result.logits, at), rowOf(straight.result.logits, row))).toBeLessThan(2e-6);
      expect(Math.abs(permuted.result.rowLoss[at]! / straight.result.rowLoss[row]! - 1)).toBeLessThan(1e-5);
      expect(Math.abs(permuted.result.rowWeight![at]! / straight.result.rowWeight![row]! - 1)).toBeLessThan(1e-5);
    });
    expect(worstError(permuted.gradients, straight.gradients).error).toBeLessThan(5e-6);
  });

  it('a new head starts at a loss of ln C', async () => {
    const initial = randomWeights(tinyConfig, 5, tinyConfig.initializerRange);
    const { result } = await pass(rows, labels, undefined, { initial });
    expect(Math.abs(result.loss - Math.log(labelCount))).toBeLessThan(0.02);
  });
});
