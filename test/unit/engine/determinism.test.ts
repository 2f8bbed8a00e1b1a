/** The same inputs give the same bits, on several threads, however often, with tokens that repeat a great deal. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { DropoutMasks } from '../../../src/engine/training/dropoutMasks.ts';
import { fineTune } from '../../../src/engine/training/fineTune.ts';
import { buildTrainingGraph } from '../../../src/engine/training/trainingGraph.ts';
import { crossEntropy, dimp } from '../../../src/jobs/losses.ts';
import {
  accumulate,
  copyArrays,
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

const device = cpuDevice({ threads: Math.max(2, availableParallelism()) });

describe('determinism', () => {
  it('100 forward and backward passes with five different tokens: every gradient bit for bit', async () => {
    // Wide and long enough that ONNX Runtime splits the work over its threads.
    const config = {
      ...tinyConfig,
      hiddenSize: 64,
      embeddingSize: 64,
      heads: 4,
      intermediateSize: 128,
      maxPositions: 64,
    };
    const rows = randomRows(Array<number>(16).fill(64), 1, 5);
    const labels = randomLabels(rows.count);
    const graph = buildTrainingGraph({ config, labels: labelCount, loss: crossEntropy, dropout: true });
    const state = await device.train(graph, randomWeights(config));
    const feeds = new DropoutMasks(graph.dropoutSites, 1).draw(0, rows.count, 64);
    let first: ReadonlyMap<string, Float32Array> | undefined;
    for (let run = 0; run < 100; run++) {
      await accumulate(state, config, rows, labels, { feeds });
      first ??= copyArrays(await state.gradients());
      expect(differing(first, await state.gradients()), `run ${String(run)}`).toEqual([]);
      // A learning rate of 0 changes no weight, but ends the batch.
      const rate = { learningRate: 0, weightDecay: 0, clipNorm: 1 };
      await state.update({ step: run + 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...rate });
    }
    const words = first!.get('bert.embeddings.word_embeddings.weight')!;
    expect(words.some((x) => x !== 0)).toBe(true);
    await state.release();
  });

  it('two trainings with dropout and DIMP: weights, history and row weights bit for bit; another seed: others', async () => {
    const rows = randomRows(randomLengths(45, 20));
    const logP = Float32Array.from({ length: 45 }, (_, row) => -0.05 * (row + 1));
    const train = (seed: number): ReturnType<typeof fineTune> =>
      fineTune({
        ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
        data: { rows, labelIds: randomLabels(45), rowInputs: { logP } },
        loss: dimp(1, { min: -5, max: 5 }),
        settings: settings({ microBatchSize: 5, weightDecay: 0.01, seed }),
      });
    const [a, b, other] = [await train(42), await train(42), await train(43)];
    expect(differing(a.weights, b.weights)).toEqual([]);
    expect(b.history).toEqual(a.history);
    expect(sameBits(a.rowWeights!, b.rowWeights)).toBe(true);
    expect(differing(a.weights, other.weights).length).toBe(a.weights.size);
  });
});
