/** A real VS Code in a browser (code-server), with an extension installed from its VSIX. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.resolve(import.meta.dirname, '../../..');
const installed = path.join(root, '.cache', 'vscode-test', 'node_modules');
const node = path.join(installed, '.bin', 'node');
const entry = path.join(installed, 'code-server', 'out', 'node', 'entry.js');

/** The encoder that `npm run encoder` fetched. */
export const encoderFolder = path.join(root, '.cache', 'encoder', 'all-MiniLM-L6-v2');

/** The VSIX that scripts/testVSCode.mjs made of this tree. */
export const vsix = path.join(root, '.cache', 'vsix', 'counterweight.vsix');

/** Quiet and repeatable: no welcome page, no chat, no updates. */
const defaultSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  // In the browser VS Code saves by itself; on the desktop it does not.
  'files.autoSave': 'off',
  'telemetry.telemetryLevel': 'off',
  'window.dialogStyle': 'custom',
  'files.simpleDialog.enable': true,
  'security.workspace.trust.enabled': false,
};

export interface ServerOptions {
  /** Added to the user's settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and its extension hosts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Installed; the VSIX of this tree where absent, nothing where `false`. */
  readonly extension?: string | false;
  /** Further arguments of code-server. */
  readonly args?: readonly string[];
}

export interface Server {
  readonly url: string;
  readonly port: number;
  /** Kept short: unix sockets are made in it. */
  readonly folder: string;
  readonly extensionsFolder: string;
  /** Process id of the server; its extension hosts are in its process group. */
  readonly pid: number;
  /** What it printed so far. */
  output(): string;
  /** Ends the server and everything it started, and removes what it wrote. */
  stop(): Promise<void>;
}

/** Starts a server of its own, on a free port. Rejects with what it printed where it does not get ready. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cw-'));
  const user = path.join(folder, 'u');
  const extensionsFolder = path.join(folder, 'e');
  const config = path.join(folder, 'c.yaml');
  await mkdir(path.join(user, 'User'), { recursive: true });
  await writeFile(config, '{}\n');
  await writeFile(
    path.join(user, 'User', 'settings.json'),
    JSON.stringify({ ...defaultSettings, ...options.settings }, null, 2),
  );
  const common = [entry, '--config', config, '--user-data-dir', user, '--extensions-dir', extensionsFolder];
  if (options.extension !== false) {
    await promisify(execFile)(node, [...common, '--install-extension', options.extension ?? vsix]);
  }
  const port = await freePort();
  const child = spawn(
    node,
    [
      ...common,
      ...['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check'],
      ...['--disable-workspace-trust', '--disable-getting-started-override'],
      ...(options.args ?? []),
    ],
    { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const stop = async (): Promise<void> => {
    await killGroup(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady(url, child, () => output);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url, port, folder, extensionsFolder, pid: child.pid ?? 0, output: () => output, stop };
}

/** Where the extension was unpacked to: what a user's machine has. */
export async function installedExtension(server: Pick<Server, 'extensionsFolder'>): Promise<string> {
  const name = (await readdir(server.extensionsFolder)).find((entry) => entry.startsWith('counterweight.'));
  if (name === undefined) throw new Error(`no counterweight extension in ${server.extensionsFolder}`);
  return path.join(server.extensionsFolder, name);
}

/**
 * A folder of the user's with the example's files, in a temporary place.
 * @param whole Otherwise their mails are cut to {@link mailLength} characters.
 */
export async function exampleFolder(
  names: readonly string[] = ['real.jsonl', 'synthetic.jsonl'],
  whole = false,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mail-'));
  for (const name of names) {
    const lines = (await readFile(path.join(root, 'examples', 'spam', name), 'utf8')).trimEnd().split('\n');
    await writeFile(path.join(folder, name), lines.map((line) => `${whole ? line : shortened(line)}\n`).join(''));
  }
  return folder;
}

/** Characters of a mail that the tests keep: fine-tuning on the whole ones takes half an hour on two cores. */
const mailLength = 120;

function shortened(line: string): string {
  const row = JSON.parse(line) as { text: string };
  return JSON.stringify({ ...row, text: row.text.slice(0, mailLength) });
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no free port'));
        else resolve(address.port);
      });
    });
  });
}

async function waitUntilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const until = Date.now() + 180_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`code-server ended with ${child.exitCode}: ${output()}`);
    const response = await fetch(`${url}/healthz`).catch(() => undefined);
    if (response?.ok) return;
    if (Date.now() > until) throw new Error(`code-server is not ready after 180 s: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Extension hosts outlive the server; they are in its process group. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended =
    child.exitCode !== null ? Promise.resolve() : new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(-child.pid, signal);
    } catch (thrown) {
      // Nobody is left in the group.
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
      break;
    }
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
  }
  await ended;
}
