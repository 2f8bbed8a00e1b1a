import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import { isLockName, lockHolder, withLock } from '../../../src/store/lock.ts';
import { compileChild, ended, start, temporaryFolder } from './support.ts';

const scratch = temporaryFolder();
let locks = 0;
async function newLock(): Promise<string> {
  const folder = join(scratch, String(locks++));
  await mkdir(folder);
  return join(folder, 'lock');
}

/** The content of a lock whose process has ended. */
const dead = (host = hostname()): string =>
  JSON.stringify({ host, pid: 99999999, started: '1', since: '2026-01-31T14:22:33.000Z', token: '0123456789abcdef' });

test('the lock is there during the work and gone after it, also when the work fails', async () => {
  const lock = await newLock();
  expect(await lockHolder(lock)).toBeUndefined();
  const result = await withLock(lock, async () => {
    expect(await lockHolder(lock)).toMatchObject({ pid: process.pid });
    return 42;
  });
  expect(result).toBe(42);
  const failure = new Error('work');
  await expect(withLock(lock, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await readdir(join(lock, '..'))).toEqual([]);
});

test('within one process too, one after the other', async () => {
  const lock = await newLock();
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2, 3].map((i) =>
      withLock(lock, async () => {
        expect(++inside).toBe(1);
        await sleep(5);
        order.push(i);
        inside--;
      }),
    ),
  );
  expect(order.sort()).toEqual([0, 1, 2, 3]);
});

test('waiting tells whom it waits for, once, and ends with the signal or after the longest wait', async () => {
  const lock = await newLock();
  const script = await compileChild('holdLock', scratch);
  const child = start(script, [lock]);
  await once(child, 'message');
  const waitedFor: (number | undefined)[] = [];
  const abort = new AbortController();
  const waiting = withLock(lock, () => Promise.reject(new Error('entered')), {
    signal: abort.signal,
    onWait: (holder) => waitedFor.push(holder.pid),
  });
  setTimeout(() => abort.abort(), 150);
  await expect(waiting).rejects.toBeInstanceOf(CancelledError);
  expect(waitedFor).toEqual([child.pid]);
  const refused = withLock(lock, () => Promise.reject(new Error('entered')), { timeoutMs: 0 });
  await expect(refused).rejects.toBeInstanceOf(UserError);
  await expect(refused).rejects.toThrow(`${lock}: in use by process ${child.pid} on `);
  // Still the child's: neither of the two touched it.
  expect(await lockHolder(lock)).toMatchObject({ pid: child.pid });
  child.send('exit');
  expect(await ended(child)).toBe(3);
  // Released by the process as it exited, not merely stale.
  expect(await readdir(join(lock, '..'))).toEqual([]);
});

test('the lock of a killed process is taken over', async () => {
  const lock = await newLock();
  const child = start(await compileChild('holdLock', scratch), [lock]);
  await once(child, 'message');
  child.kill('SIGKILL');
  await ended(child);
  expect(await readdir(join(lock, '..'))).toEqual(['lock']);
  expect(await lockHolder(lock)).toBeUndefined();
  expect(await withLock(lock, () => Promise.resolve('in'), { timeoutMs: 0 })).toBe('in');
  expect(await readdir(join(lock, '..'))).toEqual([]);
});

test('two processes that also find a stale lock never hold it at the same time', { timeout: 30_000 }, async () => {
  const lock = await newLock();
  const file = join(lock, '..', 'count');
  await writeFile(file, '0');
  await writeFile(lock, dead());
  const script = await compileChild('countUnderLock', scratch);
  const children = [start(script, [lock, file, '40']), start(script, [lock, file, '40'])];
  expect(await Promise.all(children.map(ended))).toEqual([0, 0]);
  expect(await readFile(file, 'utf8')).toBe('80');
});

test('many who find the same stale lock at about the same moment enter one by one', async () => {
  for (let round = 0; round < 30; round++) {
    const lock = await newLock();
    await writeFile(lock, dead());
    let inside = 0;
    let most = 0;
    const contend = async (): Promise<void> => {
      // Out of step, so that one looks at the stale lock while another already has its own.
      for (let turns = Math.floor(Math.random() * 12); turns > 0; turns--) await setImmediate();
      await withLock(lock, async () => {
        most = Math.max(most, ++inside);
        await sleep(3);
        inside--;
      });
    };
    await Promise.all(Array.from({ length: 4 }, contend));
    expect(most).toBe(1);
    expect(await readdir(join(lock, '..'))).toEqual([]);
  }
});

test('a takeover that was itself killed is taken over', async () => {
  const lock = await newLock();
  await writeFile(lock, dead());
  await writeFile(`${lock}.0123456789abcdef`, dead().replace('0123456789abcdef', 'fedcba9876543210'));
  expect(await withLock(lock, () => Promise.resolve('in'), { timeoutMs: 0 })).toBe('in');
  expect(await readdir(join(lock, '..'))).toEqual([]);
});

test('a lock of another machine holds while it shows signs of life', async () => {
  const lock = await newLock();
  await writeFile(lock, dead('elsewhere'));
  await expect(withLock(lock, () => Promise.resolve(), { timeoutMs: 0 })).rejects.toThrow(
    'on elsewhere since 2026-01-31',
  );
  await utimes(lock, new Date(), new Date(Date.now() - 11 * 60_000));
  expect(await withLock(lock, () => Promise.resolve('in'), { timeoutMs: 0 })).toBe('in');
});

test('a blank lock file is being written, or after a while abandoned', async () => {
  const lock = await newLock();
  await writeFile(lock, '');
  await expect(withLock(lock, () => Promise.resolve(), { timeoutMs: 0 })).rejects.toBeInstanceOf(UserError);
  await utimes(lock, new Date(), new Date(Date.now() - 6_000));
  expect(await withLock(lock, () => Promise.resolve('in'), { timeoutMs: 0 })).toBe('in');
});

test('no folder for the lock is one clear line', async () => {
  const lock = join(scratch, 'absent', 'lock');
  await expect(withLock(lock, () => Promise.resolve())).rejects.toThrow(
    `Cannot create ${lock}: no such file or folder`,
  );
});

test('names of locks and of their takeovers', () => {
  expect(['lock', 'lock.0123456789abcdef', 'lock.blank-12-34.00ff'].every((name) => isLockName(name, 'lock'))).toBe(
    true,
  );
  expect(['lock.txt!', 'locks', 'lock.', 'model'].some((name) => isLockName(name, 'lock'))).toBe(false);
});
