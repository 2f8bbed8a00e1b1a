/** The decisions kept about a dataset, and whether they are still those on disk. */
import { UserError } from '../../base/errors.ts';
import type { RowDecision } from '../../protocol/data.ts';
import { appendDecisions, readDecisions, type Decision, type Decisions } from '../../store/decisions.ts';
import { datasetFolders, decisionsFile, openDatasetFolder } from '../../store/layout.ts';
import { isUnchanged, stampOf, type FileStamp } from './byteSource.ts';

export interface KeptDecisions {
  readonly decisions: Decisions;
  /** Lines of the files that cannot be read, one line each. */
  readonly problems: readonly string[];
  /** By file; undefined where there is none. */
  readonly stamps: ReadonlyMap<string, FileStamp | undefined>;
}

/** Reads what was decided, beside the dataset and in `storage`. */
export async function readKept(dataset: string, storage: string | undefined): Promise<KeptDecisions> {
  const files = datasetFolders(dataset, storage).map(decisionsFile);
  // Stamps first: what is written between is then read again, never missed.
  const stamps = new Map<string, FileStamp | undefined>();
  for (const file of files) stamps.set(file, await stampIfAny(file));
  return { ...(await readDecisions(files)), stamps };
}

/** The same where nothing changed on disk, else what is there now. */
export async function refreshKept(
  kept: KeptDecisions,
  dataset: string,
  storage: string | undefined,
): Promise<KeptDecisions> {
  for (const [file, stamp] of kept.stamps) {
    const same = stamp === undefined ? (await stampIfAny(file)) === undefined : await isUnchanged(file, stamp);
    if (!same) return await readKept(dataset, storage);
  }
  return kept;
}

/**
 * Adds decisions, durable when it returns.
 * @throws UserError where they cannot be written.
 */
export async function keepDecisions(
  dataset: string,
  storage: string | undefined,
  decisions: readonly RowDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const time = new Date().toISOString();
  const { folder } = await openDatasetFolder(dataset, storage);
  await appendDecisions(
    decisionsFile(folder),
    decisions.map(({ textHash, occurrence, action, label }): Decision => {
      return { textHash, occurrence, action, ...(action === 'relabel' ? { label: label ?? '' } : {}), time };
    }),
  );
}

async function stampIfAny(file: string): Promise<FileStamp | undefined> {
  try {
    return await stampOf(file);
  } catch (thrown) {
    // Absent, or not to be read: the reading itself tells the difference.
    if (thrown instanceof UserError) return undefined;
    throw thrown;
  }
}
