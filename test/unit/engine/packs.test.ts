/** Small parameters in one array: nothing is lost or mixed up, and the rewritten graph gives the same gradients. */
import { describe, expect, it } from 'vitest';
import { padBatch } from '../../../src/engine/models/padBatch.ts';
import { parameterSpecs } from '../../../src/engine/models/parameters.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { HostTensor } from '../../../src/engine/runtime/device.ts';
import { DeviceCounters, GpuSession } from '../../../src/engine/runtime/gpuSession.ts';
import { elementsOf, joined, packParameters, parts, usePacks } from '../../../src/engine/runtime/packs.ts';
import { trainingFeeds } from '../../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy, gradientName } from '../../../src/engine/training/trainingGraph.ts';
import { architectures, encodedRows, fixtureModel, relativeError } from '../../support/fixtureModel.ts';
import { tinyConfig } from './support.ts';

describe('packs', () => {
  const bertBase = { ...tinyConfig, ...{ vocabularySize: 30522, hiddenSize: 768, embeddingSize: 768, layers: 12 } };
  const parameters = parameterSpecs({ ...bertBase, intermediateSize: 3072, maxPositions: 512, heads: 12 }, 2).map(
    (spec) => ({ ...spec, rowsOf: spec.name.endsWith('word_embeddings.weight') ? ('words' as const) : undefined }),
  );
  const packs = packParameters(parameters);

  it('hold every parameter once, apart by decay, none larger than 64 MB but for one parameter alone', () => {
    expect(packs.flatMap((pack) => pack.parameters.map(({ name }) => name)).sort()).toEqual(
      parameters.map(({ name }) => name).sort(),
    );
    for (const pack of packs) {
      expect(new Set(pack.parameters.map(({ decay }) => decay))).toEqual(new Set([pack.decay]));
      expect(pack.matrix[0] * pack.matrix[1]).toBe(pack.elements);
      const sum = pack.parameters.reduce((total, parameter) => total + elementsOf(parameter), 0);
      if (pack.parameters.length === 1) expect(pack.elements).toBe(sum);
      else {
        expect(pack.elements).toBeLessThanOrEqual(2 ** 24);
        expect(pack.elements - sum).toBeGreaterThanOrEqual(0);
        expect(pack.elements - sum).toBeLessThan(1024);
      }
    }
  });

  it('keep tables and matrices of 4 MB and more to themselves, and join the rest', () => {
    const alone = packs.filter((pack) => pack.parameters.length === 1).map((pack) => pack.input);
    expect(alone).toContain('bert.embeddings.word_embeddings.weight');
    expect(alone).toContain('bert.encoder.layer.0.intermediate.dense.weight');
    expect(alone).not.toContain('bert.encoder.layer.0.attention.self.query.weight');
    expect(packs.length).toBeLessThan(35);
  });

  it('come apart as they were put together', () => {
    const arrays = new Map(parameters.map((p, i) => [p.name, new Float32Array(elementsOf(p)).fill(i + 1)]));
    for (const pack of packs) {
      const all = joined(pack, ({ name }) => arrays.get(name)!);
      expect(all).toHaveLength(pack.elements);
      for (const [name, data] of parts(pack, all)) {
        expect(data).toHaveLength(arrays.get(name)!.length);
        expect([data[0], data.at(-1)]).toEqual([arrays.get(name)![0], arrays.get(name)![0]]);
      }
    }
  });
});

describe.each(architectures)('the packed graph of %s', (name) => {
  const model = fixtureModel(name);
  const { config, weights, padId } = model;
  const training = buildTrainingGraph({ config, labels: 3, loss: crossEntropy, dropout: false });
  const packs = packParameters(training.parameters);
  const graph = training.graph.copy();
  usePacks(graph, packs);

  it('gives the gradients of the graph that it was made of', async () => {
    const { labels, ...rest } = model.expected.cases.pairs;
    const batch = padBatch(encodedRows(rest), [...labels.keys()], config, padId);
    const feeds = { ...batch.feeds, ...trainingFeeds(batch, config, { count: 3, ids: labels }, 1 / labels.length) };
    const session = await GpuSession.open(graph, { executionProviders: ['cpu'] }, new DeviceCounters());
    const packed = Object.fromEntries(
      packs.map((pack): [string, HostTensor] => {
        const data = joined(pack, (parameter) => weights.get(parameter.name)!);
        return [pack.input, { dtype: 'float32', shape: pack.shape, data }];
      }),
    );
    const { onHost } = await session.run({ ...feeds, ...packed });
    await session.release();

    const state = await cpuDevice().train(training, weights);
    await state.accumulate(feeds, batch.uniqueIds);
    const wanted = await state.gradients();
    for (const pack of packs) {
      const all = onHost[gradientName(pack.input)]!.data as Float32Array;
      if (pack.parameters[0]?.rowsOf !== undefined) continue;
      for (const [parameter, gradient] of parts(pack, all)) {
        if (/(key|k_lin)\.bias$/.test(parameter)) continue;
        expect(relativeError(gradient, wanted.get(parameter)!), parameter).toBeLessThan(5e-6);
      }
    }
    await state.release();
  });

  it('has no kernel with more arrays than every adapter allows, but Concat, which ONNX Runtime divides', () => {
    for (const { opType, inputs, outputs } of graph.nodes) {
      if (opType !== 'Concat') expect(inputs.length + outputs.length, opType).toBeLessThanOrEqual(9);
      if (opType === 'Split') expect(outputs.length).toBeLessThanOrEqual(7);
    }
    expect(packs.length).toBeLessThan(training.parameters.length / 5);
  });
});
