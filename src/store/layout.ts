/** Where runs and decisions live, and how their folders come to be. The only place that builds these paths. */
import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { exists, isLeftoverName, makeFolder, openAtomic, sweepLeftovers, writeBytesAtomic } from './atomic.ts';
import { diskError, errorCode, isReadOnly } from './diskErrors.ts';
import { isLockName } from './lock.ts';
import { readRunRecord, type RunKind, type RunRecord, runRecordFile } from './runRecord.ts';

/** The folder beside a dataset that holds everything we write about it. */
const ownFolder = '.counterweight';

/** The files and folders of a run. */
export interface RunFiles {
  readonly record: string;
  readonly scores: string;
  readonly checkers: string;
  /** Embeddings of the synthetic rows, among the checkers; a checkpoint with one array [rows, width]. */
  readonly syntheticEmbeddings: string;
  /** Embeddings of the real rows, likewise, in their order. */
  readonly realEmbeddings: string;
  /** Of more synthetic rows than are kept: those of some of them, for the map; see `embeddingSample.ts`. */
  readonly sampledEmbeddings: string;
  readonly model: string;
  readonly checkpoint: string;
  /** What a training said of its rows epoch by epoch; see `dynamics.ts`. Absent in runs of versions that kept none. */
  readonly dynamics: string;
  /** The rows of a score run laid out on a plane; see `embeddingMap.ts`. Made when it is first asked for. */
  readonly map: string;
  /** What every method and seed of a comparison came to, a small file each; see `outcomes.ts`. */
  readonly outcomes: string;
  /** The comparison: as data, and as reports to read. */
  readonly comparison: { readonly json: string; readonly markdown: string; readonly html: string };
  /** Held by the process that writes the run. */
  readonly lock: string;
}

/** Names, below `checkers/`, under which the embeddings of the real and of the synthetic rows are kept. */
export const embeddingStages = ['embeddings/real', 'embeddings/synthetic'] as const;

/** Name, below `checkers/`, of the embeddings of some of many synthetic rows. */
export const sampledEmbeddingsStage = 'embeddings/sample';

/** Paths inside a run's folder; nothing is created. */
export function runFiles(runFolder: string): RunFiles {
  return {
    record: runRecordFile(runFolder),
    scores: join(runFolder, 'scores.jsonl'),
    checkers: join(runFolder, 'checkers'),
    syntheticEmbeddings: join(runFolder, 'checkers', ...embeddingStages[1].split('/')),
    realEmbeddings: join(runFolder, 'checkers', ...embeddingStages[0].split('/')),
    sampledEmbeddings: join(runFolder, 'checkers', ...sampledEmbeddingsStage.split('/')),
    model: join(runFolder, 'model'),
    checkpoint: join(runFolder, 'checkpoint'),
    dynamics: join(runFolder, 'dynamics'),
    map: join(runFolder, 'map'),
    outcomes: join(runFolder, 'outcomes'),
    comparison: {
      json: join(runFolder, 'compare.json'),
      markdown: join(runFolder, 'compare.md'),
      html: join(runFolder, 'compare.html'),
    },
    lock: join(runFolder, lockName),
  };
}

const lockName = 'lock';

/** A dataset's decisions inside its folder. */
export function decisionsFile(datasetFolder: string): string {
  return join(datasetFolder, 'decisions.jsonl');
}

/**
 * The folders that may hold a dataset's runs and decisions: beside it, then in `storage` when one is given. Nothing is
 * created. In `storage` a hash of the dataset's absolute path keeps datasets of the same name apart.
 *
 * @param dataset Path of the dataset file.
 * @param storage Where to write when the dataset's folder is read-only, e.g. the extension's own storage.
 */
export function datasetFolders(dataset: string, storage?: string): string[] {
  const path = resolve(dataset);
  const beside = join(dirname(path), ownFolder, basename(path));
  if (storage === undefined) return [beside];
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return [beside, join(resolve(storage), hash, basename(path))];
}

/** Whether a path is inside a folder of ours: what lies there is a result, never a dataset. */
export function isOwnPath(path: string): boolean {
  return resolve(path).split(/[\\/]/).includes(ownFolder);
}

/** Whether anything was ever written about a dataset, beside it or in `storage`; a question of folders, nothing is read. */
export async function hasDatasetFolder(dataset: string, storage?: string): Promise<boolean> {
  for (const folder of datasetFolders(dataset, storage)) if (await exists(folder)) return true;
  return false;
}

/** Finds the records of runs that lie beside their datasets, in any folder: a glob pattern. */
export const runRecordGlob = `**/${ownFolder}/*/*/${basename(runRecordFile(''))}`;

/** The folder beside its datasets, of a folder that holds some. */
export function ownFolderIn(folder: string): string {
  return join(resolve(folder), ownFolder);
}

/** The dataset that a run's folder lies beside; undefined for a folder that lies elsewhere (`--out`, the storage). */
export function datasetOfRun(runFolder: string): string | undefined {
  const own = dirname(resolve(runFolder));
  if (parseRunId(basename(runFolder)) === undefined || basename(dirname(own)) !== ownFolder) return undefined;
  return join(dirname(dirname(own)), basename(own));
}

/** A folder that exists and was written to, and what the user should know about it. */
export interface OpenedFolder {
  readonly folder: string;
  /** Set when the folder is not the one beside the dataset; one line for the user. */
  readonly notice?: string;
}

/**
 * Creates the dataset's folder (and, on the first write, `.counterweight/.gitignore`) and makes sure it can be written.
 * Where the dataset's own folder is read-only, the folder in `storage` is used and `notice` says so.
 *
 * @throws UserError where neither can be written.
 */
export async function openDatasetFolder(dataset: string, storage?: string): Promise<OpenedFolder> {
  const [beside, fallback] = datasetFolders(dataset, storage);
  try {
    await makeFolder(beside);
    const ignore = join(dirname(beside), '.gitignore');
    if (!(await exists(ignore))) await writeBytesAtomic(ignore, '*\n');
    await probe(beside);
    return { folder: beside };
  } catch (thrown) {
    const readOnly = isReadOnly(thrown) || (thrown instanceof UserError && isReadOnly(thrown.cause));
    if (!readOnly) throw diskError(thrown, 'create', beside);
    if (fallback === undefined) {
      throw new UserError(
        `Cannot write ${beside}: no permission, or read-only; choose another folder with --out DIR.`,
        1,
        {
          cause: thrown,
        },
      );
    }
  }
  try {
    await makeFolder(fallback);
    await probe(fallback);
  } catch (thrown) {
    throw diskError(thrown, 'create', fallback);
  }
  return {
    folder: fallback,
    notice: `${dirname(resolve(dataset))} cannot be written; results are kept in ${fallback}.`,
  };
}

/** Writes and removes a file: permissions and mount flags alone do not tell whether that is possible. */
async function probe(folder: string): Promise<void> {
  const file = await openAtomic(join(folder, 'probe'));
  await file.discard();
}

/** A run's folder, ready to be written. */
export interface OpenedRun extends OpenedFolder {
  /** The folder's name; for a folder beside the dataset, `20260131T142233Z-imp`. */
  readonly id: string;
  /** The record of an earlier run of the same kind in the folder named by `out`. */
  readonly earlier?: RunRecord;
}

/** What `openRun` needs to know. */
export interface OpenRunOptions {
  readonly dataset: string;
  readonly kind: RunKind;
  /** The last part of the run's name: a method or loss in lower case, e.g. `imp`. */
  readonly method: string;
  /** Exactly this folder instead (`--out DIR`): absent, empty, or holding an earlier run of the same kind. */
  readonly out?: string;
  readonly storage?: string;
  /** The run's start; now, unless a test says otherwise. */
  readonly now?: Date;
}

/**
 * Creates the folder of a new run.
 *
 * @throws UserError where it cannot be written, or `out` holds something else.
 */
export async function openRun(options: OpenRunOptions): Promise<OpenedRun> {
  if (options.out !== undefined) return await openOut(resolve(options.out), options.kind);
  const { folder, notice } = await openDatasetFolder(options.dataset, options.storage);
  await sweepLeftovers(folder);
  const id = runId(options.now ?? new Date(), options.method);
  for (let taken = 1; ; taken++) {
    const name = taken === 1 ? id : `${id}-${taken}`;
    const runFolder = join(folder, name);
    try {
      // Not recursive: creating the folder is what claims the name.
      await mkdir(runFolder);
    } catch (thrown) {
      if (errorCode(thrown) === 'EEXIST') continue;
      throw diskError(thrown, 'create', runFolder);
    }
    return { folder: runFolder, id: name, ...(notice === undefined ? {} : { notice }) };
  }
}

/**
 * A run's name: start time (UTC, to the second) and method, e.g. `20260131T142233Z-imp`.
 *
 * @param method Letters a–z, words joined by hyphens; a number would be taken for the suffix of a taken name.
 */
export function runId(now: Date, method: string): string {
  if (!/^[a-z]+(-[a-z]+)*$/.test(method)) throw new TypeError(`"${method}" cannot be part of a run's name.`);
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${method}`;
}

/** The parts of a run's name; undefined for a name that is none. `taken` is 1, or the suffix where the name was taken. */
export function parseRunId(name: string): { time: string; method: string; taken: number } | undefined {
  const match = /^(\d{8}T\d{6}Z)-([a-z]+(?:-[a-z]+)*)(?:-(\d+))?$/.exec(name);
  if (match === null) return undefined;
  return { time: match[1], method: match[2], taken: Number(match[3] ?? 1) };
}

async function openOut(folder: string, kind: RunKind): Promise<OpenedRun> {
  let names: string[];
  try {
    await makeFolder(folder);
    await sweepLeftovers(folder);
    await probe(folder);
    names = await readdir(folder);
  } catch (thrown) {
    throw diskError(thrown, 'create', folder);
  }
  const id = basename(folder);
  // A run that was killed before its first record leaves only these.
  if (names.every((name) => isLockName(name, lockName) || isLeftoverName(name))) return { folder, id };
  if (!names.includes(basename(runRecordFile(folder)))) {
    throw new UserError(`--out ${folder}: the folder holds other files; choose an empty or a new one.`);
  }
  const earlier = await readRunRecord(folder);
  if (earlier.kind !== kind) {
    throw new UserError(
      `--out ${folder}: the folder holds a ${earlier.kind} run, not a ${kind} run; choose another one.`,
    );
  }
  return { folder, id, earlier };
}
