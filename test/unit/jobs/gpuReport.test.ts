import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device } from '../../../src/engine/runtime/device.ts';
import { ModelTooLargeError } from '../../../src/engine/runtime/deviceFailed.ts';
import { parseHardware } from '../../../src/engine/runtime/hardware.ts';
import { copyGraph } from '../../../src/engine/runtime/updateGraphs.ts';
import { listDevices } from '../../../src/jobs/devices.ts';
import { reportPrefix, type GpuFinding } from '../../../src/jobs/gpuCheck.ts';
import { gpuReport, reportOf, type GpuReport } from '../../../src/jobs/gpuReport.ts';
import { besideProcessor, openDevice, usedByItself, type GpuUses } from '../../../src/jobs/openDevice.ts';
import { describeDevice } from '../../../src/jobs/context.ts';
import { thisProcess } from '../../../src/store/processIdentity.ts';
import {
  gpuReportFile,
  gpuUseBrokenOff,
  noteGpuUse,
  readGpuReport,
  writeGpuReport,
} from '../../../src/store/gpuReport.ts';

const said = (...findings: GpuFinding[]): string =>
  findings.map((finding) => `${reportPrefix}${JSON.stringify(finding)}\n`).join('');
const agrees: GpuFinding = {
  found: 'agreement',
  agreement: { loss: 1e-7, gradient: 2e-6, weight: 1e-6, agrees: true },
};
const differs: GpuFinding = { found: 'agreement', agreement: { loss: 0.2, gradient: 1, weight: 0.3, agrees: false } };
const device = (fields: string): string =>
  `2026-01-01 [I:onnxruntime:onnxruntime-node, device_discovery_common.cc:34 operator()] Discovered OrtHardwareDevice {${fields}}\n`;
const cpu = device('vendor_id:0x1022, device_id:0x0, vendor:AMD, type:0, metadata: []');
const linuxNvidia = device('vendor_id:0x10de, device_id:0x2204, vendor:, type:1, metadata: [card_idx=1, ]');
const windowsIntel = device(
  'vendor_id:0x8086, device_id:0x46a6, vendor:Intel, type:1, metadata: [Description=Intel(R) Iris(R) Xe Graphics, Discrete=0, DxgiAdapterNumber=0, DxgiVideoMemory=128 MB, ]',
);
const windowsAmd = device(
  'vendor_id:0x1002, device_id:0x73bf, vendor:AMD, type:1, metadata: [Description=AMD Radeon RX 6800 XT, Discrete=1, DxgiAdapterNumber=1, DxgiVideoMemory=16338 MB, ]',
);
/** A server's display controller, and Windows' renderer in software. */
const noGpus =
  device('vendor_id:0x1a03, device_id:0x2000, vendor:, type:1, metadata: [card_idx=0, ]') +
  device(
    'vendor_id:0x1414, device_id:0x8c, vendor:Microsoft, type:1, metadata: [Description=Microsoft Basic Render Driver, ]',
  );

describe('GPUs in the log of ONNX Runtime', () => {
  it('names, memory and kind where the platform tells', () => {
    expect(parseHardware(cpu + windowsIntel + windowsAmd)).toEqual([
      {
        vendorId: 0x8086,
        deviceId: 0x46a6,
        name: 'Intel(R) Iris(R) Xe Graphics',
        discrete: false,
        memoryBytes: 2 ** 27,
      },
      {
        vendorId: 0x1002,
        deviceId: 0x73bf,
        name: 'AMD Radeon RX 6800 XT',
        discrete: true,
        memoryBytes: 16338 * 2 ** 20,
      },
    ]);
    expect(parseHardware(linuxNvidia)).toEqual([{ vendorId: 0x10de, deviceId: 0x2204, name: 'NVIDIA GPU 2204' }]);
  });

  it('neither processors, nor display controllers, nor renderers in software', () => {
    expect(parseHardware(cpu + noGpus)).toEqual([]);
  });
});

describe('what a check comes to', () => {
  const speed: GpuFinding = { found: 'speed', speedUp: 20 };

  it.each([
    ['a good GPU', linuxNvidia + said({ found: 'adapter' }, agrees, speed), undefined, true, undefined],
    ['software that computes rightly', cpu + said({ found: 'adapter' }, agrees, speed), undefined, false, undefined],
    [
      'no adapter',
      linuxNvidia + said({ found: 'none', why: 'No supported adapters' }),
      undefined,
      false,
      'No supported adapters',
    ],
    [
      'wrong results',
      linuxNvidia + said({ found: 'adapter' }, differs, speed),
      undefined,
      false,
      /does not end as on the processor/,
    ],
    ['a crash after agreement', linuxNvidia + said({ found: 'adapter' }, agrees), 'SIGABRT', false, /SIGABRT/],
    ['a crash at once', '', 'SIGSEGV', false, /SIGSEGV/],
    [
      'slow',
      linuxNvidia + said({ found: 'adapter' }, agrees, { found: 'speed', speedUp: 1.1 }),
      undefined,
      false,
      undefined,
    ],
  ] as const)('%s', (_, output, ending, used, problem) => {
    const report = reportOf(output, ending);
    expect(usedByItself(report)).toBe(used);
    if (problem === undefined) expect(report.problem).toBeUndefined();
    else expect(report.problem).toMatch(problem);
  });

  it('discrete before integrated', () => {
    const { hardware } = reportOf(windowsIntel + windowsAmd, undefined);
    expect(hardware.map(({ vendorId }) => vendorId)).toEqual([0x1002, 0x8086]);
  });
});

describe('opening a device', () => {
  const good = reportOf(
    windowsIntel + windowsAmd + said({ found: 'adapter' }, agrees, { found: 'speed', speedUp: 20 }),
    undefined,
  );
  const wrong: GpuReport = { ...good, agrees: false, problem: 'it is wrong' };
  const none = reportOf(said({ found: 'none', why: 'No supported adapters' }), undefined);
  const uses = (brokenOff = false, hardware = true): GpuUses & { begun: number } => {
    const kept = {
      begun: 0,
      mayHaveGpu: () => hardware,
      brokenOff: () => Promise.resolve(brokenOff),
      distrust: (report: GpuReport, problem: string) => Promise.resolve({ ...report, problem }),
      begin: () => Promise.resolve(void kept.begun++),
    };
    return kept;
  };
  const open = async (
    kind: 'auto' | 'cpu' | 'webgpu',
    report: GpuReport,
    kept: GpuUses = uses(),
  ): Promise<[string, string[]]> => {
    const notices: string[] = [];
    const opened = await openDevice(
      { device: kind },
      (line) => notices.push(line),
      () => Promise.resolve(report),
      kept,
    );
    return [describeDevice(opened), notices];
  };

  it('half precision where it is asked for and computes rightly; else a line that says so', async () => {
    const half: GpuFinding = { ...agrees, found: 'half' };
    const wrongHalf: GpuFinding = { ...differs, found: 'half' };
    const noHalf: GpuFinding = { found: 'no half', why: 'Program Cast requires f16' };
    const openHalf = async (kind: 'cpu' | 'webgpu', finding: GpuFinding): Promise<[string, string[]]> => {
      const notices: string[] = [];
      const report = reportOf(windowsAmd + said({ found: 'adapter' }, agrees, finding), undefined);
      const opened = await openDevice(
        { device: kind, precision: 'float16' },
        (line) => notices.push(line),
        () => Promise.resolve(report),
        uses(),
      );
      return [describeDevice(opened), notices];
    };
    expect(await openHalf('webgpu', half)).toEqual(['webgpu: AMD Radeon RX 6800 XT, float16', []]);
    const without =
      'The job computes in single precision: AMD Radeon RX 6800 XT has no half precision, or a wrong one.';
    expect(await openHalf('webgpu', wrongHalf)).toEqual(['webgpu: AMD Radeon RX 6800 XT', [without]]);
    expect(await openHalf('webgpu', noHalf)).toEqual(['webgpu: AMD Radeon RX 6800 XT', [without]]);
    expect((await openHalf('cpu', half))[1]).toEqual([
      'The job computes in single precision: the processor has no other.',
    ]);
  });

  it('webgpu, as run.json names it', async () => {
    expect(await open('webgpu', good)).toEqual(['webgpu: AMD Radeon RX 6800 XT', []]);
  });

  it('a GPU that computes wrongly: the processor, and one line that says so', async () => {
    const [name, notices] = await open('webgpu', wrong);
    expect(name).toMatch(/^cpu: .*, \d+ threads$/);
    expect(notices).toEqual(['AMD Radeon RX 6800 XT is not used: it is wrong. The job runs on the processor.']);
  });

  it('a job that a driver took down: the processor, one line, and what to do', async () => {
    const [name, notices] = await open('webgpu', good, uses(true));
    expect(name).toMatch(/^cpu: /);
    expect(notices).toEqual([
      'AMD Radeon RX 6800 XT is not used: a job on it ended without a word ("counterweight devices" looks at it again). The job runs on the processor.',
    ]);
  });

  it('by itself: a good GPU; else the processor, and one line where there is hardware', async () => {
    expect(await open('auto', good)).toEqual(['webgpu: AMD Radeon RX 6800 XT', []]);
    const nullAdapter = reportOf(windowsAmd + said({ found: 'none', why: 'No supported adapters' }), undefined);
    for (const [report, lines] of [
      [nullAdapter, ['AMD Radeon RX 6800 XT is not used: No supported adapters. The job runs on the processor.']],
      [wrong, ['AMD Radeon RX 6800 XT is not used: it is wrong. The job runs on the processor.']],
      [none, []],
    ] as const) {
      const [name, notices] = await open('auto', report);
      expect(name).toMatch(/^cpu: /);
      expect(notices).toEqual(lines);
    }
    const unasked = await openDevice(
      { device: 'auto' },
      () => undefined,
      () => Promise.reject(new Error('looked')),
      uses(false, false),
    );
    expect(unasked.kind).toBe('cpu');
  });

  describe('a model that the GPU cannot hold', () => {
    const refuses: Device = {
      ...{ kind: 'webgpu', name: 'Radeon', threads: 1 },
      load: () => Promise.reject(new ModelTooLargeError('Radeon', 768e6, 2 ** 28, undefined)),
      train: () => Promise.reject(new Error('not reached')),
    };
    const opened = (named: boolean): [Device, string[]] => {
      const notices: string[] = [];
      const processor = (): Device => cpuDevice({ threads: 1 });
      return [besideProcessor(refuses, processor, { named, notice: (line) => notices.push(line) }), notices];
    };
    const graph = copyGraph();

    it('chosen by itself: the processor takes it, and one line says so in numbers', async () => {
      const [device, notices] = opened(false);
      const program = await device.load(graph);
      const x = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
      expect([...(await program.run({ x }))['y']!.data]).toEqual([1, 2]);
      await program.release();
      const line =
        'Radeon is not used: the model has an array of 768 MB, and its limit is 268 MB. The job runs on the processor.';
      expect(notices).toEqual([line]);
      expect(device.remarks?.lines).toEqual([line]);
      expect(device.kind).toBe('cpu');
    });

    it('named by the user: refused, each time', async () => {
      const [device, notices] = opened(true);
      for (let time = 0; time < 2; time++) {
        await expect(device.load(graph)).rejects.toThrow(
          '--device webgpu: Radeon cannot hold this model: the model has an array of 768 MB, and its limit is 268 MB; use --device cpu.',
        );
      }
      await expect(device.load(graph)).rejects.toBeInstanceOf(UserError);
      expect(device.kind).toBe('webgpu');
      expect(notices).toEqual([]);
    });
  });

  it('notes that it uses the GPU, and only then', async () => {
    const kept = uses();
    await open('cpu', good, kept);
    await open('webgpu', wrong, kept);
    expect(kept.begun).toBe(0);
    await open('webgpu', good, kept);
    expect(kept.begun).toBe(1);
  });

  it('no adapter: the reason', async () => {
    await expect(open('webgpu', none)).rejects.toThrow(/WebGPU finds no GPU here \(No supported adapters\)/);
    await expect(open('webgpu', none)).rejects.toBeInstanceOf(UserError);
  });

  it('the processor, without a look at the GPU', async () => {
    const opened = await openDevice(
      { device: 'cpu' },
      () => undefined,
      () => Promise.reject(new Error('looked')),
    );
    expect(opened.kind).toBe('cpu');
  });

  it('lists the default first, and what speaks against the others', async () => {
    const list = async (report: GpuReport): Promise<string[]> =>
      (await listDevices({ report: () => Promise.resolve(report), cuda: false })).map(({ kind, name, usable, note }) =>
        `${kind === 'cpu' ? 'cpu' : name} ${usable ? '+' : '-'} ${note ?? ''}`.trim(),
      );
    expect(await list(good)).toEqual([
      "AMD Radeon RX 6800 XT + 20 times the processor's speed",
      'Intel(R) Iris(R) Xe Graphics - WebGPU prefers another one',
      'cpu +',
    ]);
    expect(await list(wrong)).toEqual([
      'cpu +',
      'AMD Radeon RX 6800 XT - it is wrong',
      'Intel(R) Iris(R) Xe Graphics - WebGPU prefers another one',
    ]);
    expect(await list(none)).toEqual(['cpu +', 'no GPU - No supported adapters']);
  });
});

describe('the kept report', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterweight-gpu-'));
    file = join(folder, 'deep', 'gpu.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes back under its key, for so long', async () => {
    await writeGpuReport('a', { adapter: true }, file);
    expect(await readGpuReport('a', 60_000, file)).toEqual({ adapter: true });
    expect(await readGpuReport('b', 60_000, file)).toBeUndefined();
    expect(await readGpuReport('a', 0, file)).toBeUndefined();
  });

  it('none, or one that is broken, is no report; nor does a folder that cannot be made stop a job', async () => {
    expect(await readGpuReport('a', 60_000, file)).toBeUndefined();
    for (const text of ['', '{', '[]', '{"key":"a"}', '{"key":"a","made":"x","report":{}}']) {
      writeFileSync(join(folder, 'gpu.json'), text);
      expect(await readGpuReport('a', 60_000, join(folder, 'gpu.json'))).toBeUndefined();
    }
    await writeGpuReport('a', {}, join(folder, 'gpu.json', 'below a file', 'gpu.json'));
  });

  it('tells once of a process that ended while it used the GPU', async () => {
    expect(await gpuUseBrokenOff(file)).toBe(false);
    const end = await noteGpuUse(file);
    expect(await gpuUseBrokenOff(file)).toBe(false);
    end();
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const gone = { ...thisProcess(), pid };
    writeFileSync(join(folder, 'deep', `gpu-in-use-${String(pid)}.json`), JSON.stringify(gone));
    expect([await gpuUseBrokenOff(file), await gpuUseBrokenOff(file)]).toEqual([true, false]);
    // Notes of another machine, and what is no note, say nothing.
    writeFileSync(join(folder, 'deep', 'gpu-in-use-1.json'), JSON.stringify({ ...gone, host: 'elsewhere' }));
    writeFileSync(join(folder, 'deep', 'gpu-in-use-2.json'), '{');
    expect(await gpuUseBrokenOff(file)).toBe(false);
  });

  it('lies in the cache folder of the platform', () => {
    expect(gpuReportFile({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe(join('/x', 'counterweight', 'gpu.json'));
    expect(gpuReportFile({ LOCALAPPDATA: '/y' }, 'win32')).toBe(join('/y', 'counterweight', 'gpu.json'));
    expect(gpuReportFile({ XDG_CACHE_HOME: '/x' }, 'linux', 'cuda')).toBe(join('/x', 'counterweight', 'cuda.json'));
  });

  it('a check that dies natively, hangs on nothing, or is no program at all: a problem, not an error; then it is kept', async () => {
    const script = join(folder, 'check.mjs');
    const versions = { onnxruntime: '1', counterweight: '1' };
    writeFileSync(script, `console.log(${JSON.stringify(said({ found: 'adapter' }).trim())}); process.abort();`);
    const crashed = await gpuReport({ versions, script, file });
    expect(crashed).toMatchObject({
      adapter: true,
      agrees: false,
      problem: expect.stringMatching(/SIGABRT|exit code/) as string,
    });
    writeFileSync(script, `console.log(${JSON.stringify(said({ found: 'adapter' }, agrees).trim())});`);
    expect(await gpuReport({ versions, script, file })).toEqual(crashed);
    expect(await gpuReport({ versions, script, file, fresh: true })).toMatchObject({ adapter: true, agrees: true });
    expect(
      await gpuReport({ versions: { ...versions, onnxruntime: '2' }, script: join(folder, 'none.mjs'), file }),
    ).toMatchObject({ adapter: false });
    expect(readFileSync(file, 'utf8')).toContain('"key"');
  });

  describe('the largest array', () => {
    const versions = { onnxruntime: '1', counterweight: '1' };
    const refusal =
      '[E:onnxruntime:onnxruntime-node, webgpu_context.cc:171 operator()] WebGPU device error(2): Buffer size ' +
      '(17592186044416) exceeds the max buffer size limit (1073741824).\n - While calling [Device].CreateBuffer([BufferDescriptor]).';
    /** A check that finds a good GPU, and whose other process does as told when it asks for too much. */
    const check = (limit: string, found = said({ found: 'adapter' }, agrees)): string => {
      const script = join(folder, 'check.mjs');
      writeFileSync(
        script,
        `if (process.argv[2] === 'limit') { ${limit} } else console.log(${JSON.stringify(found.trim())});`,
      );
      return script;
    };
    const refuses = `console.error(${JSON.stringify(refusal)});`;

    it('is read from the refusal of one that is too large, kept, and listed', async () => {
      const report = await gpuReport({ versions, script: check(refuses), file });
      expect(report).toMatchObject({ adapter: true, agrees: true, maxBufferBytes: 2 ** 30 });
      expect(await gpuReport({ versions, script: join(folder, 'none.mjs'), file })).toEqual(report);
      const devices = await listDevices({ report: () => Promise.resolve(report), cuda: false });
      expect(devices.map(({ kind, maxBufferBytes }) => [kind, maxBufferBytes])).toEqual([
        ['cpu', undefined],
        ['webgpu', 2 ** 30],
      ]);
    });

    it.each([
      ['a device that says nothing', ''],
      ['a driver that dies of it', 'process.abort();'],
    ])('%s: absent, and the GPU is none the worse', async (_, limit) => {
      const report = await gpuReport({ versions, script: check(limit), file });
      expect(report).toEqual({ hardware: [], adapter: true, agrees: true });
    });

    it('is not asked for where there is no adapter', async () => {
      const none = said({ found: 'none', why: 'No supported adapters' });
      expect(await gpuReport({ versions, script: check(refuses, none), file })).not.toHaveProperty('maxBufferBytes');
    });
  });
});
