/** What goes wrong on a user's machine: processes that die, folders that cannot be written. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Process ids of the extension's data workers. */
export function dataWorkers(): number[] {
  const script = path.join('dist', 'worker', 'data.js');
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '' && commandOf(pid).includes(script))
    .map(Number);
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
