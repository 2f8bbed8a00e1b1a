/** The job worker as a process of its own, with a tiny model. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchWorker, type LaunchedWorker } from '../../../src/host/launchWorker.ts';
import type { JobApi, JobEvents, TrainOutcome, TrainRequest } from '../../../src/protocol/jobs.ts';
import { CallError } from '../../../src/protocol/rpc.ts';
import { lockHolder } from '../../../src/store/lock.ts';
import { listRuns } from '../../../src/store/listRuns.ts';
import { runFiles } from '../../../src/store/layout.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { readScores } from '../../../src/store/scores.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';
import { buildWorker, keptLog } from '../../support/worker.ts';

const labels = ['neg', 'pos'];
let folder: string;
let model: string;
let script: string;
const launched: LaunchedWorker<JobApi, JobEvents>[] = [];

beforeAll(async () => {
  script = await buildWorker('job');
  folder = mkdtempSync(join(tmpdir(), 'counterweight-job-worker-'));
  model = writeTinyModel(join(folder, 'encoder'), { hidden: 32, layers: 2 });
});

afterEach(async () => {
  for (const worker of launched.splice(0)) {
    worker.kill();
    await worker.exited;
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function launch(log = keptLog()): LaunchedWorker<JobApi, JobEvents> {
  const worker = launchWorker<JobApi, JobEvents>({ name: 'job worker', script, log });
  launched.push(worker);
  return worker;
}

/** Files of a test of their own, so that runs of different tests do not meet. */
function filesIn(name: string): { synthetic: string; real: string; dev: string } {
  const inner = join(folder, name);
  mkdirSync(inner);
  const write = (file: string, rows: number, seed: number): string =>
    writeRows(inner, file, generateRows({ rows, labels, seed, noise: 0.1 }));
  return {
    synthetic: write('synthetic.jsonl', 64, 1),
    real: write('real.jsonl', 32, 2),
    dev: write('dev.jsonl', 16, 3),
  };
}

/** A training long enough to be interrupted, and short enough to run to its end afterwards. */
function longTraining(files: TrainRequest['files'], epochs = 150): TrainRequest {
  return { files, model, threads: 1, loss: 'imp', effort: 'preview', epochs };
}

/** Resolves at the nth step of the classifier. */
function atStep(worker: LaunchedWorker<JobApi, JobEvents>, step: number): Promise<void> {
  return new Promise((resolve) => {
    worker.client.on('progress', ({ stage, done, unit }) => {
      if (stage.startsWith('classifier') && unit === 'steps' && done >= step) resolve();
    });
  });
}

const weightsOf = (outcome: TrainOutcome): Buffer => readFileSync(join(outcome.model, 'model.safetensors'));

describe('the job worker', () => {
  it('scores, and tells what it does', async () => {
    const files = filesIn('score');
    const { client } = launch();
    const runs: JobEvents['run'][] = [];
    const stages = new Set<string>();
    client.on('run', (event) => runs.push(event));
    client.on('progress', ({ stage }) => stages.add(stage));
    const outcome = await client.call('score', { files, model, effort: 'preview', method: 'imp', threads: 1 });
    expect(outcome).toMatchObject({ rows: 64, scored: 64, verdicts: { ok: expect.any(Number) } });
    expect(runs).toEqual([
      {
        ...{ folder: outcome.folder, resumed: false, device: expect.stringMatching(/^cpu: .*1 threads/) },
        passes: { forward: 0, backward: 0 },
      },
    ]);
    expect([...stages]).toEqual(expect.arrayContaining(['embeddings of the real rows', 'nearest real rows']));
    const scores = await readScores(runFiles(outcome.folder).scores, labels);
    expect(scores.rows).toBe(64);
    // Another job in the same process is fine once the first has ended.
    const again = await client.call('rescore', { files, run: outcome.folder, threads: 1 });
    expect(again).toMatchObject({ folder: outcome.folder, scored: 64 });
  });

  it('trains, tells of each epoch, and answers texts with the loaded model', async () => {
    const files = filesIn('train');
    const { client } = launch();
    const evaluations: JobEvents['evaluation'][] = [];
    client.on('evaluation', (event) => evaluations.push(event));
    const outcome = await client.call('train', { ...longTraining(files), epochs: 3 });
    expect(evaluations.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    for (const { accuracy, logLoss, trainLoss } of evaluations) {
      expect(accuracy).toBeGreaterThanOrEqual(0);
      expect(logLoss).toBeGreaterThan(0);
      expect(trainLoss).toBeGreaterThan(0);
    }
    const best = evaluations.reduce((a, b) => ((b.logLoss ?? 9) < (a.logLoss ?? 9) ? b : a));
    // Two of the sixteen dev rows are near-copies of training rows.
    expect(outcome).toMatchObject({ loss: 'imp', bestEpoch: best.epoch, dev: { rows: 14, logLoss: best.logLoss } });

    const texts = [{ text: 'a a a k' }, { text: 'b b b l' }];
    const answer = await client.call('classify', { model: outcome.model, texts });
    expect(answer.labels).toEqual(labels);
    expect(answer.probabilities).toHaveLength(2);
    for (const row of answer.probabilities) expect(row[0] + row[1]).toBeCloseTo(1, 6);
    // Asked again, the whole folder may be gone: the model is loaded.
    rmSync(outcome.model, { recursive: true });
    expect(await client.call('classify', { model: outcome.model, texts })).toEqual(answer);
    await expect(client.call('classify', { model: join(folder, 'nothing'), texts })).rejects.toMatchObject({
      failure: { kind: 'user' },
    });
  });

  it('cancels with everything kept, also in the middle of a step, and goes on to the same bits', async () => {
    const whole = await launch().client.call('train', longTraining(filesIn('whole')));
    const files = filesIn('cancelled');
    const first = launch();
    const step = atStep(first, 5);
    const training = first.client.call('train', longTraining(files));
    await Promise.all([
      step.then(() => first.client.call('cancel', {})),
      expect(training).rejects.toMatchObject({ name: 'CallError', failure: { kind: 'cancelled' } }),
    ]);
    const { runs } = await listRuns(files.synthetic);
    expect(runs.map(({ record }) => [record.kind, record.status])).toEqual([['train', 'cancelled']]);
    expect(readdirSync(runFiles(runs[0].folder).checkpoint)).toContain('imp');

    const second = launch();
    const resumed: JobEvents['run'][] = [];
    second.client.on('run', (event) => resumed.push(event));
    const outcome = await second.client.call('train', longTraining(files));
    expect(resumed).toMatchObject([{ folder: runs[0].folder, resumed: true }]);
    expect(weightsOf(outcome).equals(weightsOf(whole))).toBe(true);
    expect(await second.client.call('cancel', {})).toBeNull();
  });

  it('checkpoints and exits by itself when the window is gone', async () => {
    const files = filesIn('gone');
    const worker = launch();
    const step = atStep(worker, 3);
    const training = worker.client.call('train', longTraining(files, 5000));
    await step;
    worker.dispose();
    await expect(training).rejects.toThrow('The job worker was stopped.');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    const { runs } = await listRuns(files.synthetic);
    expect(runs.map(({ record }) => record.status)).toEqual(['cancelled']);
    expect(existsSync(join(runFiles(runs[0].folder).checkpoint, 'imp', 'training', 'checkpoint.bin'))).toBe(true);
    expect(await lockHolder(runFiles(runs[0].folder).lock)).toBeUndefined();
  });

  it('exits at once when it has nothing to do', async () => {
    const worker = launch();
    await worker.client.call('encoder', { model });
    worker.dispose();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it('is resumed where it was killed', async () => {
    const files = filesIn('killed');
    const first = launch();
    const step = atStep(first, 3);
    const training = first.client.call('train', longTraining(files));
    await step;
    first.kill();
    await expect(training).rejects.toThrow(/The job worker ended unexpectedly \(SIGKILL\)/);
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const { runs } = await listRuns(files.synthetic);
    expect(runs.map(({ record }) => record.status)).toEqual(['running']);
    const second = launch();
    const resumed: JobEvents['run'][] = [];
    second.client.on('run', (event) => resumed.push(event));
    const outcome = await second.client.call('train', longTraining(files));
    expect(resumed).toMatchObject([{ folder: runs[0].folder, resumed: true }]);
    expect((await readRunRecord(outcome.folder)).status).toBe('done');
  });

  it('never fetches a model: previews without, everything else says what to do', async () => {
    const files = filesIn('offline');
    const { client } = launch();
    const absent = 'nobody/has-this-model';
    expect(await client.call('encoder', { model: absent })).toMatchObject({ present: false, id: absent });
    expect(await client.call('encoder', { model })).toMatchObject({ present: true, dir: model });
    expect(await client.call('encoder', { model: join(folder, 'nothing') })).toMatchObject({
      present: false,
      problem: expect.stringContaining('There is no folder'),
    });
    const request = { files, model: absent, method: 'imp', threads: 1 } as const;
    const outcome = await client.call('score', { ...request, effort: 'preview', offline: true });
    expect(outcome.warnings).toContainEqual(expect.stringContaining('TF-IDF'));
    const standard = client.call('score', { ...request, effort: 'standard' });
    await expect(standard).rejects.toMatchObject({
      message: expect.stringContaining('Download the encoder'),
      failure: { kind: 'user' },
    });
  });

  it('answers what is wrong with the input as one line for the user', async () => {
    const files = filesIn('wrong');
    const { client } = launch();
    const call = client.call('score', {
      files: { ...files, real: join(folder, 'no-such.jsonl') },
      ...{ model, effort: 'preview', method: 'imp' },
    });
    const thrown = await call.catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CallError);
    expect((thrown as CallError).failure).toEqual({
      kind: 'user',
      message: `Cannot read ${join(folder, 'no-such.jsonl')}: no such file or folder; check the path.`,
    });
  });

  it('reports row errors and left-out rows in the log of its caller', async () => {
    const files = filesIn('rows');
    writeRows(join(folder, 'rows'), 'synthetic.jsonl', [...generateRows({ rows: 40, labels, seed: 4 }), { text: 'x' }]);
    const { client } = launch();
    const lines: string[] = [];
    client.on('rowErrors', (event) => lines.push(...event.lines));
    await client.call('score', {
      files,
      model: 'nobody/has-this-model',
      effort: 'preview',
      method: 'imp',
      offline: true,
    });
    expect(lines).toEqual([expect.stringMatching(/synthetic\.jsonl:41:1: /)]);
  });
});

describe('launchWorker', () => {
  it('tells a program that is not there, to every call', async () => {
    const log = keptLog();
    const worker = launchWorker<JobApi, JobEvents>({
      name: 'job worker',
      script,
      log,
      nodePath: join(folder, 'no-node'),
    });
    expect(await worker.exited).toMatchObject({ code: null, signal: null, error: { code: 'ENOENT' } });
    await expect(worker.client.call('devices', {})).rejects.toThrow(/The job worker could not be started: .*ENOENT/);
    worker.dispose();
  });

  it('passes on what a dying worker says', async () => {
    const log = keptLog();
    const worker = launchWorker<JobApi, JobEvents>({ name: 'job worker', script: join(folder, 'no-script.js'), log });
    const call = worker.client.call('devices', {});
    await expect(call).rejects.toThrow('The job worker ended unexpectedly (exit code 1).');
    expect(log.lines.join('\n')).toContain('no-script.js');
  });

  it('runs the worker with the Node of the settings', async () => {
    const worker = launchWorker<JobApi, JobEvents>({
      name: 'job worker',
      script,
      log: keptLog(),
      nodePath: process.execPath,
    });
    launched.push(worker);
    // What comes after the processor depends on the machine.
    const [processor] = await worker.client.call('devices', {});
    expect(processor).toMatchObject({ kind: 'cpu', threads: expect.any(Number) });
  });
});
