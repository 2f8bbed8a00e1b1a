import { describe, expect, it } from 'vitest';
import { loadClassifier, loadEmbedder } from '../../src/engine/models/forward.ts';
import { padBatch } from '../../src/engine/models/padBatch.ts';
import { linearSchedule } from '../../src/engine/optim/schedule.ts';
import type { TrainingState } from '../../src/engine/runtime/device.ts';
import { trainingFeeds } from '../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy } from '../../src/engine/training/trainingGraph.ts';
import { devices } from '../support/devices.ts';
import { architectures, encodedRows, fixtureModel, relativeError, type FixtureRows } from '../support/fixtureModel.ts';

const runs = devices.flatMap(([name, device]) => architectures.map((architecture) => ({ name, device, architecture })));
const isKeyBias = (name: string): boolean => /(key|k_lin)\.bias$/.test(name);

describe.each(runs)('$architecture on $name against PyTorch', ({ device, architecture }) => {
  const model = fixtureModel(architecture);
  const { config, padId, weights } = model;
  const start = async (): Promise<TrainingState> =>
    device.train(buildTrainingGraph({ config, labels: 3, loss: crossEntropy, dropout: false }), weights);
  const accumulate = async (
    state: TrainingState,
    rows: FixtureRows,
    scale: number,
  ): ReturnType<TrainingState['accumulate']> => {
    const indices = rows.labels.map((_, i) => i);
    const batch = padBatch(encodedRows(rows), indices, config, padId);
    const feeds = { ...batch.feeds, ...trainingFeeds(batch, config, { count: 3, ids: rows.labels }, scale) };
    return state.accumulate(feeds, batch.uniqueIds);
  };

  it.each(['single', 'pairs', 'nopad'] as const)('logits, loss and every gradient: %s', async (name) => {
    const wanted = model.expected.cases[name];
    const state = await start();
    const result = await accumulate(state, wanted, 1 / wanted.labels.length);
    expect(relativeError(result.logits, model.array(`${name}.logits`))).toBeLessThan(5e-6);
    expect(relativeError(result.rowLoss, wanted.losses)).toBeLessThan(3e-6);
    expect(Math.abs(result.loss - wanted.meanLoss)).toBeLessThan(3e-6 * wanted.meanLoss);
    const gradients = await state.gradients();
    expect([...gradients.keys()].sort()).toEqual([...model.expected.parameters].sort());
    for (const [parameter, gradient] of gradients) {
      const reference = model.array(`${name}.grad.${parameter}`);
      // Softmax is blind to key biases: their gradient is rounding noise around zero.
      if (isKeyBias(parameter)) for (const x of gradient) expect(Math.abs(x), parameter).toBeLessThan(1e-6);
      else expect(relativeError(gradient, reference), parameter).toBeLessThan(1e-5);
    }
    await state.release();
  });

  // In software a GPU takes seconds for it; vectors do not decay there either way.
  const decays = device.kind === 'cpu' ? (['decay', 'no_decay'] as const) : (['decay'] as const);
  it.each(decays)('20 AdamW steps with clipping and warm-up: %s', async (name) => {
    const { steps, warmupSteps, peakLearningRate, batches, runs } = model.expected.adamw;
    const run = runs[name];
    const state = await start();
    for (let step = 0; step < steps; step++) {
      const rows = batches[step % batches.length]!;
      const learningRate = peakLearningRate * linearSchedule(step, warmupSteps, steps);
      expect(learningRate).toBeCloseTo(run.learningRates[step]!, 12);
      const { loss } = await accumulate(state, rows, 1 / rows.labels.length);
      const norm = await state.update({
        ...{ step: step + 1, learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
        ...{ weightDecay: run.weightDecay, clipNorm: 1 },
      });
      expect(Math.abs(loss - run.losses[step]!)).toBeLessThan(2e-5 * Math.max(1, run.losses[step]!));
      expect(Math.abs(norm - run.gradientNorms[step]!)).toBeLessThan(1e-4 * run.gradientNorms[step]!);
    }
    for (const [parameter, value] of await state.values()) {
      if (isKeyBias(parameter)) continue;
      const reference = model.array(`adamw.${name}.final.${parameter}`);
      expect(relativeError(value, reference), parameter).toBeLessThan(1e-4);
    }
    await state.release();
  });

  it('forward pass of the classifier with weights baked in', async () => {
    const classifier = await loadClassifier(device, config, 3, { weights }, padId);
    for (const name of ['single', 'pairs', 'nopad'] as const) {
      const logits = await classifier.run(encodedRows(model.expected.cases[name]));
      expect(relativeError(logits, model.array(`${name}.logits`))).toBeLessThan(5e-6);
    }
    await classifier.release();
  });

  it('mean-pooled sentence embeddings', async () => {
    const embedder = await loadEmbedder(device, config, weights, padId);
    const embeddings = await embedder.run(encodedRows(model.expected.cases.single));
    expect(relativeError(embeddings, model.array('single.mean_pooling'))).toBeLessThan(5e-6);
    await embedder.release();
  });
});
