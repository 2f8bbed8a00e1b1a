/** Starts every worker of the extension: a child process with a port for calls and events. Free of `vscode`, for tests. */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createClient, type Api, type Client, type Events, type Message, type Port } from '../protocol/rpc.ts';

/** Where a worker's output goes; a `LogOutputChannel` will do. */
export interface WorkerLog {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
}

export interface LaunchOptions {
  /** What to call it in the log and in messages: "job worker". */
  readonly name: string;
  /** The bundled script. */
  readonly script: string;
  /** Another Node than the one that runs the extension (setting `counterweight.nodePath`). */
  readonly nodePath?: string;
  readonly log: WorkerLog;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: Error;
}

export interface LaunchedWorker<A extends Api, E extends Events> {
  readonly client: Client<A, E>;
  readonly pid: number | undefined;
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<WorkerExit>;
  /** Asks it to end: it keeps what it needs to go on and exits; if it has not within the grace, it is killed. */
  dispose(graceMs?: number): void;
  /** Ends it at once. What it has written whole stays. */
  kill(): void;
}

/** A worker that was asked to end gets this long for its last checkpoint. */
const defaultGraceMs = 30_000;

/** Starts a worker. Never throws: what is wrong is told by `exited` and by every call. */
export function launchWorker<A extends Api, E extends Events>(options: LaunchOptions): LaunchedWorker<A, E> {
  const { name, script, nodePath, log, env } = options;
  const forkOptions: ForkOptions & { readonly windowsHide: boolean } = {
    execPath: nodePath === undefined || nodePath === '' ? process.execPath : nodePath,
    // Flags of the extension host (a debugger's port) are not for its children.
    execArgv: [],
    env: workerEnvironment(process.env, env),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
  };
  const child = fork(script, [], forkOptions);
  log.debug(`${name}: started process ${String(child.pid)}`);
  follow(child.stdout, (line) => log.info(`${name}: ${line}`));
  follow(child.stderr, (line) => log.warn(`${name}: ${line}`));

  const client = createClient<A, E>(childPort(child, log, name));
  let killing: NodeJS.Timeout | undefined;
  const exited = new Promise<WorkerExit>((resolve) => {
    const end = (exit: WorkerExit): void => {
      clearTimeout(killing);
      client.close(describeExit(name, exit));
      log.debug(`${name}: process ${String(child.pid)} ended, ${exitWords(exit)}`);
      resolve(exit);
    };
    child.on('exit', (code, signal) => end({ code, signal }));
    child.on('error', (error) => {
      // Also a failed message or kill, which the process survives.
      if (child.pid === undefined) end({ code: null, signal: null, error });
      else log.warn(`${name}: ${error.message}`);
    });
  });
  const kill = (): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  return {
    client,
    pid: child.pid,
    exited,
    kill,
    dispose: (graceMs = defaultGraceMs) => {
      client.close(`The ${name} was stopped.`);
      if (child.connected) child.disconnect();
      // Not unref'd on purpose: should this process live on, so must the promise that the other ends.
      killing ??= setTimeout(kill, graceMs);
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) clearTimeout(killing);
    },
  };
}

/** The environment of a worker: Electron as plain Node, and nothing that a debugger put there for its own processes. */
export function workerEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  return { ...own, NODE_OPTIONS: undefined, VSCODE_INSPECTOR_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1', ...more };
}

/** One line on how a process ended that should not have. */
export function describeExit(name: string, { code, signal, error }: WorkerExit): string {
  if (error !== undefined) return `The ${name} could not be started: ${error.message}.`;
  // Out of memory: V8 aborts, the system kills, ONNX Runtime throws where nobody catches.
  const memory = signal === 'SIGKILL' || signal === 'SIGABRT' || code === 134 || code === 137;
  return `The ${name} ended unexpectedly (${exitWords({ code, signal })})${memory ? '; the machine may be out of memory' : ''}.`;
}

function exitWords({ code, signal, error }: WorkerExit): string {
  if (error !== undefined) return error.message;
  return signal === null ? `exit code ${String(code)}` : signal;
}

function childPort(child: ChildProcess, log: WorkerLog, name: string): Port {
  return {
    post: (message) => {
      if (!child.connected) return;
      child.send(message, (error) => {
        // The call it carried fails when the process' end is noticed.
        if (error !== null) log.debug(`${name}: ${error.message}`);
      });
    },
    listen: (listener) => {
      const receive = (message: unknown): void => listener(message as Message);
      child.on('message', receive);
      return () => child.off('message', receive);
    },
  };
}

function follow(stream: Readable | null, line: (text: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', line);
}
