import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import type { Weights } from '../../../src/engine/models/pretrained.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { linearSchedule } from '../../../src/engine/optim/schedule.ts';
import {
  fineTune,
  NonFiniteLossError,
  type FineTuneOptions,
  type FineTuneResult,
  type FineTuneSettings,
  type StepReport,
} from '../../../src/engine/training/fineTune.ts';
import { crossEntropy, dimp, weightedCrossEntropy } from '../../../src/jobs/losses.ts';
import { relativeError } from '../../support/fixtureModel.ts';
import {
  differing,
  labelCount,
  padId,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  sameBits,
  settings,
  tinyConfig,
  worstError,
} from './support.ts';

const device = cpuDevice();
const count = 33;
const rows = randomRows(randomLengths(count, 20));
const labelIds = randomLabels(count);
const initial = randomWeights(tinyConfig);
const words = 'bert.embeddings.word_embeddings.weight';

function train(
  changes: Partial<FineTuneSettings> = {},
  options: Partial<FineTuneOptions> = {},
): Promise<FineTuneResult> {
  return fineTune({
    ...{ device, config: tinyConfig, labels: labelCount, initial, padId },
    data: { rows, labelIds, rowInputs: {} },
    loss: crossEntropy,
    settings: settings(changes),
    ...options,
  });
}

/** AdamW divides the rounding noise in the gradients of key biases by itself: their values say nothing. */
const withoutKeyBiases = (weights: Weights): Weights =>
  new Map([...weights].filter(([name]) => !name.endsWith('key.bias')));

describe('fine-tuning', () => {
  it('overfits eight rows to a loss below 0.01', async () => {
    const eight = randomRows(randomLengths(8, 10));
    const { history } = await train(
      { epochs: 200, learningRate: 5e-3, dropout: false },
      { data: { rows: eight, labelIds: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1), rowInputs: {} } },
    );
    expect(history[0]!.trainLoss).toBeGreaterThan(0.5);
    expect(history.at(-1)!.trainLoss).toBeLessThan(0.01);
  });

  it('weights of 1 equal cross-entropy bit for bit, over a whole training with dropout', async () => {
    const weight = new Float32Array(count).fill(1);
    const plain = await train();
    const weighted = await train({}, { loss: weightedCrossEntropy, data: { rows, labelIds, rowInputs: { weight } } });
    expect(differing(weighted.weights, plain.weights)).toEqual([]);
    expect(weighted.history).toEqual(plain.history);
    expect([...weighted.rowWeights!]).toEqual([...weight]);
    expect(differing(plain.weights, initial).length).toBe(initial.size);
  });

  it('reports each row its own weight', async () => {
    const weight = Float32Array.from({ length: count }, (_, row) => (row + 1) / 16);
    const { rowWeights } = await train(
      { microBatchSize: 3 },
      { loss: weightedCrossEntropy, data: { rows, labelIds, rowInputs: { weight } } },
    );
    expect([...rowWeights!]).toEqual([...weight]);
  });

  it('a step sees the rows of its batch, also a last batch of one, at the rate of the schedule', async () => {
    const reports: StepReport[] = [];
    await train({ warmupRatio: 0.2 }, { onStep: (report) => reports.push(report) });
    // 33 rows in batches of 8: five steps, one of them with one row.
    for (const epoch of [0, 1]) {
      const sizes = reports.filter((report) => report.epoch === epoch).map((report) => report.rows);
      expect(sizes.sort((a, b) => a - b)).toEqual([1, 8, 8, 8, 8]);
    }
    reports.forEach((report, step) => {
      expect(report).toMatchObject({
        step: step + 1,
        totalSteps: 10,
        learningRate: 1e-3 * linearSchedule(step, 2, 10),
      });
      expect(Number.isFinite(report.loss) && report.gradientNorm > 0).toBe(true);
    });
    expect(reports.map(({ learningRate }) => Math.round(learningRate * 1e6))).toEqual([
      0, 500, 1000, 875, 750, 625, 500, 375, 250, 125,
    ]);
  });

  it('micro-batches end with the weights of whole batches', async () => {
    const [whole, micro] = [
      await train({ dropout: false, microBatchSize: 8 }),
      await train({ dropout: false, microBatchSize: 3 }),
    ];
    expect(worstError(withoutKeyBiases(micro.weights), withoutKeyBiases(whole.weights)).error).toBeLessThan(1e-4);
    micro.history.forEach(({ trainLoss }, epoch) => {
      expect(Math.abs(trainLoss / whole.history[epoch]!.trainLoss - 1)).toBeLessThan(1e-5);
    });
  });

  it('every micro-batch draws dropout masks of its own', async () => {
    // Eight equal rows, one at a time: nothing but the masks tells them apart.
    const equal = randomRows([6]);
    const copies = {
      count: 8,
      offsets: Int32Array.from({ length: 9 }, (_, i) => 6 * i),
      inputIds: Int32Array.from({ length: 48 }, (_, i) => equal.inputIds[i % 6]!),
      tokenTypeIds: new Int32Array(48),
    };
    const weightsWith = async (dropout: boolean): Promise<number> => {
      const { rowWeights } = await train(
        { epochs: 1, microBatchSize: 1, dropout },
        {
          loss: dimp(1, { min: -5, max: 5 }),
          data: { rows: copies, labelIds: new Int32Array(8), rowInputs: { logP: new Float32Array(8) } },
        },
      );
      return new Set(rowWeights).size;
    };
    expect(await weightsWith(true)).toBe(8);
    expect(await weightsWith(false)).toBe(1);
  });

  it('the loss of an epoch is the mean over its rows, not over its batches', async () => {
    const options = {
      loss: weightedCrossEntropy,
      data: { rows, labelIds, rowInputs: { weight: new Float32Array(count) } },
    };
    options.data.rowInputs.weight[0] = 1;
    const reports: StepReport[] = [];
    const { history } = await train(
      { epochs: 1, dropout: false, learningRate: 0 },
      { ...options, onStep: (report) => reports.push(report) },
    );
    const sum = reports.reduce((total, { loss, rows: size }) => total + loss * size, 0);
    expect(history[0]!.trainLoss).toBeCloseTo(sum / count, 6);
    expect(sum).toBeGreaterThan(0);
  });

  it('a learning rate of 0 leaves every bit, as the initial weights are never written to', async () => {
    const before = new Map([...initial].map(([name, data]) => [name, data.slice()]));
    const { weights } = await train({ learningRate: 0, weightDecay: 0.1 });
    expect(differing(weights, before)).toEqual([]);
    await train();
    expect(differing(initial, before)).toEqual([]);
  });
});

describe('vocabulary pruning', () => {
  const width = tinyConfig.embeddingSize;
  const used = new Set([padId, ...rows.inputIds]);
  const split = (weights: Weights): { used: Float32Array; unused: Float32Array } => {
    const table = weights.get(words)!;
    const pick = (wanted: boolean): Float32Array => table.filter((_, i) => used.has(Math.floor(i / width)) === wanted);
    return { used: pick(true), unused: pick(false) };
  };
  const both = async (changes: Partial<FineTuneSettings>): Promise<[FineTuneResult, FineTuneResult]> => [
    await train({ ...changes, pruneVocabulary: true }),
    await train({ ...changes, pruneVocabulary: false }),
  ];

  it('some of the vocabulary is unused, or the tests below say nothing', () => {
    expect(used.size).toBeLessThan(tinyConfig.vocabularySize - 5);
    expect(used.size).toBeGreaterThan(20);
  });

  it('without decay: used rows as unpruned, unused rows bit-identical to the initial ones', async () => {
    const [pruned, full] = await both({});
    expect(worstError(withoutKeyBiases(pruned.weights), withoutKeyBiases(full.weights)).error).toBeLessThan(1e-6);
    const [start, end] = [split(initial), split(pruned.weights)];
    expect(sameBits(end.unused, start.unused)).toBe(true);
    expect(sameBits(split(full.weights).unused, start.unused)).toBe(true);
    expect(relativeError(end.used, start.used)).toBeGreaterThan(1e-3);
    expect(pruned.history.map(({ trainLoss }) => trainLoss.toFixed(6))).toEqual(
      full.history.map(({ trainLoss }) => trainLoss.toFixed(6)),
    );
  });

  it('with decay: unused rows are multiplied by Π(1 − lr·λ)', async () => {
    const [pruned, full] = await both({ weightDecay: 0.5, learningRate: 5e-3 });
    let product = 1;
    for (let step = 0; step < 10; step++) product *= 1 - 5e-3 * linearSchedule(step, 1, 10) * 0.5;
    expect(product).toBeLessThan(0.99);
    const wanted = split(initial).unused.map((x) => x * product);
    expect(relativeError(split(pruned.weights).unused, wanted)).toBeLessThan(1e-6);
    expect(relativeError(split(full.weights).unused, wanted)).toBeLessThan(1e-6);
    expect(worstError(withoutKeyBiases(pruned.weights), withoutKeyBiases(full.weights)).error).toBeLessThan(1e-6);
  });

  it('with decay, the best epoch’s unused rows carry the decay up to that epoch', async () => {
    const evaluate: FineTuneOptions['evaluate'] = ({ epoch }) => Promise.resolve({ score: epoch, metrics: {} });
    const { weights, bestEpoch } = await train({ weightDecay: 0.5, learningRate: 5e-3 }, { evaluate });
    expect(bestEpoch).toBe(1);
    let product = 1;
    for (let step = 0; step < 5; step++) product *= 1 - 5e-3 * linearSchedule(step, 1, 10) * 0.5;
    const wanted = split(initial).unused.map((x) => x * product);
    expect(relativeError(split(weights).unused, wanted)).toBeLessThan(1e-6);
  });
});

describe('numbers that are not finite', () => {
  const weightedBy = (row: number, value: number): Partial<FineTuneOptions> => {
    const weight = new Float32Array(count).fill(1);
    weight[row] = value;
    return { loss: weightedCrossEntropy, data: { rows, labelIds, rowInputs: { weight } } };
  };
  const failure = async (training: Promise<unknown>): Promise<NonFiniteLossError> => {
    const error: unknown = await training.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NonFiniteLossError);
    return error as NonFiniteLossError;
  };

  it.each([NaN, Infinity, -Infinity])(
    'a loss of a row with weight %s stops training and names the row',
    async (value) => {
      const error = await failure(train({ microBatchSize: 4 }, weightedBy(17, value)));
      expect(error).toBeInstanceOf(UserError);
      expect(error.rows).toEqual([17]);
      expect(error.message).toMatch(/step \d.*rows 17;/);
      expect(error.message).not.toContain('\n');
    },
  );

  it('weights that are broken already: all rows of the batch are named', async () => {
    const broken = new Map(initial);
    broken.set(
      'classifier.weight',
      initial.get('classifier.weight')!.map(() => NaN),
    );
    const error = await failure(train({}, { initial: broken }));
    expect(error.rows.length).toBeGreaterThan(0);
  });

  it('a finite loss whose gradient overflows stops as well, in the last step too: no broken model comes back', async () => {
    // The loss fits float32; the gradient, through a layer norm of embeddings near 0, does not.
    const small = new Map(initial);
    for (const table of ['word', 'position', 'token_type']) {
      const name = `bert.embeddings.${table}_embeddings.weight`;
      small.set(
        name,
        initial.get(name)!.map((x) => x * 1e-4),
      );
    }
    const error = await failure(
      train({ epochs: 1, batchSize: 64, warmupRatio: 0 }, { ...weightedBy(17, 1e38), initial: small }),
    );
    expect(error.rows).toContain(17);
    expect(error.message).toMatch(/gradient/);
  });
});
