import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Enough to tell later whether the process that left something behind is still there. */
export interface ProcessIdentity {
  /** The machine's name, reduced to letters, digits, dots and hyphens. */
  readonly host: string;
  readonly pid: number;
  /** When the process started, in clock ticks since boot, where the system says (Linux); otherwise empty. */
  readonly started: string;
}

/** The process this code runs in. */
export function thisProcess(): ProcessIdentity {
  return { host: thisHost(), pid: process.pid, started: processStatus(process.pid)?.started ?? '' };
}

/**
 * Whether a process still runs. Process ids are used again, in containers even regularly, so where the system tells
 * the start time it must match as well.
 *
 * @returns undefined for a process of another machine, about which nothing can be said from here.
 */
export function isRunning(identity: ProcessIdentity): boolean | undefined {
  if (identity.host !== thisHost()) return undefined;
  try {
    process.kill(identity.pid, 0);
  } catch (thrown) {
    // EPERM: it exists and belongs to somebody else.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM')) return false;
  }
  const status = processStatus(identity.pid);
  if (status === undefined) return true;
  // A zombie has ended; only its parent has not noticed yet.
  if (status.state === 'Z' || status.state === 'X') return false;
  return identity.started === '' || status.started === '' || status.started === identity.started;
}

function thisHost(): string {
  return (
    hostname()
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 40) || 'localhost'
  );
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)); undefined on a system without it. */
function processStatus(pid: number): { state: string; started: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // No /proc, or hidden from us: then the process id alone has to do.
    return undefined;
  }
  // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}
