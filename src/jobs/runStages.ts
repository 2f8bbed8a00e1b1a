/** Stages of a job kept in its run's folder: what it resumes from, and the checkers that outlive it. */
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { makeFolder, writeJsonAtomic } from '../store/atomic.ts';
import { checkpointFile, loadCheckpoint, saveCheckpoint } from '../store/checkpoint.ts';
import { errorCode } from '../store/diskErrors.ts';
import { runFiles } from '../store/layout.ts';
import type { StageStore } from './workspace.ts';

/** Names that begin so belong to what outlives the job; see {@link runStages}. */
const checkerName = /^(quality|diversity|embeddings)\//;
/** Names that end so are of an unfinished training. */
const trainingName = /\/training$/;
/** In `checkpoint/`, while a finished run is tidied up. */
const keptNote = 'kept.json';

/** A {@link StageStore} on disk, and its end. */
export interface RunStages extends StageStore {
  /** The run is about to be recorded as done: notes which stages in `checkers/` stay, for {@link finish}. */
  aboutToFinish(keep: readonly string[]): Promise<void>;
  /**
   * The run is recorded as done: nothing is left in `checkpoint/`, and in `checkers/` only the stages that stay. May be
   * called again where it was broken off: `checkpoint/`, which goes last, tells that it was.
   */
  finish(): Promise<void>;
  /** Forgets the stages whose names begin with this folder, e.g. `seed-1/quality`, of those that lie in `checkpoint/`. */
  forget(folder: string): Promise<void>;
  /** Forgets everything, for a run that begins anew. */
  clear(): Promise<void>;
}

/**
 * Stages under a run's folder, one folder each. Finished parts of the checkers, and the embeddings, lie in `checkers/`,
 * everything else in `checkpoint/`. A damaged stage counts as absent and is computed again.
 * @param notice Told, in one line, why a stage that is there cannot be used.
 */
export function runStages(runFolder: string, notice: (line: string) => void): RunStages {
  const { checkers, checkpoint } = runFiles(runFolder);
  const folderOf = (name: string): string =>
    join(checkerName.test(name) && !trainingName.test(name) ? checkers : checkpoint, ...name.split('/'));
  return {
    load: async (name) => {
      const loaded = await loadCheckpoint(folderOf(name));
      if ('checkpoint' in loaded) return loaded.checkpoint;
      if (!loaded.absent.endsWith('no checkpoint')) notice(`${loaded.absent}; this part is computed again.`);
      return undefined;
    },
    save: (name, stage) => saveCheckpoint(folderOf(name), stage),
    remove: (name) => rm(checkpointFile(folderOf(name)), { force: true }),
    aboutToFinish: async (keep) => {
      await makeFolder(checkpoint);
      await writeJsonAtomic(join(checkpoint, keptNote), { keep });
    },
    finish: async () => {
      const kept = await readKept(join(checkpoint, keptNote));
      // Without the note the checkers were tidied before, or a run of an earlier version left them: they may be needed.
      if (kept === undefined) {
        await rm(checkpoint, { recursive: true, force: true });
        return;
      }
      for (const file of await filesUnder(checkers)) {
        if (!kept.has(relative(checkers, dirname(file)).split(sep).join('/'))) await rm(file);
      }
      await removeEmptyFolders(checkers);
      await rm(checkpoint, { recursive: true, force: true });
    },
    forget: (folder) => rm(join(checkpoint, ...folder.split('/')), { recursive: true, force: true }),
    clear: async () => {
      await rm(checkpoint, { recursive: true, force: true });
      await rm(checkers, { recursive: true, force: true });
    },
  };
}

/** The names in the note of stages that stay; undefined where there is no note. */
async function readKept(file: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const { keep } = JSON.parse(await readFile(file, 'utf8')) as { keep: readonly string[] };
    return new Set(keep);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesUnder(path)));
    else found.push(path);
  }
  return found;
}

async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
  }
  try {
    if ((await entriesOf(folder)).length === 0) await rmdir(folder);
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
  }
}

async function entriesOf(folder: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
