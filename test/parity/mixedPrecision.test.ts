import { describe, expect, it } from 'vitest';
import { loadClassifier } from '../../src/engine/models/forward.ts';
import { padBatch } from '../../src/engine/models/padBatch.ts';
import { linearSchedule } from '../../src/engine/optim/schedule.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import type { MicroBatchResult, TrainingState } from '../../src/engine/runtime/device.ts';
import { inMixedPrecision } from '../../src/engine/runtime/mixedPrecision.ts';
import { trainingFeeds } from '../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy } from '../../src/engine/training/trainingGraph.ts';
import { emulatingHalf } from '../support/emulatedHalf.ts';
import { architectures, encodedRows, fixtureModel, relativeError, type FixtureRows } from '../support/fixtureModel.ts';

/**
 * Half precision keeps 11 bits: 5e-4 of a number is lost at each rounding. What was found is a half to a tenth of these
 * bounds; an operation in the wrong precision, or a loss scale that is not taken back, is off by far more.
 */
const bounds = { logits: 2e-2, loss: 2e-3, gradient: 3e-2, norm: 2e-2 };

const half = inMixedPrecision(emulatingHalf(cpuDevice()));
const isKeyBias = (name: string): boolean => /(key|k_lin)\.bias$/.test(name);
const names = ['single', 'pairs', 'nopad'] as const;

describe.each(architectures)('mixed precision of %s against PyTorch in single precision', (architecture) => {
  const model = fixtureModel(architecture);
  const { config, padId, weights } = model;
  const start = (): Promise<TrainingState> =>
    half.train(buildTrainingGraph({ config, labels: 3, loss: crossEntropy, dropout: false }), weights);
  const accumulate = (state: TrainingState, rows: FixtureRows): Promise<MicroBatchResult> => {
    const indices = rows.labels.map((_, i) => i);
    const batch = padBatch(encodedRows(rows), indices, config, padId);
    const scale = 1 / rows.labels.length;
    const feeds = { ...batch.feeds, ...trainingFeeds(batch, config, { count: 3, ids: rows.labels }, scale) };
    return state.accumulate(feeds, batch.uniqueIds);
  };
  const lower = (state: TrainingState): void => {
    state.discard();
    expect(state.lowerLossScale?.()).toBe(true);
  };

  it('logits, loss and every gradient', async () => {
    const state = await start();
    for (const name of names) {
      const wanted = model.expected.cases[name];
      let result = await accumulate(state, wanted);
      let gradients = await state.gradients();
      // These models have large gradients: the first loss scales overflow.
      while (![...gradients.values()].every((gradient) => gradient.every(Number.isFinite))) {
        lower(state);
        result = await accumulate(state, wanted);
        gradients = await state.gradients();
      }
      expect(relativeError(result.logits, model.array(`${name}.logits`))).toBeLessThan(bounds.logits);
      expect(Math.abs(result.loss / wanted.meanLoss - 1)).toBeLessThan(bounds.loss);
      for (const [parameter, gradient] of gradients) {
        if (isKeyBias(parameter)) continue;
        const error = relativeError(gradient, model.array(`${name}.grad.${parameter}`));
        expect(error, parameter).toBeLessThan(bounds.gradient);
      }
      state.discard();
    }
    await state.release();
  });

  it('20 AdamW steps with clipping and warm-up', async () => {
    const { steps, warmupSteps, peakLearningRate, batches, runs } = model.expected.adamw;
    const { losses, gradientNorms, weightDecay } = runs.decay;
    const state = await start();
    let apart = 0;
    for (let step = 0; step < steps; step++) {
      const settings = {
        ...{ step: step + 1, learningRate: peakLearningRate * linearSchedule(step, warmupSteps, steps) },
        ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, clipNorm: 1 },
      };
      let result = await accumulate(state, batches[step % batches.length]!);
      let norm = await state.update(settings);
      while (!Number.isFinite(norm)) {
        lower(state);
        result = await accumulate(state, batches[step % batches.length]!);
        norm = await state.update(settings);
      }
      expect(Math.abs(result.loss - losses[step]!)).toBeLessThan(bounds.loss * Math.max(1, losses[step]!));
      if (Math.abs(norm / gradientNorms[step]! - 1) > bounds.norm) apart++;
    }
    // DistilBERT's head has a ReLU: where a unit is zero but for rounding, its whole gradient comes or goes.
    expect(apart).toBeLessThanOrEqual(architecture === 'distilbert' ? 1 : 0);
    await state.release();
  });

  it('forward pass of the classifier', async () => {
    const classifier = await loadClassifier(half, config, 3, { weights }, padId);
    for (const name of names) {
      const logits = await classifier.run(encodedRows(model.expected.cases[name]));
      expect(relativeError(logits, model.array(`${name}.logits`))).toBeLessThan(bounds.logits);
    }
    await classifier.release();
  });
});
