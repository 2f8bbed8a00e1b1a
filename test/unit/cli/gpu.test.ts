/** The command line on a GPU, for which SwiftShader stands in: it is listed, checked, and a score and a training run on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingProvider } from '../../../src/engine/runtime/cudaLibraries.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { readScores } from '../../../src/store/scores.ts';
import { buildCli, runCli, type CliResult } from '../../support/cli.ts';
import { hasSoftwareGpu } from '../../support/devices.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let common: string[];

beforeAll(() => {
  buildCli();
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cli-gpu-'));
  const model = writeTinyModel(join(folder, 'encoder'));
  const synthetic = writeRows(folder, 'synthetic.jsonl', generateRows({ rows: 24, labels, seed: 1 }));
  const real = writeRows(folder, 'real.jsonl', generateRows({ rows: 40, labels, seed: 2 }));
  common = [synthetic, '--real', real, '--model', model, '--threads', '1'];
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** With a cache folder of its own, where what is found out about the GPU is kept from command to command. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runCli(args, { env: { XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, ...env } });

const noGpu = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };

const mayHaveCuda = process.platform === 'linux' && process.arch === 'x64';

describe('without a GPU', () => {
  /** Where Vulkan's loader is not found either. */
  const noLoader = { ...noGpu, LD_LIBRARY_PATH: '' };

  it.runIf(process.platform === 'linux').each([
    ['a driver', noGpu],
    ['a driver and Vulkan’s loader', noLoader],
  ])('without %s: the list says so in one line, and a job runs on the processor', async (_, env) => {
    const { code, stdout, stderr } = await run(['devices'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split('  ')[0])).toEqual(['cpu', 'webgpu', ...(mayHaveCuda ? ['cuda'] : [])]);
    for (const line of lines.slice(1)) expect(line).toMatch(/not usable: .+/);

    const out = join(folder, `score-without-${String(Object.keys(env).length)}`);
    const job = await run(['score', ...common, '--effort', 'preview', '--out', out], env);
    expect(job.code).toBe(0);
    expect(job.stderr).not.toMatch(/onnxruntime|vulkan|failed/i);
    expect((await readRunRecord(out)).device).toMatch(/^cpu: /);
  });

  it.runIf(process.platform === 'linux')('--device webgpu says so in one line', async () => {
    const { code, stderr, stdout } = await run(
      ['score', ...common, '--effort', 'preview', '--device', 'webgpu'],
      noGpu,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^counterweight: --device webgpu: WebGPU finds no GPU here \(.+\); leave --device out\.\n$/);
  });
});

describe.runIf(mayHaveCuda && missingProvider() !== undefined)('without ONNX Runtime’s CUDA libraries', () => {
  it('--device cuda says in one line which is missing, and what to run', async () => {
    const { code, stderr, stdout } = await run(['score', ...common, '--effort', 'preview', '--device', 'cuda']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^counterweight: --device cuda: .*libonnxruntime_providers_\w+\.so is missing: run "npm run cuda".*\n$/,
    );
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe.runIf(hasSoftwareGpu)('a GPU in software', () => {
  it('is listed after the processor, computes rightly, and is not chosen by itself', async () => {
    const { code, stdout } = await run(['devices', '--json']);
    expect(code).toBe(0);
    const { devices } = JSON.parse(stdout) as { devices: readonly Record<string, unknown>[] };
    expect(devices.map(({ kind, usable }) => [kind, usable])).toEqual([
      ['cpu', true],
      ['webgpu', true],
      ...(mayHaveCuda ? [['cuda', false]] : []),
    ]);
    // What SwiftShader's refusal says.
    expect(devices[1]).toMatchObject({ name: 'a GPU in software', backend: 'Vulkan', maxBufferBytes: 2 ** 30 });
    expect(devices[1]!['note']).toMatch(/^software: for tests, never chosen by itself; [\d.e-]+ times/);
  });

  it('scores and trains when it is named; the run says so, and ends as on the processor', async () => {
    const scored: Record<string, Float32Array> = {};
    for (const device of ['webgpu', 'cpu']) {
      const out = join(folder, `score-${device}`);
      const args = ['score', ...common, '--effort', 'preview', '--device', device];
      const { code, stderr } = await run([...args, '--out', out, '--json']);
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/failed|not used/);
      expect((await readRunRecord(out)).device).toMatch(device === 'cpu' ? /^cpu: / : /^webgpu: a GPU in software$/);
      scored[device] = (await readScores(join(out, 'scores.jsonl'), labels, 24)).logWeight as Float32Array;
    }
    scored['webgpu']!.forEach((logWeight, row) => expect(logWeight).toBeCloseTo(scored['cpu']![row]!, 3));

    // Two jobs at once on the same GPU: both end, and the score is what it was alone.
    const [out, again] = [join(folder, 'train-webgpu'), join(folder, 'score-again')];
    const args = ['train', ...common, '--loss', 'imp', '--epochs', '1', '--device', 'webgpu', '--out', out, '--json'];
    const [{ code, stdout, stderr }, second] = await Promise.all([
      run([...args, '--scores', join(folder, 'score-webgpu')]),
      run(['score', ...common, '--effort', 'preview', '--device', 'webgpu', '--out', again]),
    ]);
    expect([code, second.code]).toEqual([0, 0]);
    expect(stderr + second.stderr).not.toMatch(/failed|not used/);
    expect(JSON.parse(stdout)).toMatchObject({ run: out, rows: 24 });
    for (const folderOf of [out, again])
      expect(await readRunRecord(folderOf)).toMatchObject({ status: 'done', device: 'webgpu: a GPU in software' });
    const { logWeight } = await readScores(join(again, 'scores.jsonl'), labels, 24);
    logWeight.forEach((weight, row) => expect(weight).toBeCloseTo(scored['webgpu']![row]!, 5));
  });
});
