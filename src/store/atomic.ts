/**
 * Files and folders that appear whole or not at all, also when the process is killed or the machine loses power:
 * write aside in the same folder, fsync, rename, fsync the folder.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskError, errorCode } from './diskErrors.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './processIdentity.ts';

/** A file being written aside; nothing is seen of it until `commit`. Calls must not overlap. */
export interface AtomicFile {
  /** Appends all bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable and puts it in place of whatever was there. */
  commit(): Promise<void>;
  /** Gives the new content up; what was there before stays. After `commit` it does nothing. */
  discard(): Promise<void>;
}

/** Bytes that one write call hands to the system: large enough to cost nothing, below every system's limit. */
const writeSize = 16 * 1024 * 1024;

/**
 * Begins to replace a file.
 *
 * @throws UserError where the folder cannot be written or the disk is full; so do the returned file's methods.
 */
export async function openAtomic(path: string): Promise<AtomicFile> {
  const aside = asideName(path, 'aside');
  let handle: FileHandle;
  try {
    // First, because what a killed writer of a large checkpoint left may be the space that is now missing.
    await sweep(dirname(path), basename(path));
    handle = await open(aside, 'wx');
  } catch (thrown) {
    throw diskError(thrown, 'write', path);
  }
  let state: 'writing' | 'ended' = 'writing';

  const giveUp = async (): Promise<void> => {
    state = 'ended';
    await handle.close();
    await rm(aside, { force: true });
  };
  /** Runs one step; when it fails nothing is left behind and the user reads why. */
  const attempt = async (step: () => Promise<void>): Promise<void> => {
    if (state === 'ended') throw new Error(`${path}: already committed or discarded.`);
    try {
      await step();
    } catch (thrown) {
      await giveUp().catch(() => {
        // The first error is the one to report; the next writer of this file sweeps what is left.
      });
      throw diskError(thrown, 'write', path);
    }
  };
  return {
    write: (bytes) => attempt(() => writeAll(handle, bytes)),
    commit: () =>
      attempt(async () => {
        await handle.sync();
        await handle.close();
        await renameOver(aside, path);
        state = 'ended';
        await syncFolder(dirname(path));
      }),
    discard: async () => {
      if (state === 'writing') await giveUp();
    },
  };
}

/**
 * Replaces a file by the given bytes. Chunks are written as they come and never held together, so a checkpoint of
 * hundreds of megabytes needs no copy. When the source of chunks throws, the old file stays and the error is passed on.
 *
 * @throws UserError where the file cannot be written.
 */
export async function writeBytesAtomic(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await openAtomic(path);
  try {
    if (typeof content === 'string') await file.write(Buffer.from(content, 'utf8'));
    else if (content instanceof Uint8Array) await file.write(content);
    else for await (const chunk of content) await file.write(chunk);
    await file.commit();
  } finally {
    await file.discard();
  }
}

/**
 * Replaces a file by a value as indented JSON with a final newline. Members that are `undefined` are left out; NaN and the
 * infinities are written as null, which in our files means "no value".
 *
 * @throws UserError where the file cannot be written.
 */
export async function writeJsonAtomic(path: string, value: object): Promise<void> {
  await writeBytesAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Replaces a folder as a whole: `build` fills a new folder beside it, which then takes the old one's place. When `build`
 * throws, the old folder stays. No system can exchange two folders portably in one step: a process killed between the
 * two renames leaves the old folder under a temporary name, from which `sweepLeftovers` brings it back.
 *
 * @param build Writes the content into the folder it is given; everything in it is made durable afterwards.
 * @throws UserError where the folder cannot be written; whatever `build` throws.
 */
export async function replaceFolderAtomic(path: string, build: (folder: string) => Promise<void>): Promise<void> {
  const aside = asideName(path, 'aside');
  const previous = asideName(path, 'previous');
  const attempt = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (thrown) {
      throw diskError(thrown, 'write', path);
    }
  };
  try {
    await attempt(async () => {
      await sweep(dirname(path), basename(path));
      await mkdir(aside);
    });
    await build(aside);
    await attempt(async () => {
      await syncTree(aside);
      const replaces = await exists(path);
      if (replaces) await renameOver(path, previous);
      try {
        await renameOver(aside, path);
      } catch (thrown) {
        if (replaces) await renameOver(previous, path);
        throw thrown;
      }
      await syncFolder(dirname(path));
      await rm(previous, { recursive: true, force: true });
    });
  } catch (thrown) {
    await rm(aside, { recursive: true, force: true }).catch(() => {
      // The first error is the one to report; the next writer of this folder sweeps what is left.
    });
    throw thrown;
  }
}

/**
 * Clears away what killed writers left in a folder, and brings back a folder whose replacement was cut off between its
 * two renames. What belongs to a running process is left alone; so is anything of another machine for a day.
 *
 * @returns The names that were removed or brought back, sorted.
 */
export async function sweepLeftovers(folder: string): Promise<string[]> {
  try {
    return await sweep(folder);
  } catch (thrown) {
    throw diskError(thrown, 'write', folder);
  }
}

/** Whether a name in a folder is one that this module writes aside under. */
export function isLeftoverName(name: string): boolean {
  return parseAsideName(name) !== undefined;
}

/** Makes a folder's own entries (new names, renames) durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this and writes its entries through by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a folder and those above it; durable. An existing one is fine. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(resolve(folder), { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(folder); made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === dirname(made)) return;
  }
}

/** Writes all bytes at the handle's position: a single write call may take fewer than it was given. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const length = Math.min(writeSize, bytes.byteLength - offset);
    offset += (await handle.write(bytes, offset, length)).bytesWritten;
  }
}

/** Whether anything has this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

type AsideRole = 'aside' | 'previous';

interface AsideName {
  readonly target: string;
  readonly writer: ProcessIdentity;
  readonly role: AsideRole;
}

/** A fresh name in the target's folder that says whose it is, so that it can be recognised when its writer is gone. */
function asideName(path: string, role: AsideRole): string {
  const { host, pid, started } = thisProcess();
  const unique = randomBytes(4).toString('hex');
  return join(dirname(path), `.${basename(path)}~${host}~${pid}~${started}~${unique}.${role}`);
}

function parseAsideName(name: string): AsideName | undefined {
  const match = /^\.(.+)~([A-Za-z0-9.-]+)~(\d+)~(\d*)~[0-9a-f]{8}\.(aside|previous)$/s.exec(name);
  if (match === null) return undefined;
  const [, target, host, pid, started, role] = match;
  return { target, writer: { host, pid: Number(pid), started }, role: role as AsideRole };
}

const otherMachineGrace = 24 * 60 * 60 * 1000;

async function sweep(folder: string, onlyTarget?: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const aside = parseAsideName(name);
    if (aside === undefined || (onlyTarget !== undefined && aside.target !== onlyTarget)) continue;
    const path = join(folder, name);
    if (!(await isAbandoned(path, aside.writer))) continue;
    const target = join(folder, aside.target);
    if (aside.role === 'previous' && !(await exists(target))) await renameOver(path, target);
    else await rm(path, { recursive: true, force: true });
    swept.push(name);
  }
  return swept;
}

async function isAbandoned(path: string, writer: ProcessIdentity): Promise<boolean> {
  const running = isRunning(writer);
  if (running !== undefined) return !running;
  try {
    return Date.now() - (await lstat(path)).mtimeMs > otherMachineGrace;
  } catch (thrown) {
    // Its own writer, or another sweep, was quicker.
    if (errorCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** Renames; on Windows again for a moment while a virus scanner or an indexer holds one of the two names. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (thrown) {
      const held = ['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(thrown) ?? '');
      if (process.platform !== 'win32' || !held || attempt === 6) throw thrown;
      await sleep(20 * 2 ** attempt);
    }
  }
}

/** Makes a folder's files and everything below it durable. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await syncTree(path);
    } else if (entry.isFile()) {
      // Windows flushes only what is open for writing.
      const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
  await syncFolder(folder);
}
