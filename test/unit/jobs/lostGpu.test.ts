/** A GPU that is lost, or runs out of memory, while a whole job runs: the job ends with a finished model and says why. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import { DeviceFailedError } from '../../../src/engine/runtime/deviceFailed.ts';
import { trainJob, type TrainOptions, type TrainResult } from '../../../src/jobs/trainJob.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

/** What the mocked GPU does at each micro-batch; made anew for each test. */
const gpu = vi.hoisted((): { beforeMicroBatch: (rows: number) => void } => ({ beforeMicroBatch: () => undefined }));

vi.mock('../../../src/engine/runtime/webgpu.ts', () => ({
  webgpuDevice: ({ name }: { name: string }): Device => {
    const cpu = cpuDevice({ threads: 1 });
    return {
      ...{ kind: 'webgpu', name, threads: 1, load: (graph) => cpu.load(graph) },
      train: async (graph, initial) => {
        const state = await cpu.train(graph, initial);
        const accumulate = state.accumulate.bind(state);
        state.accumulate = async (feeds, uniqueIds) => {
          gpu.beforeMicroBatch(feeds['targets']!.shape[0]!);
          return accumulate(feeds, uniqueIds);
        };
        return state;
      },
    };
  },
}));
vi.mock('../../../src/jobs/gpuReport.ts', async (original) => ({
  ...(await original<object>()),
  gpuReport: () =>
    Promise.resolve({
      hardware: [{ vendorId: 1, deviceId: 1, name: 'Radeon' }],
      adapter: true,
      agrees: true,
      speedUp: 9,
    }),
}));

let folder: string;
let options: TrainOptions;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-lost-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('LOCALAPPDATA', folder);
  const of = (name: string, rows: number, seed: number): string =>
    writeRows(folder, name, generateRows({ rows, labels: ['neg', 'pos'], seed }));
  options = {
    paths: { synthetic: of('synthetic.jsonl', 64, 1), real: of('real.jsonl', 20, 2), dev: of('dev.jsonl', 20, 3) },
    ...{ loss: 'ce', recipe: 'default', data: 'synthetic', threads: 1, checkpointSeconds: 0, device: 'webgpu' },
    model: writeTinyModel(join(folder, 'encoder')),
    overrides: { epochs: 2, batchSize: 16 },
  };
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  gpu.beforeMicroBatch = () => undefined;
});

interface Told {
  readonly result: TrainResult;
  readonly notices: readonly string[];
  readonly steps: readonly number[];
}

async function train(name: string, changes: Partial<TrainOptions> = {}): Promise<Told> {
  const [notices, steps]: [string[], number[]] = [[], []];
  const result = await trainJob(
    { ...options, out: join(folder, name), ...changes },
    {
      notice: (line) => notices.push(line),
      onProgress: ({ unit, done }) => {
        if (unit === 'steps') steps.push(done);
      },
    },
  );
  return { result, notices, steps };
}

describe('a job on a GPU', () => {
  it('that is lost after three steps goes on on the processor from the last checkpoint, to a finished model', async () => {
    // ONNX Runtime 1.30 throws this from the first read of a device that is gone.
    const lost = new Error(
      "Non-zero status code returned while running MemcpyToHost node. Name:'Memcpy_token_5' Status Message: " +
        'buffer_manager.cc:577 operator() status == wgpu::MapAsyncStatus::Success was false. ' +
        'Failed to download data from buffer. wgpu::MapAsyncStatus value: 4\n',
    );
    let calls = 0;
    gpu.beforeMicroBatch = () => {
      if (++calls > 3) throw new DeviceFailedError('the GPU', lost);
    };
    const { result, notices, steps } = await train('lost');
    const line =
      'Radeon failed: Failed to download data from buffer. wgpu::MapAsyncStatus value: 4. The job goes on on the processor.';
    expect(notices.filter((each) => each.includes('Radeon'))).toEqual([line]);
    // Four steps make an epoch; none of them is done twice.
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(calls).toBe(4);
    expect(existsSync(join(result.model, 'model.safetensors'))).toBe(true);
    expect(await readRunRecord(result.folder)).toMatchObject({
      status: 'done',
      device: 'webgpu: Radeon',
      warnings: expect.arrayContaining([line]) as string[],
    });
    const whole = await train('whole', { device: 'cpu' });
    expect(result.epochs).toEqual(whole.result.epochs);
    expect(result.metrics).toEqual(whole.result.metrics);
  });

  it('that runs out of memory stays on it, with fewer rows at a time, and the record says so', async () => {
    const sizes: number[] = [];
    gpu.beforeMicroBatch = (rows) => {
      if (rows > 4)
        throw new DeviceFailedError('the GPU', new Error('WebGPU validation failed. [Invalid Buffer (unlabeled)]'));
      sizes.push(rows);
    };
    const { result, notices, steps } = await train('small');
    expect(steps).toHaveLength(8);
    expect(sizes).toEqual(Array.from({ length: 32 }, () => 4));
    const said = notices.filter((line) => line.includes('memory'));
    expect(said).toEqual(
      [8, 4].map(
        (rows) =>
          `classifier, ce: Radeon ran out of memory; ${String(rows)} rows go through it at a time from now on, gathered to the same batches.`,
      ),
    );
    const record = await readRunRecord(result.folder);
    expect(record).toMatchObject({ status: 'done', device: 'webgpu: Radeon' });
    expect(record.warnings.filter((line) => line.includes('memory'))).toEqual(said);
  });
});
