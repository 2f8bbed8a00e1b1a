/** A worker that is started with the first call and again after a crash. Free of `vscode`, for tests. */
import type * as vscode from 'vscode';
import { CallError, type Api, type Events } from '../protocol/rpc.ts';
import { Emitter } from './emitter.ts';
import { describeExit, type LaunchedWorker, type WorkerExit } from './launchWorker.ts';

export interface RestartingOptions<A extends Api, E extends Events> {
  /** What to call it: "data worker". */
  readonly name: string;
  readonly launch: () => LaunchedWorker<A, E>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** So many crashes within this many milliseconds are no accident: it is not started again by itself. */
const [mostCrashes, crashWindowMs] = [3, 60_000];

export class RestartingWorker<A extends Api, E extends Events> implements vscode.Disposable {
  readonly #restarted = new Emitter<void>();
  /** A new worker stands in for one that crashed: it knows nothing of what the other was told. */
  readonly onDidRestart = this.#restarted.event;
  readonly #events = new Map<string, Emitter<unknown>>();
  readonly #options: RestartingOptions<A, E>;
  readonly #now: () => number;
  #worker: LaunchedWorker<A, E> | undefined;
  #lastExit: WorkerExit | undefined;
  #crashes: number[] = [];
  /** It was not started again after the last crash. */
  #gaveUp = false;
  #disposed = false;

  constructor(options: RestartingOptions<A, E>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @throws CallError; where the worker crashes under the call, of kind `user` with one clear line. */
  async call<M extends keyof A & string>(method: M, params: A[M]['params']): Promise<A[M]['result']> {
    if (this.#disposed) throw this.#failure(method, `The ${this.#options.name} was stopped.`);
    if (this.#worker === undefined && this.#crashesTooOften()) throw this.#failure(method, this.#givenUp());
    const worker = this.#worker ?? (await this.#startForCall());
    try {
      return await worker.client.call(method, params);
    } catch (thrown) {
      if (!(thrown instanceof CallError) || !isEndOfWorker(thrown) || this.#disposed) throw thrown;
      // Its end is dealt with in the same turn of the event loop, but after its calls have failed.
      await new Promise(setImmediate);
      const next = this.#worker === undefined ? '' : ' It was started again: try once more.';
      throw this.#failure(method, `${thrown.message}${next}`);
    }
  }

  on<N extends keyof E & string>(name: N, listener: (payload: E[N]) => void): vscode.Disposable {
    return this.#emitterOf(name).event(listener as (payload: unknown) => void);
  }

  /** What kept it from starting may have been mended. */
  forgive(): void {
    this.#crashes = [];
    this.#lastExit = undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#worker?.dispose();
    this.#worker = undefined;
    this.#restarted.dispose();
    for (const emitter of this.#events.values()) emitter.dispose();
  }

  /** The first one, or the one after those that crashed too often: that one has to be told again what they knew. */
  async #startForCall(): Promise<LaunchedWorker<A, E>> {
    const worker = (this.#worker = this.#start());
    if (!this.#gaveUp) return worker;
    this.#gaveUp = false;
    this.#restarted.fire();
    // Whoever tells it begins at once, before the call that made it start.
    await new Promise(setImmediate);
    return worker;
  }

  #start(): LaunchedWorker<A, E> {
    const worker = this.#options.launch();
    for (const [name, emitter] of this.#events) worker.client.on(name, (payload) => emitter.fire(payload));
    void worker.exited.then((exit) => {
      if (this.#disposed || this.#worker !== worker) return;
      this.#worker = undefined;
      this.#lastExit = exit;
      this.#crashes.push(this.#now());
      this.#gaveUp = this.#crashesTooOften();
      if (this.#gaveUp) return;
      this.#worker = this.#start();
      this.#restarted.fire();
    });
    return worker;
  }

  #emitterOf(name: string): Emitter<unknown> {
    let emitter = this.#events.get(name);
    if (emitter === undefined) {
      const created = (emitter = new Emitter<unknown>());
      this.#events.set(name, created);
      this.#worker?.client.on(name, (payload) => created.fire(payload));
    }
    return emitter;
  }

  #crashesTooOften(): boolean {
    const since = this.#now() - crashWindowMs;
    this.#crashes = this.#crashes.filter((time) => time > since);
    return this.#crashes.length >= mostCrashes || (this.#lastExit?.error !== undefined && this.#crashes.length > 0);
  }

  #givenUp(): string {
    const { name } = this.#options;
    const exit = this.#lastExit;
    const what = exit === undefined ? '' : describeExit(name, exit);
    if (exit?.error !== undefined) return `${what} Check the setting counterweight.nodePath.`;
    return `${what} This happened ${String(mostCrashes)} times within a minute; the log says more. Try again in a minute.`;
  }

  #failure(method: string, message: string): CallError {
    return new CallError(method, { message, kind: 'user' });
  }
}

/** Whether a call failed because the process ended under it: whatever a worker answers has a kind or a stack. */
export function isEndOfWorker({ failure }: CallError): boolean {
  return failure.kind === 'defect' && failure.stack === undefined;
}
