/** A device whose memory does not suffice for a whole micro-batch: parts of it go through one by one, to the same end. */
import { describe, expect, it } from 'vitest';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { loadClassifier } from '../../../src/engine/models/forward.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device, HostTensor } from '../../../src/engine/runtime/device.ts';
import { DeviceFailedError } from '../../../src/engine/runtime/deviceFailed.ts';
import { largestInGraph, largestInTraining, limitIn } from '../../../src/engine/runtime/largestArray.ts';
import { masksOfRows } from '../../../src/engine/training/dropoutMasks.ts';
import {
  fineTune,
  type FineTuneOptions,
  type FineTuneResult,
  type StepReport,
} from '../../../src/engine/training/fineTune.ts';
import { buildTrainingGraph, crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
import { besideProcessor } from '../../../src/jobs/openDevice.ts';
import { dimp } from '../../../src/jobs/losses.ts';
import { trainStage } from '../../../src/jobs/trainStage.ts';
import { memoryStages, type Workspace } from '../../../src/jobs/workspace.ts';
import {
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
/** What ONNX Runtime 1.30 throws where Dawn could not make a buffer; seen on SwiftShader. */
const outOfMemory = new Error(
  'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n - While validating entries[1]',
);

/** The processor, posing as a GPU that has no room for more than so many rows at once. */
function small(room: number, sizes: number[] = []): Device {
  return {
    ...{ kind: 'webgpu', name: 'a GPU', threads: 1 },
    load: (graph) => cpu.load(graph),
    train: async (graph, initial) => {
      const state = await cpu.train(graph, initial);
      const accumulate = state.accumulate.bind(state);
      state.accumulate = async (feeds, uniqueIds) => {
        const rows = feeds['targets']!.shape[0]!;
        if (rows > room) throw new DeviceFailedError('the GPU', outOfMemory);
        sizes.push(rows);
        return accumulate(feeds, uniqueIds);
      };
      return state;
    },
  };
}

const count = 29;
const rows = randomRows(randomLengths(count, 12));

/** DIMP, dropout, decay, clipping: everything that could make cut micro-batches end differently. */
function options(device: Device, changes: Partial<FineTuneOptions> = {}): FineTuneOptions {
  return {
    ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    data: {
      rows,
      labelIds: randomLabels(count),
      rowInputs: { logP: Float32Array.from({ length: count }, (_, row) => -0.1 * (row + 1)) },
    },
    loss: dimp(1, { min: -5, max: 5 }),
    settings: settings({ weightDecay: 0.01 }),
    ...changes,
  };
}

/** AdamW divides the rounding noise in the gradients of key biases by itself: their values say nothing. */
const withoutKeyBiases = (arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...arrays].filter(([name]) => !name.endsWith('key.bias')));

/** The bounds of fineTune.test.ts for micro-batches; here the dropout masks are the same ones too. */
function expectSameEnd(found: FineTuneResult, wanted: FineTuneResult): void {
  expect(worstError(withoutKeyBiases(found.weights), withoutKeyBiases(wanted.weights)).error).toBeLessThan(1e-4);
  found.history.forEach(({ trainLoss }, epoch) => {
    expect(Math.abs(trainLoss / wanted.history[epoch]!.trainLoss - 1)).toBeLessThan(1e-5);
  });
  found.rowWeights!.forEach((weight, row) => {
    expect(Math.abs(weight / wanted.rowWeights![row]! - 1)).toBeLessThan(1e-4);
  });
}

describe('out of memory', () => {
  it.each([
    [8, 5, [4]],
    // The batch of five rows comes first.
    [8, 2, [3, 2]],
    [8, 1, [3, 2, 1]],
    [5, 2, [3, 2]],
  ])(
    'micro-batches of %i and room for %i rows: halved, with the same masks and the same end',
    async (size, room, at) => {
      const changes = { settings: { ...options(cpu).settings, microBatchSize: size } };
      const wanted = await fineTune(options(cpu, changes));
      const [told, sizes, steps]: [number[], number[], StepReport[]] = [[], [], []];
      const found = await fineTune(
        options(small(room, sizes), {
          ...changes,
          onOutOfMemory: (most) => told.push(most),
          onStep: (report) => steps.push(report),
        }),
      );
      expect(told).toEqual(at);
      // Every row once an epoch, in no more steps than before, and never more at once than there is room for.
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(2 * count);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(room);
      expect(steps.map((report) => report.rows).reduce((a, b) => a + b, 0)).toBe(2 * count);
      expect(steps).toHaveLength(8);
      expectSameEnd(found, wanted);
    },
  );

  it('without it, cutting changes no bit', async () => {
    const [whole, roomy] = [await fineTune(options(cpu)), await fineTune(options(small(8)))];
    expect(differing(roomy.weights, whole.weights)).toEqual([]);
  });

  it('what was gathered before it ran out is not gathered twice', async () => {
    // Fails in the second of two micro-batches of a batch, once.
    let calls = 0;
    const late: Device = {
      ...small(8),
      train: async (graph, initial) => {
        const state = await cpu.train(graph, initial);
        const accumulate = state.accumulate.bind(state);
        state.accumulate = (feeds, uniqueIds) => {
          if (++calls === 4) throw new DeviceFailedError('the GPU', outOfMemory);
          return accumulate(feeds, uniqueIds);
        };
        return state;
      },
    };
    const changes = { settings: { ...options(cpu).settings, microBatchSize: 4 } };
    const told: number[] = [];
    const found = await fineTune(options(late, { ...changes, onOutOfMemory: (most) => told.push(most) }));
    expect(told).toEqual([2]);
    expectSameEnd(found, await fineTune(options(cpu, changes)));
  });

  it('is told by the message; other failures are not halved away', async () => {
    const is = (message: string): boolean => new DeviceFailedError('the GPU', new Error(message)).outOfMemory;
    expect(is(outOfMemory.message)).toBe(true);
    expect(
      is('WebGPU validation failed. Buffer size (2200000000) exceeds the max buffer size limit (1073741824).'),
    ).toBe(true);
    expect(is('vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY')).toBe(true);
    expect(is('Failed to create GPU buffer: size=64, usage=140.')).toBe(true);
    expect(is('Failed to download data from buffer. wgpu::MapAsyncStatus value: 4')).toBe(false);
    expect(new DeviceFailedError('the GPU', outOfMemory).message).toBe(
      'the GPU failed: out of memory; --device cpu computes on the processor.',
    );
    expect(limitIn('Buffer size (2200000000) exceeds the max buffer size limit (1073741824)')).toBe(1073741824);
    expect(limitIn('out of memory')).toBeUndefined();

    const told: number[] = [];
    const lost: Device = {
      ...cpu,
      train: async (graph, initial) => {
        const state = await cpu.train(graph, initial);
        state.accumulate = () => Promise.reject(new DeviceFailedError('the GPU', new Error('Device lost.')));
        return state;
      },
    };
    await expect(fineTune(options(lost, { onOutOfMemory: (most) => told.push(most) }))).rejects.toThrow(/Device lost/);
    expect(told).toEqual([]);
  });
});

describe('a stage that runs out of memory', () => {
  const work = (device: Device): Workspace => ({
    ...{ device, stages: memoryStages(), checkpointSeconds: 0, passes: { forward: 0, backward: 0 } },
  });
  const stage = (device: Device): Promise<FineTuneResult> => {
    const { config, labels, initial, data, loss, settings: of } = options(device);
    return trainStage(work(device), 'stage', 'classifier, dimp', {
      config,
      labels,
      initial,
      padId,
      data,
      loss,
      settings: of,
    });
  };

  it('says so in one line, and leaves it for the record', async () => {
    const notices: string[] = [];
    const device = besideProcessor(small(2), () => cpu, { named: true, notice: (line) => notices.push(line) });
    await stage(device);
    expect(device.kind).toBe('webgpu');
    expect(notices).toEqual([
      'classifier, dimp: a GPU ran out of memory; 3 rows go through it at a time from now on, gathered to the same batches.',
      'classifier, dimp: a GPU ran out of memory; 2 rows go through it at a time from now on, gathered to the same batches.',
    ]);
    expect(device.remarks?.lines).toEqual(notices);
  });

  it('where not even one row fits, the processor goes on', async () => {
    const notices: string[] = [];
    const device = besideProcessor(small(0), () => cpu, { named: true, notice: (line) => notices.push(line) });
    expect(differing((await stage(device)).weights, (await stage(cpu)).weights)).toEqual([]);
    expect(device.kind).toBe('cpu');
    expect(notices.slice(-2)).toEqual([
      'classifier, dimp: a GPU ran out of memory; one row goes through it at a time from now on, gathered to the same batches.',
      'a GPU failed: out of memory. The job goes on on the processor.',
    ]);
  });
});

describe('a forward pass that runs out of memory', () => {
  /** The processor, posing as a GPU without room for more than so many padded tokens at once. */
  function roomFor(tokens: number): { gpu: Device; sizes: number[] } {
    const sizes: number[] = [];
    const gpu: Device = {
      ...small(0),
      load: async (graph) => {
        const program = await cpu.load(graph);
        const run = program.run.bind(program);
        program.run = async (feeds) => {
          const size = feeds['token_ids']!.data.length;
          if (size > tokens) throw new DeviceFailedError('the GPU', outOfMemory);
          sizes.push(size);
          return run(feeds);
        };
        return program;
      },
    };
    return { gpu, sizes };
  }
  const source = { weights: randomWeights(tinyConfig) };
  const answers = async (device: Device): Promise<Float32Array> => {
    const classifier = await loadClassifier(device, tinyConfig, labelCount, source, padId);
    const [first, second] = [await classifier.run(rows), await classifier.run(rows)];
    expect(second).toEqual(first);
    return first;
  };

  it('goes on with fewer rows at a time, answers the same, and says so once', async () => {
    const { gpu, sizes } = roomFor(60);
    const lines: string[] = [];
    const device = besideProcessor(gpu, () => cpu, { named: false, notice: (line) => lines.push(line) });
    const found = await answers(device);
    const wanted = await answers(cpu);
    found.forEach((logit, i) => expect(logit).toBeCloseTo(wanted[i]!, 5));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatch(
      /^a GPU ran out of memory: rows go through it \d+ tokens at a time, with the same results\.$/,
    );
    expect(device.kind).toBe('webgpu');
  });

  it('where not even one row fits, the processor takes over', async () => {
    const lines: string[] = [];
    const { gpu } = roomFor(0);
    const device = besideProcessor(gpu, () => cpu, { named: false, notice: (line) => lines.push(line) });
    const found = await answers(device);
    const wanted = await answers(cpu);
    found.forEach((logit, i) => expect(logit).toBeCloseTo(wanted[i]!, 5));
    expect(device.kind).toBe('cpu');
    expect(lines.at(-1)).toBe('a GPU failed: out of memory. The job goes on on the processor.');
  });
});

it('masks of some rows are those rows of the masks', () => {
  const mask = (shape: readonly number[]): HostTensor => ({
    ...{ dtype: 'float32', shape },
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  });
  // Three rows of two tokens: by batch, and by batch times sequence.
  const cut = masksOfRows({ a: mask([3, 2, 2, 2]), b: mask([6, 4]) }, { from: 1, count: 2, of: 3 });
  expect(cut['a']!.shape).toEqual([2, 2, 2, 2]);
  expect([...cut['a']!.data]).toEqual(Array.from({ length: 16 }, (_, i) => 8 + i));
  expect(cut['b']!.shape).toEqual([4, 4]);
  expect([...cut['b']!.data]).toEqual(Array.from({ length: 16 }, (_, i) => 8 + i));
});

describe('the largest array of a model', () => {
  const largest = (changes: Partial<typeof tinyConfig>, vocabularySize?: number): number =>
    largestInTraining(
      buildTrainingGraph({
        config: { ...tinyConfig, ...changes },
        ...{ labels: labelCount, loss: crossEntropy, dropout: false, vocabularySize },
      }),
    );

  it('is the word table, pruned or not; or a pack of small parameters; or a large matrix', () => {
    expect(largest({ vocabularySize: 1e6 })).toBe(4 * 16 * 1e6);
    expect(largest({ vocabularySize: 1e6 }, 40)).toBe(4 * 16 * 1e6);
    // Two layers of 16 × 16 and 16 × 32 matrices, and heads, in rows of 1024 numbers.
    expect(largest({})).toBe(4 * 1024 * Math.ceil((2 * (4 * 256 + 2 * 512) + 256 + 16 * labelCount) / 1024));
    expect(largest({ intermediateSize: 1e5 })).toBe(4 * 16 * 1e5);
  });

  it('of a graph: a constant, or an input of known size', () => {
    const g = new Graph();
    expect(largestInGraph(g)).toBe(0);
    g.input('x', 'float32', ['batch', 1e9]);
    g.tensor([10], new Float32Array(10));
    expect(largestInGraph(g)).toBe(40);
    g.input('table', 'float32', [100, 7]);
    expect(largestInGraph(g)).toBe(2800);
  });
});
