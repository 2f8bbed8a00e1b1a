/** What goes wrong on a user's machine: processes that die, folders that cannot be written. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canMountTmpfs } from '../../../scripts/canMountTmpfs.mjs';

/** Process ids of the extension's data workers. */
export function dataWorkers(): number[] {
  return workers('data');
}

/** Process ids of the extension's job workers. */
export function jobWorkers(): number[] {
  return workers('job');
}

function workers(kind: 'data' | 'job'): number[] {
  const script = path.join('dist', 'worker', `${kind}.js`);
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '' && commandOf(pid).includes(script))
    .map(Number);
}

/** Milliseconds that a watched process runs between two looks at it. */
const sliceMs = 10;

/**
 * Lets a process run in slices until `probe` finds something, and leaves it stopped at that point: what it does in a few
 * milliseconds cannot be missed, however busy the machine is. It goes on with SIGCONT.
 */
export async function stopWhen<T>(
  pid: number,
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  limit = 120_000,
): Promise<T> {
  const until = Date.now() + limit;
  let found: T | undefined;
  for (;;) {
    signal(pid, 'SIGSTOP', what);
    try {
      found = await probe();
    } finally {
      if (found === undefined) signal(pid, 'SIGCONT', what);
    }
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${String(limit / 1000)} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, sliceMs));
  }
}

function signal(pid: number, name: NodeJS.Signals, what: string): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    throw new Error(`the process ended before: ${what}`, { cause: thrown });
  }
}

/** Whether this machine lets {@link withSmallDisk} do its work: as root, where mounting is permitted. */
export function canMount(): boolean {
  const probe = mkdtempSync(path.join(tmpdir(), 'cw-mount-'));
  const possible = canMountTmpfs(probe);
  rmSync(probe, { recursive: true, force: true });
  return possible;
}

/** Does something while a folder, which is there, is a disk of its own of 2 MB. */
export async function withSmallDisk(folder: string, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  try {
    await work();
  } finally {
    // Lazily: the workers may have a file of it open still.
    execFileSync('umount', ['-l', folder]);
  }
}

/** Fills the disk of a folder up to a few bytes. @returns the file that does; without it there is space again. */
export function fillDisk(folder: string, left: number): string {
  const { bavail, bsize } = statfsSync(folder);
  const filler = path.join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(bavail * bsize - left));
  return filler;
}

/** Bytes that this process has read so far, from files and pipes. */
export function bytesRead(): number {
  const [, bytes] = /^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? [];
  return Number(bytes);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (thrown) {
    // It ended in between.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw thrown;
  }
}

/** Whether this machine lets {@link whileReadOnly} do its work; not so for root on a file system without attributes. */
export function canForbidWriting(): boolean {
  const probe = mkdtempSync(path.join(tmpdir(), 'cw-attr-'));
  try {
    forbidWriting(probe, true);
    forbidWriting(probe, false);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Does something while nothing can be created, renamed or deleted in a folder. */
export async function whileReadOnly(folder: string, work: () => Promise<void>): Promise<void> {
  forbidWriting(folder, true);
  try {
    await work();
  } finally {
    forbidWriting(folder, false);
  }
}

/** Permissions do not stop root; the attribute "immutable" does. */
function forbidWriting(folder: string, forbidden: boolean): void {
  if (process.getuid?.() === 0)
    execFileSync('chattr', [forbidden ? '+i' : '-i', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  else chmodSync(folder, forbidden ? 0o555 : 0o755);
}
