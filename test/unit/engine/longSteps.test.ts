/** Steps too long to be left alone: their micro-batches go through in parts, between which a training can be stopped. */
import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import {
  fineTune,
  type FineTuneCheckpoint,
  type FineTuneOptions,
  type FineTuneResult,
} from '../../../src/engine/training/fineTune.ts';
import { buildTrainingGraph, crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
import {
  copyCheckpoint,
  differing,
  labelCount,
  padId,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  settings,
  tinyConfig,
  worstError,
} from './support.ts';

const cpu = cpuDevice({ threads: 1 });
const count = 29;

/** The processor where only so many tokens go through at once. */
function slow(tokensAtOnce: number, onPass: (rows: number, tokens: number) => void = () => undefined): Device {
  return {
    ...cpu,
    train: async (graph, initial) => {
      const state = await cpu.train(graph, initial);
      const accumulate = state.accumulate.bind(state);
      state.accumulate = (feeds, uniqueIds) => {
        onPass(feeds['targets']!.shape[0]!, feeds['token_ids']!.shape[0]!);
        return accumulate(feeds, uniqueIds);
      };
      return Object.defineProperty(state, 'tokensAtOnce', { value: tokensAtOnce });
    },
  };
}

function train(device: Device, changes: Partial<FineTuneOptions> = {}): Promise<FineTuneResult> {
  return fineTune({
    ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    data: { rows: randomRows(randomLengths(count, 12)), labelIds: randomLabels(count), rowInputs: {} },
    loss: crossEntropy,
    settings: settings(),
    ...changes,
  });
}

/** AdamW divides the rounding noise in the gradients of key biases by itself: their values say nothing. */
const withoutKeyBiases = (arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...arrays].filter(([name]) => !name.endsWith('key.bias')));

describe('a device that takes few tokens at once', () => {
  it('is given no more, but for a row that alone is longer, and comes to the same weights', async () => {
    const passes: { rows: number; tokens: number }[] = [];
    const inParts = await train(slow(10, (rows, tokens) => passes.push({ rows, tokens })));
    for (const { rows, tokens } of passes) expect(rows === 1 || tokens <= 10).toBe(true);
    expect(passes.reduce((sum, { rows }) => sum + rows, 0)).toBe(2 * count);
    expect(passes.some(({ rows, tokens }) => rows === 1 && tokens > 10)).toBe(true);
    expect(passes.some(({ rows }) => rows > 1)).toBe(true);
    const whole = await train(cpu);
    expect(worstError(withoutKeyBiases(inParts.weights), withoutKeyBiases(whole.weights)).error).toBeLessThan(1e-4);
  });

  it('stops within a step, keeps the steps before it, and goes on to the same bits', async () => {
    const whole = await train(slow(24));
    const abort = new AbortController();
    const saved: FineTuneCheckpoint[] = [];
    let passes = 0;
    let steps = 0;
    const stopped = train(
      // In the second step, which takes several passes.
      slow(24, () => steps === 1 && ++passes === 2 && abort.abort()),
      {
        signal: abort.signal,
        onStep: ({ step }) => (steps = step),
        saveCheckpoint: (checkpoint) => {
          saved.push(copyCheckpoint(checkpoint));
          return Promise.resolve();
        },
      },
    );
    await expect(stopped).rejects.toBeInstanceOf(CancelledError);
    expect(passes).toBe(2);
    expect(saved.map(({ progress }) => progress.step)).toEqual([1]);
    const resumed = await train(slow(24), { resume: saved[0] });
    expect(differing(resumed.weights, whole.weights)).toEqual([]);
    expect(resumed.history).toEqual(whole.history);
  });
});

describe('the processor', () => {
  it.each([
    // 13 · 128² parameters that every token meets: 50e9 operations of 6 each.
    [128, 38_000, 39_130],
    // Never so few that matrix products suffer.
    [1152, 512, 512],
  ])('takes as many tokens at once as a second or so allows, hidden size %i', async (hiddenSize, least, most) => {
    const config = {
      ...tinyConfig,
      layers: 1,
      hiddenSize,
      embeddingSize: hiddenSize,
      intermediateSize: 4 * hiddenSize,
    };
    const graph = buildTrainingGraph({ config, labels: labelCount, loss: crossEntropy, dropout: false });
    const zeros = graph.parameters.map(
      ({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))] as const,
    );
    const state = await cpu.train(graph, new Map(zeros));
    await state.release();
    expect(state.tokensAtOnce).toBeGreaterThanOrEqual(least);
    expect(state.tokensAtOnce).toBeLessThanOrEqual(most);
  });
});
