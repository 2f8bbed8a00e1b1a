import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const built = join(root, '.cache', 'cli-under-test');

/** Bundles the command line as it is shipped, apart from a developer's own `dist`. */
export function buildCli(): void {
  execFileSync(process.execPath, ['esbuild.mjs', '--out', built], { cwd: root });
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given the process once it runs, e.g. to kill it. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs the built command line; never rejects for what the program does. */
export function runCli(args: readonly string[], { cwd, env, started }: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(built, 'cli.js'), ...args], {
      ...{ cwd, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...process.env, COUNTERWEIGHT_MODEL: '', HF_HUB_OFFLINE: '1', ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    started?.(child);
  });
}
