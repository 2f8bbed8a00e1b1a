/** A device that fails in the middle of work, and the one that stands in for it. */
import { describe, expect, it } from 'vitest';
import { loadClassifier } from '../../../src/engine/models/forward.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import { DeviceFailedError } from '../../../src/engine/runtime/deviceFailed.ts';
import { guardedDevice } from '../../../src/engine/runtime/guardedDevice.ts';
import { crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
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
  sameBits,
  settings,
  tinyConfig,
} from './support.ts';

const cpu = cpuDevice({ threads: 1 });
const rows = randomRows(randomLengths(24, 10));

/** The processor, posing as a GPU that is lost at the given call of a program or a training. */
function failing(at: number): Device {
  let calls = 0;
  const step = (): void => {
    if (++calls >= at) throw new DeviceFailedError('the GPU', new Error('Device lost.\nmore'));
  };
  return {
    ...{ kind: 'webgpu', name: 'a GPU', threads: 1 },
    load: async (graph) => {
      const program = await cpu.load(graph);
      return {
        run: async (feeds) => {
          step();
          return program.run(feeds);
        },
        release: () => program.release(),
      };
    },
    train: async (graph, initial) => {
      const state = await cpu.train(graph, initial);
      const accumulate = state.accumulate.bind(state);
      state.accumulate = async (feeds, uniqueIds) => {
        step();
        return accumulate(feeds, uniqueIds);
      };
      return state;
    },
  };
}

function guarded(at: number): { device: Device; failures: string[] } {
  const failures: string[] = [];
  const device = guardedDevice(
    failing(at),
    () => cpu,
    ({ reason }, { kind }) => failures.push(`${reason}: ${kind}`),
  );
  return { device, failures };
}

describe('a device that fails', () => {
  it('in a forward pass: the pass is done again on the stand-in, and all that follow', async () => {
    const weights = randomWeights(tinyConfig);
    const run = async (device: Device): Promise<Float32Array> => {
      const classifier = await loadClassifier(device, tinyConfig, labelCount, { weights }, padId);
      const logits = await classifier.run(rows, { batchTokens: 16 });
      await classifier.release();
      return logits;
    };
    const { device, failures } = guarded(3);
    expect(device).toMatchObject({ kind: 'webgpu', name: 'a GPU' });
    expect(sameBits(await run(device), await run(cpu))).toBe(true);
    expect(failures).toEqual(['Device lost: cpu']);
    expect(device.kind).toBe('cpu');
    expect(sameBits(await run(device), await run(cpu))).toBe(true);
    expect(failures).toHaveLength(1);
  });

  const work = (device: Device): Workspace => ({
    ...{ device, stages: memoryStages(), checkpointSeconds: 0, passes: { forward: 0, backward: 0 } },
  });
  const options = {
    ...{ config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId, loss: crossEntropy },
    data: { rows, labelIds: randomLabels(24), rowInputs: {} },
    settings: settings({ epochs: 2, batchSize: 8, microBatchSize: 4 }),
  };

  // 2 epochs of 3 steps of 2 micro-batches; a checkpoint after each step.
  it.each([1, 2, 4, 8, 12])('in micro-batch %i of a training: it goes on from the last checkpoint', async (at) => {
    const whole = await trainStage(work(cpu), 'stage', 'a stage', options);
    const { device, failures } = guarded(at);
    const job = work(device);
    const result = await trainStage(job, 'stage', 'a stage', options);
    expect(differing(result.weights, whole.weights)).toEqual([]);
    expect(result.history).toEqual(whole.history);
    expect(failures).toEqual(['Device lost: cpu']);
    // What was done before the failure is not done again.
    expect(job.passes.backward).toBe(6 * 8);
  });

  it('without a stand-in: one line that says what to do', async () => {
    const training = trainStage(work(failing(1)), 'stage', 'a stage', options);
    await expect(training).rejects.toThrow('the GPU failed: Device lost; --device cpu computes on the processor.');
  });

  it('a defect of ours is no failure of the device', async () => {
    const { device, failures } = guarded(99);
    await expect(trainStage(work(device), 'stage', 'a stage', { ...options, initial: new Map() })).rejects.toThrow();
    expect(failures).toEqual([]);
  });
});
