/**
 * What is particular to a GPU: where nodes run, what crosses the bus, what is left behind in its memory, and that a
 * whole training ends as it does on the CPU. SwiftShader, a GPU in software, stands in; see scripts/softwareGpu.mjs.
 */
import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { useHalfPrecision } from '../../../src/engine/graph/halfPrecision.ts';
import { takeMaskAsBits } from '../../../src/engine/graph/maskBits.ts';
import { padBatch } from '../../../src/engine/models/padBatch.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device, HostTensors, Traffic, TrainingState } from '../../../src/engine/runtime/device.ts';
import { ModelTooLargeError } from '../../../src/engine/runtime/deviceFailed.ts';
import { DeviceCounters, GpuSession, withKernels } from '../../../src/engine/runtime/gpuSession.ts';
import { GpuTools } from '../../../src/engine/runtime/gpuTools.ts';
import { heldByAll, tryArray } from '../../../src/engine/runtime/largestArray.ts';
import { packParameters } from '../../../src/engine/runtime/packs.ts';
import * as updateGraphs from '../../../src/engine/runtime/updateGraphs.ts';
import { webgpuDevice } from '../../../src/engine/runtime/webgpu.ts';
import { sessionOptions } from '../../../src/engine/runtime/webgpuOptions.ts';
import { trainingOnGpu, WebGpuTrainingState } from '../../../src/engine/runtime/webgpuTraining.ts';
import { DropoutMasks } from '../../../src/engine/training/dropoutMasks.ts';
import { fineTune, type FineTuneCheckpoint, type FineTuneOptions } from '../../../src/engine/training/fineTune.ts';
import { trainingFeeds } from '../../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy, type TrainingGraph } from '../../../src/engine/training/trainingGraph.ts';
import { dimp } from '../../../src/jobs/losses.ts';
import { hasSoftwareGpu } from '../../support/devices.ts';
import { architectures, fixtureModel } from '../../support/fixtureModel.ts';
import { placement } from '../../support/placement.ts';
import {
  copyCheckpoint,
  labelCount,
  padId,
  perRow,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  sameBits,
  settings,
  tinyConfig,
  worstError,
} from './support.ts';

const config = { ...tinyConfig, layers: 1 };
const rows = randomRows(randomLengths(16, 12));
const labelIds = randomLabels(16);
/** How near a training on the GPU ends to one on the CPU, relative to each array's largest element. */
const nearness = 5e-6;
const adamw = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };

/** DIMP with dropout: every kind of input there is. */
function graphOf(model = config): TrainingGraph {
  return buildTrainingGraph({ config: model, labels: labelCount, loss: dimp(1, { min: -5, max: 5 }), dropout: true });
}

/** The inputs of one micro-batch, beside the weights. */
function feedsOf(graph: TrainingGraph, indices: readonly number[], step: number): [HostTensors, Int32Array] {
  const batch = padBatch(rows, indices, config, padId);
  const ids = indices.map((row) => labelIds[row]!);
  const masks = new DropoutMasks(graph.dropoutSites, 5).draw(step, batch.size, batch.sequence);
  const training = trainingFeeds(batch, config, { count: labelCount, ids }, 1 / 8);
  const logP = perRow(indices.map((row) => -0.1 * (row + 1)));
  return [{ ...batch.feeds, ...training, logP, ...masks }, batch.uniqueIds];
}

/** A step of eight rows in micro-batches of four. */
async function step(state: TrainingState, graph: TrainingGraph, number: number): Promise<void> {
  for (const half of [0, 1]) {
    const indices = [0, 1, 2, 3].map((i) => (8 * number + 4 * half + i) % rows.count);
    await state.accumulate(...feedsOf(graph, indices, 2 * number + half));
  }
  await state.update({ ...adamw, step: number + 1 });
}

/** AdamW divides the rounding noise in the gradients of key biases by itself: their values say nothing. */
const withoutKeyBiases = (arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...arrays].filter(([name]) => !name.endsWith('key.bias')));

/** Within `bound` of each array's largest element. */
function expectNear(
  actual: ReadonlyMap<string, Float32Array>,
  wanted: ReadonlyMap<string, Float32Array>,
  bound: number,
): void {
  const { name, error } = worstError(withoutKeyBiases(actual), withoutKeyBiases(wanted));
  expect(error, name).toBeLessThan(bound);
}

const bytes = (feeds: HostTensors, names: (name: string) => boolean): number =>
  Object.entries(feeds).reduce((sum, [name, { data }]) => sum + (names(name) ? data.byteLength : 0), 0);

describe.runIf(hasSoftwareGpu)('where nodes run', () => {
  /**
   * What may stay on the processor: arithmetic on shapes, a few 64-bit integers that the next node's launch depends on.
   * A node that is not in the graph was made by ONNX Runtime, which moves transposes and reorders a shape to match.
   */
  const onlyShapes = (graph: Graph, { opType, name }: { opType: string; name: string }): boolean => {
    const known = graph.nodes.some((node) => node.outputs.includes(name));
    return known ? graph.valueOf(name).dtype === 'int64' : opType === 'Gather' && name === 'Gather';
  };

  it.each(architectures)('the training graph of %s: everything on the device but arithmetic on shapes', (name) => {
    const dropout = { hidden: 0.1, attention: 0.1, classifier: 0.1 };
    const graph = withKernels(trainingOnGpu(graphOf({ ...fixtureModel(name).config, dropout })));
    const nodes = placement(graph);
    const onCpu = nodes.filter(({ provider }) => provider === 'CPUExecutionProvider');
    expect(nodes.filter(({ provider }) => provider === 'WebGpuExecutionProvider').length).toBeGreaterThan(300);
    expect(onCpu.filter((node) => !onlyShapes(graph, node))).toEqual([]);
    expect(onCpu.length).toBeLessThanOrEqual(8);
  });

  it.each(architectures)('the same in half precision: as many nodes on the processor as in single', (name) => {
    const whole = trainingOnGpu(graphOf(fixtureModel(name).config));
    const half = whole.copy();
    useHalfPrecision(half);
    const onCpu = (graph: Graph): number =>
      placement(withKernels(graph)).filter(({ provider }) => provider === 'CPUExecutionProvider').length;
    expect(onCpu(half)).toBe(onCpu(whole));
  });

  it('without FusedMatMul written out, attention falls to the processor: the test above can fail', () => {
    const graph = trainingOnGpu(graphOf());
    const onCpu = placement(graph).filter(({ provider }) => provider === 'CPUExecutionProvider');
    expect(onCpu.some((node) => node.opType === 'FusedMatMul' && !onlyShapes(graph, node))).toBe(true);
  });

  it.each(
    Object.entries({
      adamw: updateGraphs.adamwGraph(true),
      add: updateGraphs.addGraph(),
      spread: updateGraphs.spreadRowsGraph(),
      squares: updateGraphs.squaresGraph([
        [3, 4],
        [1, 5],
      ]),
      constants: updateGraphs.constantsGraph(),
    }),
  )('the graph of %s: everything on the device', (_, graph) => {
    expect(placement(withKernels(graph)).map(({ provider }) => provider)).not.toContain('CPUExecutionProvider');
  });
});

describe.runIf(hasSoftwareGpu)('dropout masks on a GPU', () => {
  it('are the same bits as on the CPU, at sizes that fill no whole word too', async () => {
    for (const [batch, sequence] of [
      [1, 1],
      [1, 3],
      [3, 7],
    ] as const) {
      const sites = graphOf().dropoutSites;
      const masks = new DropoutMasks(sites, 11).draw(3, batch, sequence);
      for (const { name, shape, probability } of sites) {
        const mask = masks[`mask of ${name}`]!;
        const g = new Graph();
        const input = g.input('mask', 'float32', shape);
        g.output('y', input);
        takeMaskAsBits(g, input, 'kept', 1 / (1 - probability));
        const session = await GpuSession.open(g, sessionOptions, new DeviceCounters());
        const data = Uint8Array.from(mask.data as Float32Array, (x) => Number(x !== 0));
        const { onHost } = await session.run({ kept: { dtype: 'bool', shape: mask.shape, data } });
        expect(sameBits(onHost['y']!.data as Float32Array, (mask.data as Float32Array).slice()), name).toBe(true);
        await session.release();
      }
    }
  });
});

describe.runIf(hasSoftwareGpu)('a training on a GPU', () => {
  it('with dropout, DIMP, decay, clipping and micro-batches: weights and moments of the CPU after 10 steps', async () => {
    const graph = graphOf();
    const snapshots = [];
    for (const device of [cpuDevice(), webgpuDevice()]) {
      const state = await device.train(graph, randomWeights(config));
      for (let number = 0; number < 10; number++) await step(state, graph, number);
      snapshots.push(await state.snapshot());
    }
    const [cpu, gpu] = snapshots as [(typeof snapshots)[0], (typeof snapshots)[0]];
    // Rounding differs in every kernel, by 1e-7 or so; where a gradient is nearly 0, AdamW's division by its own root
    // makes more of it.
    for (const key of ['value', 'mean', 'variance'] as const) expectNear(gpu[key], cpu[key], nearness);
  });

  it('moves the batch up and the losses down, and not one weight', async () => {
    const graph = graphOf();
    const state = await webgpuDevice().train(graph, randomWeights(config));
    const packs = packParameters(graph.parameters);
    const isMask = (name: string): boolean => name.startsWith('mask of ');
    const [feeds, uniqueIds] = feedsOf(graph, [0, 1, 2, 3], 0);
    let before = { ...state.traffic! };
    const moved = (): { up: number; down: number } => {
      const now = { ...state.traffic! };
      const change = { up: now.up - before.up, down: now.down - before.down };
      before = now;
      return change;
    };
    await state.accumulate(feeds, uniqueIds);
    const tableRows = config.vocabularySize + config.maxPositions + config.tokenTypes;
    expect(moved()).toEqual({
      // Masks are a byte per element; 8 bytes per row of a table say where its gradient is.
      up: bytes(feeds, (name) => !isMask(name)) + bytes(feeds, isMask) / 4 + 8 * tableRows,
      // The loss, four row losses and row weights, logits.
      down: 4 * (1 + 4 + 4 + 4 * labelCount),
    });
    await state.update({ ...adamw, step: 1 });
    expect(moved()).toEqual({ up: 4 * updateGraphs.adamwConstants.length, down: 4 * packs.length });
    const values = await state.values();
    expect(moved()).toEqual({ up: 0, down: 4 * packs.reduce((sum, { elements }) => sum + elements, 0) });
    expect([...values.keys()]).toEqual(graph.parameters.map(({ name }) => name));
    await state.release();
  });

  it('leaves nothing behind in the memory of the GPU', async () => {
    const graph = graphOf();
    const tools = await GpuTools.open(sessionOptions);
    const state = await WebGpuTrainingState.open(tools, graph, randomWeights(config));
    for (let number = 0; number < 3; number++) {
      await step(state, graph, number);
      expect(tools.counters.tensors).toBe(3 * packParameters(graph.parameters).length);
    }
    await state.restore(await state.snapshot());
    expect(tools.counters.tensors).toBe(3 * packParameters(graph.parameters).length);
    await state.accumulate(...feedsOf(graph, [0], 9));
    await state.release();
    expect(tools.counters.tensors).toBe(0);
  });

  it('forgets what was gathered when told to, and gathers anew: nothing of it is left in the next update', async () => {
    const graph = graphOf();
    const tools = await GpuTools.open(sessionOptions);
    const open = (): Promise<WebGpuTrainingState> => WebGpuTrainingState.open(tools, graph, randomWeights(config));
    const [plain, again] = [await open(), await open()];
    const before = tools.counters.tensors;
    await again.accumulate(...feedsOf(graph, [4, 5, 6], 7));
    again.discard();
    expect(tools.counters.tensors).toBe(before);
    for (const state of [plain, again]) await state.accumulate(...feedsOf(graph, [0, 1, 2, 3], 0));
    expectNear(await again.gradients(), await plain.gradients(), nearness);
    for (const state of [plain, again]) await state.release();
    expect(tools.counters.tensors).toBe(0);
  });

  it('refuses a model with an array above the adapter’s limit in numbers, before anything is opened', async () => {
    const device = webgpuDevice({ name: 'SwiftShader' });
    // A word table of which the training itself uses 40 rows; forward passes of the model take all.
    const large = { ...config, vocabularySize: 20_000_000 };
    const used = { dropout: true, vocabularySize: 40 };
    const graph = buildTrainingGraph({ config: large, labels: 2, loss: crossEntropy, ...used });
    // Were it not refused, the missing weights would be.
    const refused = device.train(graph, new Map());
    await expect(refused).rejects.toBeInstanceOf(ModelTooLargeError);
    await expect(refused).rejects.toMatchObject({
      neededBytes: 1.28e9,
      limitBytes: 2 ** 30,
      reason: 'the model has an array of 1280 MB, and its limit is 1074 MB',
    });
    // The device is as good as before.
    await tryArray(1000, 'SwiftShader');
  });

  it('tries a large array where it cannot know, and takes it where it fits', async () => {
    await tryArray(heldByAll + 4, 'SwiftShader');
  });

  it('refuses an update without a gradient, and weights of another model', async () => {
    const graph = graphOf();
    const device = webgpuDevice();
    const state = await device.train(graph, randomWeights(config));
    await expect(state.update({ ...adamw, step: 1 })).rejects.toThrow(/no gradient of .* was gathered/);
    await state.release();
    const incomplete = new Map(randomWeights(config));
    incomplete.delete('classifier.bias');
    await expect(device.train(graph, incomplete)).rejects.toThrow(/classifier\.bias/);
  });

  const options = (device: Device): FineTuneOptions => ({
    ...{ device, config, labels: labelCount, initial: randomWeights(config), padId },
    data: { rows, labelIds, rowInputs: {} },
    loss: crossEntropy,
    settings: settings({ microBatchSize: 5, weightDecay: 0.01, learningRate: 3e-3 }),
    evaluate: ({ epoch }) => Promise.resolve({ score: -epoch, metrics: {} }),
  });

  it('ends as on the CPU; cancelled and resumed on the same device, or on the CPU, as without', async () => {
    const gpu = webgpuDevice();
    const reference = await fineTune(options(cpuDevice()));
    const moved: (Traffic | undefined)[] = [];
    const whole = await fineTune({ ...options(gpu), onStep: (report) => moved.push(report.moved) });
    // Each step says what it moved: less than the weights, which stay where they are.
    const weightBytes = [...reference.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(moved).toHaveLength(4);
    for (const step of moved) {
      expect(step!.up).toBeGreaterThan(0);
      expect(step!.up).toBeLessThan(weightBytes);
      expect(step!.down).toBeLessThan(1000);
    }
    expectNear(whole.weights, reference.weights, nearness);
    whole.history.forEach(({ trainLoss }, epoch) => {
      expect(trainLoss).toBeCloseTo(reference.history[epoch]!.trainLoss, 5);
    });

    const saved: FineTuneCheckpoint[] = [];
    const controller = new AbortController();
    const cancelled = fineTune({
      ...options(gpu),
      signal: controller.signal,
      onStep: (report) => {
        if (report.step === 3) controller.abort();
      },
      saveCheckpoint: (checkpoint) => {
        saved.push(copyCheckpoint(checkpoint));
        return Promise.resolve();
      },
    });
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
    expect(saved.map(({ progress }) => progress.step)).toEqual([3]);
    for (const device of [gpu, cpuDevice()]) {
      const resumed = await fineTune({ ...options(device), resume: saved[0]! });
      expectNear(resumed.weights, reference.weights, nearness);
      expect(resumed.bestEpoch).toBe(whole.bestEpoch);
    }
  });

  it('beside another on the same device: both end as alone', async () => {
    const gpu = webgpuDevice();
    const [first, second] = [options(gpu), { ...options(gpu), settings: { ...options(gpu).settings, seed: 7 } }];
    const alone = [await fineTune(first), await fineTune(second)];
    const together = await Promise.all([fineTune(first), fineTune(second)]);
    together.forEach(({ weights, history, bestEpoch }, i) => {
      expectNear(weights, alone[i]!.weights, nearness);
      expect(bestEpoch).toBe(alone[i]!.bestEpoch);
      history.forEach(({ trainLoss }, epoch) => {
        expect(trainLoss).toBeCloseTo(alone[i]!.history[epoch]!.trainLoss, 5);
      });
    });
    expect(worstError(alone[1]!.weights, alone[0]!.weights).error).toBeGreaterThan(1e-3);
  });
});
