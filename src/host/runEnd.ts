import type { RunRecord } from '../store/runRecord.ts';
import type { Job } from './services.ts';

/** How the run that a view is about ended; undefined while a process is at it, and without a run. */
export type RunEnd = 'done' | 'cancelled' | 'failed' | 'interrupted';

/**
 * @param job Of this window, where the view is about one.
 * @param record Of the run, where there is one.
 * @param isInterrupted Whether the record says that it runs, and its process is gone.
 */
export function endOfRun(
  job: Job | undefined,
  record: RunRecord | undefined,
  isInterrupted: boolean,
): RunEnd | undefined {
  const state = job?.view.state;
  if (state === 'queued' || state === 'running' || state === 'cancelling') return undefined;
  if (state !== undefined) return state;
  if (record === undefined) return undefined;
  if (record.status !== 'running') return record.status;
  return isInterrupted ? 'interrupted' : undefined;
}
