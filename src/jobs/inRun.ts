/** A job inside its run's folder: opened or taken up again, locked, its record kept current to the end. */
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CancelledError, messageOf, UserError } from '../base/errors.ts';
import type { Sureness } from '../core/weighting/sureness.ts';
import { exists, isLeftoverName } from '../store/atomic.ts';
import { errorCode } from '../store/diskErrors.ts';
import type { JsonObject } from '../store/json.ts';
import { openRun, runFiles, type RunFiles } from '../store/layout.ts';
import { listRuns } from '../store/listRuns.ts';
import { isLockName, lockHolder, withLock } from '../store/lock.ts';
import { readRunRecord, writeRunRecord, type RunRecord } from '../store/runRecord.ts';
import { formatVersions } from '../store/versions.ts';
import type { BegunRun } from './context.ts';
import { runStages, type RunStages } from './runStages.ts';

/** What is known of a run before its work begins: equal plans make equal results, so they may share a run. */
export type RunPlan = Pick<
  RunRecord,
  | 'kind'
  | 'inputs'
  | 'schema'
  | 'labels'
  | 'labelMap'
  | 'settings'
  | 'seed'
  | 'recipe'
  | 'model'
  | 'device'
  | 'versions'
>;

export interface InRunOptions {
  /** The file that the run lies beside. */
  readonly dataset: string;
  /** Last part of the run's name. */
  readonly method: string;
  readonly out?: string;
  /** Where the run lies if the dataset's folder is read-only. */
  readonly storage?: string;
  readonly plan: RunPlan;
  readonly warnings: readonly string[];
  /** What happens to the device while the work goes on, for the record; read at the end. */
  readonly remarks?: readonly string[];
  readonly notice: (line: string) => void;
  /** Told the folder once it is locked for this job. */
  readonly onRun?: (run: BegunRun) => void;
}

/** What the work in a run is given. */
export interface OpenRun {
  readonly folder: string;
  readonly files: RunFiles;
  readonly stages: RunStages;
  /** Whether an earlier try is going on. */
  readonly resumed: boolean;
  /** Runs a part and counts its seconds under a name. */
  timed<T>(name: string, part: () => Promise<T>): Promise<T>;
  /** The seconds so far, of earlier tries too. */
  readonly timings: Readonly<Record<string, number>>;
  readonly passes: { forward: number; backward: number };
}

/** What the work in a run leaves in its record. */
export interface RunOutcome<T> {
  readonly result: T;
  readonly metrics: JsonObject;
  /** See {@link RunRecord}. */
  readonly metricsAll?: JsonObject;
  readonly warnings: readonly string[];
  /** Of a score run. */
  readonly sureness?: Sureness;
  /** Stages of the checkers that stay. */
  readonly keep: readonly string[];
}

/**
 * Does work in a run's folder. An unfinished run of the same plan goes on: the one in `out`, or the newest beside the
 * dataset that no other process is writing; otherwise a new run begins.
 * @throws What `work` throws, after the record says so; UserError where another process writes the run.
 */
export async function inRun<T>(
  options: InRunOptions,
  work: (run: OpenRun) => Promise<RunOutcome<T>>,
): Promise<{ readonly folder: string; readonly record: RunRecord; readonly result: T }> {
  const { plan, notice, remarks = [] } = options;
  const { folder, earlier } = await chooseFolder(options);
  const files = runFiles(folder);
  return withLock(
    files.lock,
    async () => {
      // Read again under the lock: whoever held it may have finished the run.
      const before = earlier === undefined ? undefined : await readRunRecord(folder);
      const resumed = before !== undefined && isUnfinished(before) && samePlan(before, plan);
      const kept = runStages(folder, notice);
      if (resumed) notice(`Resuming ${folder}`);
      else if (before !== undefined) {
        notice(`${folder}: replacing the ${before.status === 'done' ? 'finished' : 'unfinished'} run in it.`);
        await kept.clear();
        await rm(files.scores, { force: true });
        for (const folder of [files.dynamics, files.map]) await rm(folder, { recursive: true, force: true });
        await rm(files.model, { recursive: true, force: true });
      }
      const timings: Record<string, number> = resumed ? { ...before.timings } : {};
      const passes = resumed ? { ...before.passes } : { forward: 0, backward: 0 };
      const base: RunRecord = {
        version: formatVersions.run,
        ...plan,
        status: 'running',
        created: resumed ? before.created : new Date().toISOString(),
        timings,
        passes,
        metrics: {},
        warnings: options.warnings,
      };
      const write = async (changes: Partial<RunRecord>): Promise<RunRecord> => {
        const record = { ...base, ...changes };
        await writeRunRecord(folder, record);
        return record;
      };
      await write({});
      options.onRun?.({ folder, resumed, device: plan.device, passes: { ...passes } });
      const stages: RunStages = {
        ...kept,
        save: async (name, stage) => {
          await kept.save(name, stage);
          // The passes that led to it: also after a kill, a resumed job knows by them how much is left.
          await write({});
        },
      };
      const timed = async <R>(name: string, part: () => Promise<R>): Promise<R> => {
        const begun = performance.now();
        try {
          return await part();
        } finally {
          timings[name] = round((timings[name] ?? 0) + (performance.now() - begun) / 1000);
        }
      };
      try {
        const { result, metrics, metricsAll, warnings, sureness, keep } = await work({
          folder,
          files,
          stages,
          resumed,
          timed,
          timings,
          passes,
        });
        await stages.aboutToFinish(keep);
        const record = await write({
          status: 'done',
          finished: new Date().toISOString(),
          ...{ metrics, metricsAll },
          warnings: [...warnings, ...remarks],
          sureness,
        });
        await finished(stages, folder, notice);
        return { folder, record, result };
      } catch (thrown) {
        const finished = new Date().toISOString();
        const warnings = [...options.warnings, ...remarks];
        if (thrown instanceof CancelledError) await write({ status: 'cancelled', finished, warnings });
        else await write({ status: 'failed', finished, warnings, error: messageOf(thrown) });
        throw thrown;
      }
    },
    { timeoutMs: 0 },
  );
}

async function chooseFolder({ dataset, method, out, storage, plan, notice }: InRunOptions): Promise<{
  folder: string;
  earlier?: RunRecord;
}> {
  if (out === undefined) {
    const { runs, broken } = await listRuns(dataset, storage);
    for (const { folder } of broken) await removeStillborn(folder);
    for (const { folder, record } of runs) if (record.status === 'done') await tidyUp(folder, notice);
    for (const { folder, record } of runs) {
      if (!isUnfinished(record) || !samePlan(record, plan)) continue;
      if ((await lockHolder(runFiles(folder).lock)) === undefined) return { folder, earlier: record };
    }
  }
  const opened = await openRun({ dataset, kind: plan.kind, method, out: out && resolve(out), storage });
  if (opened.notice !== undefined) notice(opened.notice);
  return opened;
}

/** What a run that was killed after it was done, while it tidied up, left behind. */
async function tidyUp(folder: string, notice: (line: string) => void): Promise<void> {
  const { checkpoint, lock } = runFiles(folder);
  // Whoever holds the lock is just about to tidy up by itself.
  if (!(await exists(checkpoint)) || (await lockHolder(lock)) !== undefined) return;
  try {
    await withLock(
      lock,
      async () => {
        if ((await readRunRecord(folder)).status === 'done') await finished(runStages(folder, notice), folder, notice);
      },
      { timeoutMs: 0 },
    );
  } catch (thrown) {
    // Another process was quicker, or the folder cannot be written: no reason not to begin a job.
    if (!(thrown instanceof UserError)) throw thrown;
    notice(stays(folder, thrown));
  }
}

/** Removes what a run that is done needs no more; it is done all the same where that cannot be removed now. */
async function finished(stages: RunStages, folder: string, notice: (line: string) => void): Promise<void> {
  try {
    await stages.finish();
  } catch (thrown) {
    if (errorCode(thrown) === undefined && !(thrown instanceof UserError)) throw thrown;
    notice(stays(folder, thrown));
  }
}

function stays(folder: string, thrown: unknown): string {
  return `${folder}: what a finished run left there stays for now. ${messageOf(thrown)}`;
}

/** A run that was killed between its folder and its first record holds nothing; others are left alone. */
async function removeStillborn(folder: string): Promise<void> {
  const age = Date.now() - (await stat(folder)).mtimeMs;
  // A younger one may belong to a process that is just about to lock it.
  if (age < stillbornMs || (await lockHolder(runFiles(folder).lock)) !== undefined) return;
  const names = await readdir(folder);
  const ours = names.every((name) => isLockName(name, basename(runFiles(folder).lock)) || isLeftoverName(name));
  if (ours) await rm(folder, { recursive: true, force: true });
}

const stillbornMs = 60_000;

function isUnfinished({ status }: RunRecord): boolean {
  return status !== 'done';
}

/** Whether two runs compute the same: paths may differ, contents may not. */
function samePlan(a: RunPlan, b: RunPlan): boolean {
  const essence = ({
    kind,
    inputs,
    schema,
    labels,
    labelMap,
    settings,
    seed,
    recipe,
    model,
    device,
    versions,
  }: RunPlan) =>
    canonical({
      ...{ kind, schema, labels, labelMap, settings, seed, recipe, device, versions },
      inputs: inputs.map(({ role, sha256 }) => ({ role, sha256 })),
      model: model?.hash,
    });
  return essence(a) === essence(goesOnOnProcessor(a, b) ? { ...b, device: a.device } : b);
}

/** What a GPU began and broke off may go on on the processor: up to rounding it is the same. */
function goesOnOnProcessor(earlier: RunPlan, now: RunPlan): boolean {
  return !earlier.device.startsWith('cpu') && now.device.startsWith('cpu');
}

/** JSON text that does not depend on the order in which members were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
