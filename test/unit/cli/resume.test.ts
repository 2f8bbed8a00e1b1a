import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { isLeftoverName } from '../../../src/store/atomic.ts';
import { listRuns } from '../../../src/store/listRuns.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { buildCli, runCli, type CliResult } from '../../support/cli.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let model: string;

beforeAll(() => {
  buildCli();
  folder = mkdtempSync(join(tmpdir(), 'counterweight-resume-'));
  // Checkpoints of a few megabytes: some kills shall hit their writing.
  model = writeTinyModel(join(folder, 'encoder'), { hidden: 96, layers: 2 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own with the same data, so that runs of different tests do not meet. */
function dataIn(name: string): string[] {
  const inner = join(folder, name);
  mkdirSync(inner);
  const write = (file: string, rows: number, seed: number): string =>
    writeRows(inner, file, generateRows({ rows, labels, seed, noise: 0.1 }));
  const files = [write('synthetic.jsonl', 48, 1), '--real', write('real.jsonl', 24, 2)];
  return [...files, '--model', model, '--threads', '2', '--checkpoint-seconds', '0'];
}

function train(data: readonly string[], ...more: string[]): string[] {
  const small = ['--checker-epochs', '2', '--epochs', '2', '--batch-size', '8'];
  return ['train', ...data, '--loss', 'imp', ...small, ...more];
}

/**
 * Runs a command until it ends by itself, killing it after random times; every second time it waits for a file to be in
 * the middle of being written.
 */
async function runUnderFire(
  args: readonly string[],
  random: Random,
  { kills, wholeMs, runs }: { readonly kills: number; readonly wholeMs: number; readonly runs: string },
): Promise<{ last: CliResult; killed: number; whileWriting: number }> {
  let [killed, whileWriting] = [0, 0];
  for (;;) {
    let writing = false;
    const result = await runCli(args, {
      started: (child) => {
        if (killed >= kills) return;
        let timer: NodeJS.Timeout;
        const strike = (): void => {
          // A run that is done and killed while it tidies up is done: the next try would be another run.
          if (isDone(runs)) return;
          if (killed % 2 === 1 && !(writing = isBeingWritten(runs))) timer = setTimeout(strike, 1);
          else child.kill('SIGKILL');
        };
        // Never before the engine is up, else nothing would be tested; early enough that several tries are killed before one ends.
        timer = setTimeout(strike, 250 + random.uniform() * 0.15 * wholeMs);
        child.on('close', () => clearTimeout(timer));
      },
    });
    if (result.signal !== 'SIGKILL') return { last: result, killed, whileWriting };
    killed++;
    if (writing) whileWriting++;
  }
}

/** Whether a stage's file is just being written, beside the one it will replace. */
function isBeingWritten(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((path) => {
    const name = basename(path);
    return name.includes('checkpoint.bin') && isLeftoverName(name);
  });
}

/** Whether a run in a folder, or the run that it is, has its results. */
function isDone(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'run.json')
    .some((path) => (JSON.parse(readFileSync(join(folder, path), 'utf8')) as { status: string }).status === 'done');
}

describe('a killed run', () => {
  it('goes on where it was and ends with the same bits', async () => {
    const begun = performance.now();
    const whole = dataIn('whole');
    const uninterrupted = await runCli(train(whole, '--json'));
    expect(uninterrupted.stderr.match(/counterweight: .*/)).toBeNull();
    const wholeMs = performance.now() - begun;
    interface Trained {
      readonly run: string;
      readonly model: string;
      readonly metrics: { readonly quality: object; readonly epochs: object };
    }
    const wanted = JSON.parse(uninterrupted.stdout) as Trained;

    const fired = dataIn('fired');
    const fire = { kills: 8, wholeMs, runs: join(folder, 'fired', '.counterweight') };
    const { last, killed, whileWriting } = await runUnderFire(train(fired, '--json'), new Random(11, 'kills'), fire);
    expect({ code: last.code, stderr: last.code === 0 ? '' : last.stderr }).toEqual({ code: 0, stderr: '' });
    expect(killed).toBeGreaterThanOrEqual(3);
    expect(whileWriting).toBeGreaterThanOrEqual(1);
    expect(last.stderr).toContain('Resuming');
    const got = JSON.parse(last.stdout) as Trained;
    // Of the quality checker too, every candidate to the last digit, used or not.
    expect(got.metrics.quality).toEqual(wanted.metrics.quality);
    expect(got.metrics.epochs).toEqual(wanted.metrics.epochs);
    const bytes = (of: { model: string }): Buffer => readFileSync(join(of.model, 'model.safetensors'));
    expect(bytes(got).equals(bytes(wanted))).toBe(true);
    // One run, done, with nothing left to resume from.
    // (A folder without a record, of a process killed before its first one, may be there for a minute.)
    const { runs: all } = await listRuns(fired[0]);
    expect(all.map((run) => run.folder)).toEqual([got.run]);
    expect((await readRunRecord(got.run)).status).toBe('done');
    expect(existsSync(join(got.run, 'checkpoint'))).toBe(false);
  });

  it('goes on in the folder of --out, and scores the same bytes', async () => {
    const score = (data: readonly string[], out: string): string[] => {
      const small = ['--method', 'dimp', '--epochs', '3', '--batch-size', '8', '--checker-epochs', '2'];
      return ['score', ...data, ...small, '--out', out, '--json'];
    };
    const begun = performance.now();
    const wanted = join(folder, 'score-whole');
    expect((await runCli(score(dataIn('score-1'), wanted))).code).toBe(0);
    const wholeMs = performance.now() - begun;
    const got = join(folder, 'score-fired');
    const fire = { kills: 4, wholeMs, runs: got };
    const { last, killed } = await runUnderFire(score(dataIn('score-2'), got), new Random(12, 'kills'), fire);
    expect(last.code).toBe(0);
    expect(killed).toBeGreaterThanOrEqual(2);
    const bytes = (run: string): Buffer => readFileSync(join(run, 'scores.jsonl'));
    expect(bytes(got).equals(bytes(wanted))).toBe(true);
  });
});

/** Interrupts a training as soon as it has left a checkpoint in the one run beside the data. */
async function interruptWhenTraining(args: readonly string[], parent: string): Promise<CliResult> {
  return runCli(args, {
    started: (child) => {
      const timer = setInterval(() => {
        const runs = existsSync(parent) ? readdirSync(parent) : [];
        if (!runs.some((run) => existsSync(join(parent, run, 'checkpoint', 'imp', 'training', 'checkpoint.bin'))))
          return;
        clearInterval(timer);
        child.kill('SIGINT');
      }, 5);
      child.on('close', () => clearInterval(timer));
    },
  });
}

describe('an interrupted run', () => {
  const runsOf = (name: string): string => join(folder, name, '.counterweight', 'synthetic.jsonl');

  it('keeps its checkpoint on SIGINT, exits with 130, and goes on', async () => {
    const args = train(dataIn('interrupted'), '--effort', 'preview', '--epochs', '8');
    const parent = runsOf('interrupted');
    const first = await interruptWhenTraining(args, parent);
    expect(first.code).toBe(130);
    expect(first.stderr).toContain('everything needed to resume was kept');
    const [run] = readdirSync(parent);
    expect((await readRunRecord(join(parent, run))).status).toBe('cancelled');
    const second = await runCli(args);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`Resuming ${join(parent, run)}`);
    expect(readdirSync(parent)).toEqual([run]);
  });

  it('begins anew when the data have changed', async () => {
    const args = train(dataIn('changed'), '--effort', 'preview', '--epochs', '8');
    const parent = runsOf('changed');
    expect((await interruptWhenTraining(args, parent)).code).toBe(130);
    writeRows(join(folder, 'changed'), 'synthetic.jsonl', generateRows({ rows: 47, labels, seed: 1, noise: 0.1 }));
    const second = await runCli(args);
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain('Resuming');
    expect(readdirSync(parent)).toHaveLength(2);
  });
});
