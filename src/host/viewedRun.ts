/** What a view of runs is about: a job of this window, or a run on disk. Free of `vscode`. */
import type { ListedRun } from '../store/listRuns.ts';
import { endOfRun } from './runEnd.ts';
import type { LiveJob } from './liveJobs.ts';

export interface ViewedRun<T> {
  /** The job of this window, where the view is about it. */
  readonly live: LiveJob<T> | undefined;
  /** Its run, where that has a record. */
  readonly run: ListedRun | undefined;
}

/**
 * A run that was deleted is shown no longer, whoever asked for it: the newest one that is left takes its place.
 * @param asked Folder of the run that the user asked to see; undefined for the newest one.
 * @param newest The newest job of this window, ended ones too.
 * @param runs Runs of the kind on disk, newest first.
 */
export function viewedRun<T extends object>(
  asked: string | undefined,
  newest: LiveJob<T> | undefined,
  runs: readonly ListedRun[],
): ViewedRun<T> {
  const find = (wanted: string | undefined): ListedRun | undefined => runs.find(({ folder }) => folder === wanted);
  const live = newest !== undefined && isDeleted(newest, find(newest.run)) ? undefined : newest;
  const other = asked === live?.run ? undefined : find(asked);
  if (live !== undefined && other === undefined) return { live, run: find(live.run) };
  return { live: undefined, run: other ?? runs.at(0) };
}

/** A job that has not ended may not have made its run yet; one that ended without a run still tells how. */
function isDeleted({ job, run }: LiveJob<object>, record: ListedRun | undefined): boolean {
  return endOfRun(job, undefined, false) !== undefined && run !== undefined && record === undefined;
}
