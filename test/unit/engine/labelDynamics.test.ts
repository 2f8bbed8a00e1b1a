/** What the forward passes of a training say of each row's label. */
import { describe, expect, it } from 'vitest';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { fineTune, type FineTuneCheckpoint, type FineTuneOptions } from '../../../src/engine/training/fineTune.ts';
import {
  copyDynamics,
  noDynamics,
  noteDynamics,
  type LabelDynamics,
} from '../../../src/engine/training/labelDynamics.ts';
import { crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
import {
  copyCheckpoint,
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

const count = 29;

function options(changes: Partial<FineTuneOptions> = {}): FineTuneOptions {
  return {
    ...{ device: cpuDevice(), config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    data: { rows: randomRows(randomLengths(count, 12)), labelIds: randomLabels(count), rowInputs: {} },
    loss: crossEntropy,
    settings: settings({ epochs: 3, microBatchSize: 3, learningRate: 3e-3 }),
    ...changes,
  };
}

describe('label dynamics', () => {
  it('are log-softmax at the label, and whether no label is likelier', () => {
    const dynamics = noDynamics(3);
    noteDynamics(dynamics, Int32Array.of(2, 0), Int32Array.of(1, 0, 2), Float32Array.of(1, 2, 4, 800, 800, -800));
    const sum = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(4));
    expect(dynamics.logProbability[2]).toBeCloseTo(4 - sum, 6);
    // Large logits neither overflow nor lose the tie.
    expect(dynamics.logProbability[0]).toBeCloseTo(Math.log(0.5), 6);
    expect([...dynamics.correct]).toEqual([1, 0, 1]);
    expect(dynamics.logProbability[1]).toBeNaN();
  });

  it('are those of the very forward passes: their mean is the loss of the epoch', async () => {
    const means: number[] = [];
    const losses: number[] = [];
    await fineTune(
      options({
        evaluate: ({ trainLoss, dynamics }) => {
          losses.push(trainLoss);
          means.push(-dynamics.logProbability.reduce((sum, log) => sum + log, 0) / count);
          return Promise.resolve(undefined);
        },
      }),
    );
    expect(losses).toHaveLength(3);
    means.forEach((mean, epoch) => expect(mean).toBeCloseTo(losses[epoch]!, 5));
  });

  it('are the same bits after going on from any checkpoint', async () => {
    const whole: LabelDynamics[] = [];
    const checkpoints: FineTuneCheckpoint[] = [];
    await fineTune(
      options({
        evaluate: ({ dynamics }) => {
          whole.push(copyDynamics(dynamics));
          return Promise.resolve(undefined);
        },
        checkpointDue: () => true,
        saveCheckpoint: (checkpoint) => {
          checkpoints.push(copyCheckpoint(checkpoint));
          return Promise.resolve();
        },
      }),
    );
    expect(checkpoints.length).toBeGreaterThan(6);
    for (const resume of checkpoints) {
      const from = resume.progress.epoch;
      const rest: LabelDynamics[] = [];
      await fineTune(
        options({
          resume,
          evaluate: ({ dynamics }) => {
            rest.push(copyDynamics(dynamics));
            return Promise.resolve(undefined);
          },
        }),
      );
      expect(rest).toHaveLength(3 - from);
      rest.forEach(({ logProbability, correct }, i) => {
        expect(sameBits(logProbability, whole[from + i]!.logProbability)).toBe(true);
        expect(correct).toEqual(whole[from + i]!.correct);
      });
    }
  });
});
