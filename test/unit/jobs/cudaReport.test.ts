/** Finding out about CUDA, listing it and choosing it, with stand-ins for NVIDIA's tools and for the check's process. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { cudaDevice } from '../../../src/engine/runtime/cuda.ts';
import { cudaIsThinkable } from '../../../src/engine/runtime/cudaLibraries.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import { describeDevice } from '../../../src/jobs/context.ts';
import { cudaReport, distrustCuda, type CudaReportOptions } from '../../../src/jobs/cudaReport.ts';
import { listDevices } from '../../../src/jobs/devices.ts';
import { checkCuda, reportPrefix, type GpuFinding } from '../../../src/jobs/gpuCheck.ts';
import { reportOf, type GpuReport } from '../../../src/jobs/gpuReport.ts';
import { fromDriver, parseSmi, smiArguments, type NvidiaGpus } from '../../../src/jobs/nvidia.ts';
import { openDevice, type GpuUses } from '../../../src/jobs/openDevice.ts';
import { gpuUseBrokenOff, noteGpuUse } from '../../../src/store/gpuReport.ts';

const said = (...findings: GpuFinding[]): string =>
  findings.map((finding) => `${reportPrefix}${JSON.stringify(finding)}\n`).join('');
const agreement = { loss: 1e-7, gradient: 2e-6, weight: 1e-6, agrees: true };
const good = said({ found: 'adapter' }, { found: 'agreement', agreement }, { found: 'speed', speedUp: 40 });
const h100 = parseSmi('NVIDIA H100 80GB HBM3, 81559, 570.86.10\n');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cuda-'));
  file = join(folder, 'cuda.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('NVIDIA’s GPUs', () => {
  it('is asked about the GPU that CUDA uses, where others are hidden', () => {
    const asked = (visible?: string): string[] => smiArguments({ CUDA_VISIBLE_DEVICES: visible }).slice(2);
    expect([asked(), asked(''), asked('-1')]).toEqual([[], [], []]);
    expect([asked('1'), asked(' 3, 0'), asked('GPU-8932f937-d72c-4106-c12f-20bd9faed9f6')]).toEqual([
      ...[['--id=1'], ['--id=3'], ['--id=GPU-8932f937-d72c-4106-c12f-20bd9faed9f6']],
    ]);
  });

  it('as nvidia-smi lists them', () => {
    expect(parseSmi('NVIDIA A10, 23028, 550.54.15\nNVIDIA T4, [N/A], 550.54.15\n')).toEqual({
      driver: '550.54.15',
      gpus: [
        { vendorId: 0x10de, deviceId: 0, discrete: true, name: 'NVIDIA A10', memoryBytes: 23028 * 2 ** 20 },
        { vendorId: 0x10de, deviceId: 0, discrete: true, name: 'NVIDIA T4' },
      ],
    });
    expect(parseSmi('')).toEqual({ gpus: [] });
    expect(parseSmi('No devices were found\n')).toEqual({ gpus: [] });
  });

  it('as the driver’s folder has them', async () => {
    const gpu = join(folder, 'gpus', '0000:3b:00.0');
    mkdirSync(gpu, { recursive: true });
    writeFileSync(join(gpu, 'information'), 'Model: \t\t NVIDIA A10\nIRQ:   \t\t 42\n');
    writeFileSync(
      join(folder, 'version'),
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12\n',
    );
    expect(await fromDriver(folder)).toMatchObject({ driver: '550.54.15', gpus: [{ name: 'NVIDIA A10' }] });
    expect(await fromDriver(join(folder, 'nowhere'))).toEqual({ gpus: [] });
  });
});

describe('the report of CUDA', () => {
  /** A check that prints so much, on either stream, and counts its starts in a file. */
  const script = (out: string, log = '', then = ''): string => {
    const path = join(folder, 'check.mjs');
    writeFileSync(
      path,
      `import { appendFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(join(folder, 'starts'))}, process.argv[2] + '\\n');
       console.log(${JSON.stringify(out.trim())}); console.error(${JSON.stringify(log)}); ${then}`,
    );
    return path;
  };
  const look = (changes: Partial<CudaReportOptions>, gpus: NvidiaGpus = h100): Promise<GpuReport> =>
    cudaReport({
      versions: { onnxruntime: '1', counterweight: '1' },
      ...{ file, listed: () => Promise.resolve(gpus), missing: () => undefined },
      ...changes,
    });

  it('of a good GPU: with its name and memory, kept by driver and version', async () => {
    const report = await look({ script: script(good) });
    expect(report).toEqual({ hardware: h100.gpus, adapter: true, agrees: true, speedUp: 40 });
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('cuda\n');
    const none = join(folder, 'none.mjs');
    expect(await look({ script: none })).toEqual(report);
    const another: readonly [Partial<CudaReportOptions>, NvidiaGpus?][] = [
      [{ script: none, versions: { onnxruntime: '2', counterweight: '1' } }],
      [{ script: none }, { ...h100, driver: '580.1' }],
    ];
    for (const [changes, gpus] of another) expect(await look(changes, gpus)).toMatchObject({ adapter: false });
  });

  it('without ONNX Runtime’s library: which, and what to run; nothing is started', async () => {
    const missing = (): string => 'libonnxruntime_providers_shared.so';
    const problem =
      'ONNX Runtime\'s libonnxruntime_providers_shared.so is missing: run "npm run cuda" in a checkout of Counterweight (see "CUDA" in its README)';
    expect(await look({ missing, script: join(folder, 'none.mjs') })).toEqual({
      ...{ hardware: h100.gpus, adapter: false, agrees: false, problem },
    });
    expect(await look({ missing }, { gpus: [] })).toMatchObject({
      problem: `no NVIDIA GPU is seen here, and ${problem}`,
    });
  });

  it('without CUDA: which library; tried anew each time', async () => {
    const log =
      '[E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so ' +
      'with error: libcublasLt.so.13: cannot open shared object file: No such file or directory\n';
    const none = said({
      found: 'none',
      why: 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
    });
    expect(await look({ script: script(none, log) })).toMatchObject({
      adapter: false,
      problem: 'libcublasLt.so.13 of CUDA 13 is not found: install CUDA 13, or name its folder in LD_LIBRARY_PATH',
    });
    expect(await look({ script: script(good) })).toMatchObject({ adapter: true });
  });

  it('where the GPU itself cannot be opened, computes wrongly, or takes the process down', async () => {
    expect(await look({ script: script(said({ found: 'none', why: 'CUDA failure 100: no device' })) })).toMatchObject({
      problem: 'CUDA failure 100: no device',
    });
    const wrong = said({ found: 'adapter' }, { found: 'agreement', agreement: { ...agreement, agrees: false } });
    expect(await look({ script: script(wrong), fresh: true })).toMatchObject({
      problem: 'a short training on it does not end as on the processor',
    });
    const crash = script(said({ found: 'adapter' }), '', 'process.abort();');
    expect((await look({ script: crash, fresh: true })).problem).toMatch(/SIGABRT|exit code/);
  });

  it('of one whose job ended without a word: not used until it is looked at again', async () => {
    const report = await look({ script: script(good) });
    const versions = { onnxruntime: '1', counterweight: '1' };
    await distrustCuda(report, 'it crashed', { versions, file, listed: () => Promise.resolve(h100) });
    expect(await look({ script: script('') })).toMatchObject({ problem: 'it crashed' });
    expect((await look({ script: script(good), fresh: true })).problem).toBeUndefined();
    // Its notes are not those of WebGPU.
    const end = await noteGpuUse(file);
    expect(await gpuUseBrokenOff(join(folder, 'gpu.json'))).toBe(false);
    end();
  });
});

describe('the check of CUDA', () => {
  it('finds that the device agrees with the processor, as a process of its own would tell', async () => {
    const findings: GpuFinding[] = [];
    await checkCuda((finding) => findings.push(finding), cudaDevice({ providers: ['cpu'] }));
    expect(findings.map(({ found }) => found).slice(0, 3)).toEqual(['adapter', 'agreement', 'speed']);
    expect(findings[1]).toMatchObject({ agreement: { agrees: true } });
    expect(reportOf(said(...findings), undefined)).toMatchObject({ adapter: true, agrees: true });
  });

  it('finds one that computes wrongly', async () => {
    const findings: GpuFinding[] = [];
    const posing = cudaDevice({ providers: ['cpu'] });
    const wrong: Device = {
      ...posing,
      train: async (graph, initial) =>
        posing.train(graph, new Map([...initial].map(([k, v]) => [k, v.map((x) => x * 1.01)]))),
    };
    await checkCuda((finding) => findings.push(finding), wrong);
    expect(reportOf(said(...findings), undefined).problem).toMatch(/does not end as on the processor/);
  });

  it('says why there is none', async () => {
    const findings: GpuFinding[] = [];
    await checkCuda((finding) => findings.push(finding), cudaDevice({ providers: ['no such provider'] }));
    expect(findings).toEqual([{ found: 'none', why: expect.stringContaining('no such provider') as string }]);
  });
});

describe.runIf(cudaIsThinkable())('choosing CUDA', () => {
  const report: GpuReport = { ...reportOf(good, undefined), hardware: h100.gpus };
  const uses = (brokenOff = false): GpuUses & { begun: number } => {
    const kept = {
      begun: 0,
      mayHaveGpu: () => true,
      brokenOff: () => Promise.resolve(brokenOff),
      distrust: (found: GpuReport, problem: string) => Promise.resolve({ ...found, problem }),
      begin: () => Promise.resolve(void kept.begun++),
    };
    return kept;
  };
  const open = async (
    device: 'auto' | 'cuda',
    found: GpuReport,
    kept = uses(),
  ): Promise<[string, string[], number]> => {
    const notices: string[] = [];
    const opened = await openDevice(
      { device },
      (line) => notices.push(line),
      () => Promise.resolve(found),
      kept,
    );
    return [describeDevice(opened), notices, kept.begun];
  };

  it('by name: as run.json names it, with a note that it is used', async () => {
    expect(await open('cuda', report)).toEqual(['cuda: NVIDIA H100 80GB HBM3', [], 1]);
  });

  it('never by itself: auto opens no CUDA device, whatever it finds', async () => {
    expect((await open('auto', report))[0]).not.toMatch(/^cuda/);
  });

  it('one that computes wrongly, or took a process down: the processor, and one line', async () => {
    const wrong = { ...report, problem: 'it is wrong' };
    const [name, notices, begun] = await open('cuda', wrong);
    expect(name).toBe(describeDevice(cpuDevice()));
    expect(notices).toEqual(['NVIDIA H100 80GB HBM3 is not used: it is wrong. The job runs on the processor.']);
    expect(begun).toBe(0);
    const [crashed, [line]] = await open('cuda', report, uses(true));
    expect(crashed).toMatch(/^cpu: /);
    expect(line).toMatch(/^NVIDIA H100 80GB HBM3 is not used: a job on it ended without a word/);
  });

  it('none: one line that says why', async () => {
    const none: GpuReport = { hardware: [], adapter: false, agrees: false, problem: 'libcuda.so.1 is not found' };
    await expect(open('cuda', none)).rejects.toThrow(
      /^--device cuda: libcuda\.so\.1 is not found; --device webgpu and cpu/,
    );
    await expect(open('cuda', none)).rejects.toBeInstanceOf(UserError);
  });

  it('is listed last, with its name, or with what is missing', async () => {
    const list = async (cuda: GpuReport): Promise<unknown> => {
      const none: GpuReport = { hardware: [], adapter: false, agrees: false, problem: 'no GPU' };
      const devices = await listDevices({ report: () => Promise.resolve(none), cuda: () => Promise.resolve(cuda) });
      expect(devices.map(({ kind }) => kind)).toEqual(['cpu', 'webgpu', 'cuda']);
      return devices[2];
    };
    expect(await list(report)).toEqual({
      ...{ kind: 'cuda', name: 'NVIDIA H100 80GB HBM3', threads: 1, memoryBytes: 81559 * 2 ** 20, usable: true },
      note: "never chosen by itself; weights cross the bus at every step; 40 times the processor's speed",
    });
    const missing = { hardware: [], adapter: false, agrees: false, problem: 'a library is missing' };
    expect(await list(missing)).toMatchObject({ name: 'no GPU', usable: false, note: 'a library is missing' });
    expect(await list({ ...missing, hardware: h100.gpus })).toMatchObject({
      name: 'NVIDIA H100 80GB HBM3',
      usable: false,
    });
  });
});
