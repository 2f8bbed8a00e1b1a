import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';
import { requiredFiles, shardsOf, weightsFile, weightsIndexFile } from './modelFiles.ts';

/** Environment variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Where a model is kept. */
export interface CacheLocation {
  readonly env: Environment;
  /** The cache folder, where it is not the one `env` says. */
  readonly cacheDir?: string;
}

/**
 * The Hugging Face cache, as huggingface_hub finds it: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else HF_HOME/hub, else
 * XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
 */
export function hubCacheDir(env: Environment): string {
  const named = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  if (named) return expandHome(named);
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return join(expandHome(home), 'hub');
}

/** The folder of one model in the cache: `models--organisation--name` with `blobs`, `refs` and `snapshots`. */
export function modelCacheDir(id: string, { env, cacheDir }: CacheLocation): string {
  return join(cacheDir ?? hubCacheDir(env), ['models', ...id.split('/')].join('--'));
}

/** Whether this can be a hub name: `name` or `organisation/name`. */
export function isModelId(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/.test(text) && !text.includes('..') && !text.includes('--');
}

/** A commit of a hub repository: 40 hexadecimal digits. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * The folder of the model's `main` revision in the cache, if every file that is needed lies in it.
 * @returns undefined if the model is not there, or only in part.
 */
export async function cachedSnapshot(id: string, location: CacheLocation): Promise<string | undefined> {
  const folder = modelCacheDir(id, location);
  const commit = (await readIfThere(join(folder, 'refs', 'main')))?.trim();
  if (commit === undefined || !isCommit(commit)) return undefined;
  const snapshot = join(folder, 'snapshots', commit);
  return (await isComplete(snapshot)) ? snapshot : undefined;
}

/** Whether a folder holds every file that a model needs. */
async function isComplete(dir: string): Promise<boolean> {
  const present = (name: string): Promise<boolean> =>
    stat(join(dir, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  for (const name of requiredFiles) if (!(await present(name))) return false;
  if (await present(weightsFile)) return true;
  const index = await readIfThere(join(dir, weightsIndexFile));
  if (index === undefined) return false;
  for (const shard of shardsOf(index, join(dir, weightsIndexFile))) if (!(await present(shard))) return false;
  return true;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(`Cannot read ${path}: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
