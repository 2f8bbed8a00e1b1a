/** Score jobs as the suites see them: begun by an agent's tool, watched through it, found on disk. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { listRuns, type ListedRun } from '../../../src/store/listRuns.ts';
import { runFiles } from '../../../src/store/layout.ts';
import { readScores } from '../../../src/store/scores.ts';
import { jobWorkers, stopWhen } from './faults.ts';
import { callTool } from './languageTools.ts';
import { eventually } from './suite.ts';

/** On a busy machine a job of seconds takes minutes. */
const jobLimit = 240_000;

/** Makes every job of the window use a tiny random encoder; undoes that with `undefined`. */
export async function useTinyEncoder(folder: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('counterweight');
  await settings.update('model', folder, vscode.ConfigurationTarget.Global);
  await settings.update('threads', folder === undefined ? undefined : 1, vscode.ConfigurationTarget.Global);
}

export interface ScoredPair {
  readonly synthetic: string;
  readonly real: string;
  readonly effort: 'preview' | 'standard';
}

/** Begins to score. @returns the process id of its worker. */
export async function startScoring(pair: ScoredPair): Promise<number> {
  const before = jobWorkers();
  await callTool('score_dataset', pair);
  return nextWorker(before);
}

/**
 * Begins a job whose worker is stopped as soon as there is one, before it reads anything. It goes on with SIGCONT.
 * @returns the worker's process id, and what began the job.
 */
export async function startStopped<T>(start: () => Promise<T>): Promise<{ readonly pid: number; readonly started: T }> {
  const before = jobWorkers();
  const stopped = eventually(
    'a job worker is there',
    () => {
      const pid = jobWorkers().find((found) => !before.includes(found));
      if (pid !== undefined) process.kill(pid, 'SIGSTOP');
      return pid;
    },
    jobLimit,
    2,
  );
  const [pid, started] = await Promise.all([stopped, start()]);
  return { pid, started };
}

/** Waits for a job worker that is none of these. @returns its process id. */
export async function nextWorker(before: readonly number[]): Promise<number> {
  return await eventually('a job worker is there', () => jobWorkers().find((pid) => !before.includes(pid)), jobLimit);
}

/** Stops the worker of a dataset's job in the middle of a stage whose name begins so. It goes on with SIGCONT. */
export async function stopInStage(pid: number, { synthetic }: ScoredPair, stage: string): Promise<void> {
  await stopWhen(
    pid,
    stage,
    async () => {
      const { stage: shown } = await callTool('list_misaligned', { synthetic });
      return typeof shown === 'string' && shown.startsWith(stage) ? true : undefined;
    },
    jobLimit,
  );
}

/** Begins to score, changes something while the worker, which has read its files, stands still, and waits for the end. */
export async function whileScoring(pair: ScoredPair, change: () => Promise<void>): Promise<ListedRun> {
  const pid = await startScoring(pair);
  await stopInStage(pid, pair, 'Embeddings');
  await change();
  process.kill(pid, 'SIGCONT');
  return await finishedRun(pair);
}

/** The only run of a dataset, once it is done; fails where it ends in another way. */
export async function finishedRun({ synthetic }: Pick<ScoredPair, 'synthetic'>): Promise<ListedRun> {
  return await eventually(
    'the run is done',
    async () => {
      // A run that has a folder and no record yet is among the broken ones, for a moment.
      const { runs } = await listRuns(synthetic);
      assert.ok(runs.length <= 1, runs.map(({ id }) => id).join(', '));
      const status = runs[0]?.record.status;
      assert.ok(status === undefined || status === 'running' || status === 'done', `the run is ${String(status)}`);
      return status === 'done' ? runs[0] : undefined;
    },
    jobLimit,
  );
}

/** Asserts that a run is about these bytes. @returns the weights of their lines, from 1. */
export async function weightsOfRun({ record, folder }: ListedRun, bytes: Buffer): Promise<Map<number, number>> {
  const synthetic = record.inputs.find(({ role }) => role === 'synthetic');
  assert.equal(synthetic?.sha256, createHash('sha256').update(bytes).digest('hex'));
  const scores = await readScores(runFiles(folder).scores, record.labels);
  return new Map(Array.from(scores.line, (line, i) => [line, scores.weight[i]]));
}

/** Waits until the editor shows these weights, by line from 1; `stale` for a row whose text was not scored. */
export async function shows(synthetic: string, wanted: Readonly<Record<number, number | 'stale'>>): Promise<void> {
  for (const [line, value] of Object.entries(wanted)) {
    let told: unknown;
    const matches = async (): Promise<true | undefined> => {
      try {
        const row = await callTool('explain_row', { synthetic, line: Number(line) });
        told = JSON.stringify(row);
        const stale = (row.marks as readonly string[] | undefined)?.includes('stale');
        if (value === 'stale') return stale === true && row.weight === undefined ? true : undefined;
        const close = Math.abs(Number(row.weight) - value) <= 1e-5 * Math.max(1, value);
        return close && stale === false ? true : undefined;
      } catch (thrown) {
        told = thrown;
        return undefined;
      }
    };
    try {
      await eventually(`line ${line} is ${String(value)}`, matches);
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message}; it is ${String(told)}`, { cause: thrown });
    }
  }
}
