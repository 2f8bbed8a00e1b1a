/**
 * One writer at a time, across processes: a file created with O_EXCL that says who holds it. The lock of a process that
 * is gone is taken over; every step of that is safe against others who try the same at the same moment.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { type FileHandle, lstat, open, readFile, unlink, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, messageOf, UserError } from '../base/errors.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { isJsonObject } from './json.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './processIdentity.ts';

/** Who holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** When it was taken: ISO 8601, UTC. */
  readonly since: string;
}

/** How to wait for a lock. */
export interface LockOptions {
  /** Ends the waiting (not the work under the lock) with a CancelledError. */
  readonly signal?: AbortSignal;
  /** Called once, when the lock turns out to be held by somebody else. */
  readonly onWait?: (holder: LockHolder) => void;
  /** Longest wait in milliseconds, then a UserError naming the holder; 0 fails at once. Default: for ever. */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` while holding the lock file `path`, in whose folder it must be possible to write. The lock is released when
 * `work` ends, and when the process exits under it; after a SIGKILL the next one who wants it takes it over.
 *
 * @throws CancelledError when the signal fires while waiting; UserError after `timeoutMs`; whatever `work` throws.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const token = await acquire(path, options);
  const releaseOnExit = (): void => releaseNow(path, token);
  process.on('exit', releaseOnExit);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch((thrown: unknown) => {
      // It matters to other machines only, and the lock may just be going.
      if (errorCode(thrown) !== 'ENOENT') process.emitWarning(`Cannot touch ${path}: ${messageOf(thrown)}`);
    });
  }, heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', releaseOnExit);
    await release(path, token);
  }
}

/** Who holds the lock at this moment; undefined when nobody does, or only a process that is gone. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  const lock = await readLock(path);
  return lock === undefined || lock.stale ? undefined : lock.holder;
}

/** Whether a name in a folder is the lock `name` or one that guards its takeover. */
export function isLockName(candidate: string, name: string): boolean {
  return (
    candidate === name || (candidate.startsWith(`${name}.`) && /^(\.[0-9a-z-]+)+$/.test(candidate.slice(name.length)))
  );
}

/** A waiting process looks again after 10 ms at first, and at most this much later. */
const longestPollMs = 250;
const heartbeatMs = 30_000;
/** A lock of another machine is stale when its heartbeat has been silent for this long. */
const silenceMs = 10 * 60_000;
/** A lock file without content is being written at this moment, unless it is older than this. */
const blankMs = 5_000;

interface Lock {
  readonly holder: LockHolder;
  /** Unique to this taking of the lock. */
  readonly token: string;
  readonly stale: boolean;
}

async function acquire(path: string, { signal, onWait, timeoutMs = Infinity }: LockOptions): Promise<string> {
  const begun = performance.now();
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw new CancelledError();
    const result = await tryAcquire(path);
    if ('token' in result) return result.token;
    const { holder } = result;
    if (attempt === 0) onWait?.(holder);
    if (performance.now() - begun >= timeoutMs) {
      throw new UserError(
        `${path}: in use by process ${holder.pid} on ${holder.host} since ${holder.since}; wait until it ends, or stop it.`,
      );
    }
    try {
      await sleep(Math.min(longestPollMs, 10 * 1.5 ** attempt), undefined, signal ? { signal } : {});
    } catch (thrown) {
      if (signal?.aborted) throw new CancelledError();
      throw thrown;
    }
  }
}

async function tryAcquire(path: string): Promise<{ token: string } | { holder: LockHolder }> {
  for (;;) {
    const token = await create(path);
    if (token !== undefined) return { token };
    const lock = await readLock(path);
    if (lock === undefined) continue;
    if (!lock.stale) return { holder: lock.holder };
    const guard = await removeStale(path, lock.token);
    if (guard !== undefined) return guard;
  }
}

/**
 * Removes the stale lock `token`. Two processes that both found it stale must not both remove "the lock": the slower one
 * would remove the quicker one's new lock. So a guard, named after the very token, is held while looking again and
 * removing; and a guard whose holder was killed is itself taken over in the same way.
 *
 * @returns Who is just doing it, when somebody else is.
 */
async function removeStale(path: string, token: string): Promise<{ holder: LockHolder } | undefined> {
  const guard = `${path}.${token}`;
  const taken = await tryAcquire(guard);
  if ('holder' in taken) return taken;
  try {
    if ((await readLock(path))?.token === token) await unlink(path);
  } finally {
    await release(guard, taken.token);
  }
  return undefined;
}

/** @returns The new lock's token, or undefined when there is a lock already. */
async function create(path: string): Promise<string | undefined> {
  const token = randomBytes(8).toString('hex');
  const content = JSON.stringify({ ...thisProcess(), since: new Date().toISOString(), token });
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') return undefined;
    throw diskError(thrown, 'create', path);
  }
  try {
    await handle.writeFile(content);
    await handle.close();
  } catch (thrown) {
    await unlink(path);
    throw diskError(thrown, 'write', path);
  }
  // If this process stood still so long between the two that the blank file was taken for abandoned, it is not ours.
  return (await readLock(path))?.token === token ? token : undefined;
}

async function readLock(path: string): Promise<Lock | undefined> {
  let text: string;
  let changed: { mtimeMs: number; ino: number };
  try {
    text = await readFile(path, 'utf8');
    changed = await lstat(path);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw diskError(thrown, 'read', path);
  }
  const age = Date.now() - changed.mtimeMs;
  const content = parseLock(text);
  if (content === undefined) {
    const holder = { host: 'unknown', pid: 0, started: '', since: new Date(changed.mtimeMs).toISOString() };
    return { holder, token: `blank-${changed.ino}-${Math.floor(changed.mtimeMs)}`, stale: age > blankMs };
  }
  const running = isRunning(content.holder);
  return { ...content, stale: running === undefined ? age > silenceMs : !running };
}

function parseLock(text: string): Omit<Lock, 'stale'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Blank or half-written: the caller judges by its age.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { host, pid, started, since, token } = value;
  if (typeof host !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return undefined;
  if (typeof since !== 'string' || typeof token !== 'string' || !/^[0-9a-f]+$/.test(token)) return undefined;
  return { holder: { host, pid, started, since }, token };
}

async function release(path: string, token: string): Promise<void> {
  try {
    if ((await readLock(path))?.token === token) await unlink(path);
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw diskError(thrown, 'write', path);
  }
}

/** The same without waiting, for a process that is about to exit. */
function releaseNow(path: string, token: string): void {
  try {
    if (parseLock(readFileSync(path, 'utf8'))?.token === token) unlinkSync(path);
  } catch (thrown) {
    // The process is ending: a lock that stays is recognised as stale by the next one.
    if (errorCode(thrown) !== 'ENOENT') process.emitWarning(`Cannot release ${path}: ${messageOf(thrown)}`);
  }
}
