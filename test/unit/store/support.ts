import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/** A folder for one test file, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterweight-store-'));
  // Passable for the user without rights that `whileReadOnly` becomes.
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Compiles one of `children/*.ts` so that plain Node runs it in a process of its own; returns the script. */
export async function compileChild(name: string, folder: string): Promise<string> {
  const script = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'children', `${name}.ts`)],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return script;
}

/** Starts a compiled child that talks to us with `process.send`. */
export function start(script: string, args: readonly string[]): ChildProcess {
  return fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
}

/** Waits for a child's end and for all it has said; its exit code, or null when a signal ended it. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (child.connected) await once(child, 'disconnect');
  return child.exitCode;
}

/** Runs `work` while `folder` cannot be written; also where the tests run as root, whom permissions do not stop. */
export async function whileReadOnly<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  await chmod(folder, 0o555);
  if (root) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (root) process.seteuid?.(0);
    await chmod(folder, 0o755);
  }
}
