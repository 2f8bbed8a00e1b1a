/** A training that stops at any step and goes on from its checkpoint ends with the same bits. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import {
  fineTune,
  type EpochReport,
  type Evaluation,
  type FineTuneCheckpoint,
  type FineTuneOptions,
  type FineTuneResult,
  type StepReport,
} from '../../../src/engine/training/fineTune.ts';
import { dimp } from '../../../src/jobs/losses.ts';
import {
  copyCheckpoint,
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
} from './support.ts';

const device = cpuDevice();
const count = 29;

/** Scores by which the second of three epochs is the best. */
const scores = [0.7, 0.5, 0.6];

/** Three epochs of four steps, with everything that leaves a trace between steps: dropout, decay, pruning, micro-batches. */
function options(changes: Partial<FineTuneOptions> = {}): FineTuneOptions {
  return {
    ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    data: {
      rows: randomRows(randomLengths(count, 12)),
      labelIds: randomLabels(count),
      rowInputs: { logP: Float32Array.from({ length: count }, (_, row) => -0.1 * (row + 1)) },
    },
    loss: dimp(1, { min: -5, max: 5 }),
    settings: settings({ epochs: 3, microBatchSize: 3, weightDecay: 0.01, learningRate: 3e-3 }),
    evaluate: ({ epoch }: EpochReport): Promise<Evaluation> =>
      Promise.resolve({ score: scores[epoch - 1]!, metrics: { accuracy: 1 - scores[epoch - 1]! } }),
    ...changes,
  };
}

function expectSame(resumed: FineTuneResult, whole: FineTuneResult): void {
  expect(differing(resumed.weights, whole.weights)).toEqual([]);
  expect(resumed.history).toEqual(whole.history);
  expect(resumed.bestEpoch).toBe(whole.bestEpoch);
  expect(sameBits(resumed.rowWeights!, whole.rowWeights)).toBe(true);
}

describe('resuming', () => {
  let whole: FineTuneResult;
  const steps: StepReport[] = [];
  const checkpoints: FineTuneCheckpoint[] = [];

  beforeAll(async () => {
    whole = await fineTune(
      options({
        onStep: (report) => steps.push(report),
        checkpointDue: () => true,
        saveCheckpoint: (checkpoint) => {
          checkpoints.push(copyCheckpoint(checkpoint));
          return Promise.resolve();
        },
      }),
    );
  });

  it('saves after every step but the last, which the result holds', () => {
    expect(checkpoints.map(({ progress }) => progress.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(whole.bestEpoch).toBe(2);
  });

  it('taking checkpoints changes nothing', async () => {
    expectSame(await fineTune(options()), whole);
  });

  it('from each checkpoint: the same steps, weights, best epoch, history and row weights, bit for bit', async () => {
    for (const checkpoint of checkpoints) {
      const { step } = checkpoint.progress;
      const rest: StepReport[] = [];
      const resume = copyCheckpoint(checkpoint);
      const resumed = await fineTune(options({ resume, onStep: (report) => rest.push(report) }));
      expect(rest, `from step ${String(step)}`).toEqual(steps.slice(step));
      expectSame(resumed, whole);
      // What was resumed from is left as it was: it may be needed again.
      expect(resume).toEqual(checkpoint);
    }
  });

  it('keeps the weights of the best epoch, not the last', async () => {
    const last = await fineTune(options({ evaluate: undefined }));
    expect(last.bestEpoch).toBeUndefined();
    expect(differing(last.weights, whole.weights).length).toBeGreaterThan(0);
    const stopped = await fineTune(
      options({
        settings: { ...options().settings, epochs: 3 },
        evaluate: ({ epoch }) => Promise.resolve({ score: -epoch, metrics: {} }),
      }),
    );
    expect(stopped.bestEpoch).toBe(3);
    expect(differing(stopped.weights, last.weights)).toEqual([]);
  });

  it('the best weights are those that the evaluation saw', async () => {
    let seen: ReadonlyMap<string, Float32Array> | undefined;
    await fineTune(
      options({
        evaluate: async ({ epoch, weights }) => {
          if (epoch === 2) seen = await weights();
          return { score: scores[epoch - 1]!, metrics: {} };
        },
      }),
    );
    expect(differing(seen!, whole.weights)).toEqual([]);
  });

  it.each([1, 2, 4, 6, 8, 11])(
    'cancelled after step %i: a checkpoint, CancelledError, and the same end',
    async (at) => {
      const controller = new AbortController();
      const saved: FineTuneCheckpoint[] = [];
      const cancelled = fineTune(
        options({
          signal: controller.signal,
          onStep: ({ step }) => {
            if (step === at) controller.abort();
          },
          saveCheckpoint: (checkpoint) => {
            saved.push(copyCheckpoint(checkpoint));
            return Promise.resolve();
          },
        }),
      );
      await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
      expect(saved.map(({ progress }) => progress.step)).toEqual([at]);
      expectSame(await fineTune(options({ resume: saved[0]! })), whole);
    },
  );

  it.each([1, 2, 3, 7])(
    'cancelled within micro-batch %i: nobody waits for the step, and the end is the same',
    async (at) => {
      const controller = new AbortController();
      const events: string[] = [];
      let letGo = (): void => undefined;
      let calls = 0;
      /** The same device, with one micro-batch that does not come back until it is let go. */
      const stuck: Device = {
        ...device,
        load: (graph) => device.load(graph),
        train: async (graph, initial) => {
          const state = await device.train(graph, initial);
          return {
            accumulate: async (feeds, uniqueIds) => {
              const result = await state.accumulate(feeds, uniqueIds);
              if (++calls !== at) return result;
              controller.abort();
              await new Promise<void>((resolve) => (letGo = resolve));
              events.push('micro-batch ended');
              return result;
            },
            discard: () => state.discard(),
            update: (constants) => state.update(constants),
            gradients: () => state.gradients(),
            values: () => state.values(),
            snapshot: () => state.snapshot(),
            restore: (snapshot) => state.restore(snapshot),
            bytes: state.bytes,
            release: () => {
              events.push('released');
              return state.release();
            },
          };
        },
      };
      const saved: FineTuneCheckpoint[] = [];
      const cancelled = fineTune(
        options({
          device: stuck,
          signal: controller.signal,
          saveCheckpoint: (checkpoint) => {
            saved.push(copyCheckpoint(checkpoint));
            return Promise.resolve();
          },
        }),
      );
      await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
      expect(events).toEqual([]);
      letGo();
      await expect.poll(() => events).toEqual(['micro-batch ended', 'released']);
      expect(calls).toBe(at);
      expect(saved).toHaveLength(1);
      expectSame(await fineTune(options({ resume: saved[0]! })), whole);
    },
  );

  it.each([1, 2, 3])('cancelled while epoch %i is evaluated: goes on with that evaluation', async (at) => {
    const saved: FineTuneCheckpoint[] = [];
    const cancelled = fineTune(
      options({
        evaluate: (report) =>
          report.epoch === at ? Promise.reject(new CancelledError()) : options().evaluate!(report),
        saveCheckpoint: (checkpoint) => {
          saved.push(copyCheckpoint(checkpoint));
          return Promise.resolve();
        },
      }),
    );
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
    expect(saved.map(({ progress }) => progress.step)).toEqual([4 * at]);
    const rest: number[] = [];
    expectSame(await fineTune(options({ resume: saved[0]!, onStep: ({ step }) => rest.push(step) })), whole);
    expect(rest).toEqual(steps.map(({ step }) => step).slice(4 * at));
  });

  it('cancelled before it starts: nothing is trained', async () => {
    const reports: StepReport[] = [];
    const started = fineTune(options({ signal: AbortSignal.abort(), onStep: (report) => reports.push(report) }));
    await expect(started).rejects.toBeInstanceOf(CancelledError);
    expect(reports).toEqual([]);
  });

  it('a checkpoint of another model is refused', async () => {
    const broken = copyCheckpoint(checkpoints[0]!);
    const value = new Map(broken.state.value);
    value.delete('classifier.bias');
    const resume = { ...broken, state: { ...broken.state, value } };
    await expect(fineTune(options({ resume }))).rejects.toThrow(/classifier\.bias/);
  });
});
