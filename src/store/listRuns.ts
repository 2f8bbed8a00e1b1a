import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { datasetFolders, parseRunId } from './layout.ts';
import { readRunRecord, type RunRecord } from './runRecord.ts';

/** A run that can be read. */
export interface ListedRun {
  readonly id: string;
  readonly folder: string;
  readonly record: RunRecord;
}

/** A run's folder whose record cannot be read, and why, in one line. */
export interface BrokenRun {
  readonly id: string;
  readonly folder: string;
  readonly reason: string;
}

/**
 * The runs of a dataset, newest first, beside it and in `storage`. A run that cannot be read is reported, not thrown;
 * folders with names of their own are none of ours and left out, as are runs that `--out` put elsewhere.
 *
 * @throws UserError where a folder of runs exists and cannot be listed.
 */
export async function listRuns(dataset: string, storage?: string): Promise<{ runs: ListedRun[]; broken: BrokenRun[] }> {
  const runs: ListedRun[] = [];
  const broken: BrokenRun[] = [];
  for (const parent of datasetFolders(dataset, storage)) {
    for (const entry of await entriesOf(parent)) {
      if (!entry.isDirectory() || parseRunId(entry.name) === undefined) continue;
      const folder = join(parent, entry.name);
      try {
        runs.push({ id: entry.name, folder, record: await readRunRecord(folder) });
      } catch (thrown) {
        if (!(thrown instanceof UserError)) throw thrown;
        broken.push({ id: entry.name, folder, reason: thrown.message });
      }
    }
  }
  runs.sort((a, b) => Date.parse(b.record.created) - Date.parse(a.record.created) || newerName(a.id, b.id));
  broken.sort((a, b) => newerName(a.id, b.id));
  return { runs, broken };
}

/** Newest first by name: by time, then by the suffix of a taken name as a number. */
function newerName(a: string, b: string): number {
  const [x, y] = [parseRunId(a), parseRunId(b)];
  if (x === undefined || y === undefined) return 0;
  if (x.time !== y.time) return x.time < y.time ? 1 : -1;
  return y.taken - x.taken || (a < b ? -1 : 1);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw diskError(thrown, 'read', folder);
  }
}
