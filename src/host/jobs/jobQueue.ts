/** One job at a time; the others wait. Free of `vscode` at run time, for tests. */
import { resolve } from 'node:path';
import type * as vscode from 'vscode';
import { CancelledError, messageOf } from '../../base/errors.ts';
import { describeFailure } from '../../protocol/failure.ts';
import type { JobApi, JobEvents, JobOutcome } from '../../protocol/jobs.ts';
import { CallError } from '../../protocol/rpc.ts';
import { Emitter } from '../emitter.ts';
import type { LaunchedWorker, WorkerLog } from '../launchWorker.ts';
import { isEndOfWorker } from '../restartingWorker.ts';
import type { JobRequest } from '../services.ts';
import { QueuedJob, type JobEnd } from './queuedJob.ts';

export type JobWorker = LaunchedWorker<JobApi, JobEvents>;

/** What the queue needs of the window it is in. */
export interface QueueHost {
  /** Starts a worker, which runs one job. */
  launch(): JobWorker;
  /** Runs `work` while no other window runs a job; ends the waiting with a CancelledError when the signal fires. */
  exclusively(
    work: () => Promise<void>,
    options: { readonly signal: AbortSignal; readonly onWait: () => void },
  ): Promise<void>;
  /** Whether to go on with a job that takes long. */
  approve(job: QueuedJob, estimate: JobEvents['estimate']): Promise<boolean>;
  titleOf(request: JobRequest): string;
  readonly log: Pick<WorkerLog, 'warn'>;
  /** What is shown while nothing moves. */
  readonly notes: { readonly waiting: string; readonly starting: string; readonly asking: string };
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds after which a cancelled job has ended for the user, and in which a worker that is alive says so. */
const [cancelledMs, answerMs] = [1500, 1500];
/** A worker that has begun to save its checkpoint may finish it, this long; the next job waits. */
const savingMs = 20_000;
/** Ended jobs that are remembered. */
const mostEnded = 20;

/** The queue of a window. */
export class JobQueue implements vscode.Disposable {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #ended = new Emitter<QueuedJob>();
  /** A job ended, see its `end`; not where the window goes away under it. */
  readonly onDidEnd = this.#ended.event;
  readonly #now: () => number;
  #running: QueuedJob | undefined;
  /** A job has the turn: a cancelled one keeps it until its process is gone. */
  #busy = false;
  #queued: QueuedJob[] = [];
  #past: QueuedJob[] = [];
  #nextId = 1;
  #worker: JobWorker | undefined;
  #disposed = false;

  constructor(private readonly host: QueueHost) {
    const now = host.now ?? performance.now.bind(performance);
    this.#now = () => now() / 1000;
  }

  get all(): readonly QueuedJob[] {
    return [...(this.#running === undefined ? [] : [this.#running]), ...this.#queued, ...this.#past];
  }

  get current(): QueuedJob | undefined {
    return this.#running;
  }

  about(path: string): QueuedJob | undefined {
    const wanted = resolve(path);
    return this.all.find(
      ({ request: { request }, end }) => end === undefined && resolve(request.files.synthetic) === wanted,
    );
  }

  enqueue(request: JobRequest): QueuedJob {
    const job = new QueuedJob(this.#nextId++, request, this.host.titleOf(request), this.#now);
    job.onDidChange(() => this.#changed.fire());
    job.signal.addEventListener('abort', () => this.#cancelWaiting(job), { once: true });
    this.#queued.push(job);
    this.#changed.fire();
    void this.#next();
    return job;
  }

  /** The window goes: what runs keeps what it needs to go on, and ends by itself. */
  dispose(): void {
    this.#disposed = true;
    this.#queued = [];
    this.#worker?.dispose();
    this.#changed.dispose();
    this.#ended.dispose();
  }

  /** A job that waits in this window ends at once; one that waits for another window, through its signal. */
  #cancelWaiting(job: QueuedJob): void {
    if (!this.#queued.includes(job)) return;
    this.#queued = this.#queued.filter((each) => each !== job);
    this.#finish(job, { kind: 'cancelled' });
  }

  async #next(): Promise<void> {
    if (this.#busy || this.#disposed) return;
    const job = this.#queued.shift();
    if (job === undefined) return;
    this.#busy = true;
    this.#running = job;
    try {
      const { signal } = job;
      const onWait = (): void => job.note(this.host.notes.waiting);
      await this.host.exclusively(() => this.#run(job), { signal, onWait });
    } catch (thrown) {
      // It never began; or it has ended, and only giving the turn back went wrong.
      if (thrown instanceof CancelledError) this.#finish(job, { kind: 'cancelled' });
      else if (job.end !== undefined) this.host.log.warn(messageOf(thrown));
      else this.#finish(job, { kind: 'failed', failure: describeFailure(thrown), crashed: false });
    }
    this.#busy = false;
    void this.#next();
  }

  /** Runs a job in a worker of its own, which is gone when this resolves. Never throws. */
  async #run(job: QueuedJob): Promise<void> {
    if (this.#disposed) return;
    job.begin(this.host.notes.starting);
    const worker = this.host.launch();
    this.#worker = worker;
    this.#follow(worker, job);
    const timers: NodeJS.Timeout[] = [];
    const stop = (): void => this.#stop(worker, job, timers);
    if (job.signal.aborted) stop();
    else job.signal.addEventListener('abort', stop, { once: true });
    try {
      this.#finish(job, { kind: 'done', outcome: await call(worker, job.request) });
    } catch (thrown) {
      this.#finish(job, endOf(thrown, job));
    }
    // What the job had to say is said and written; a computation that was left in its middle may still be running.
    if (job.signal.aborted) worker.kill();
    else worker.dispose();
    await worker.exited;
    job.signal.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
    this.#worker = undefined;
  }

  #follow({ client }: JobWorker, job: QueuedJob): void {
    for (const name of ['progress', 'notice', 'rowErrors', 'evaluation', 'resumed', 'run', 'compared'] as const) {
      client.on(name, (payload) => job.tell(name, payload));
    }
    client.on('estimate', (estimate) => {
      job.tell('estimate', estimate);
      if (estimate.ask) void this.#ask(client, job, estimate);
    });
  }

  async #ask(client: JobWorker['client'], job: QueuedJob, estimate: JobEvents['estimate']): Promise<void> {
    job.note(this.host.notes.asking);
    const go = await this.host.approve(job, estimate);
    if (job.end !== undefined) return;
    job.approved();
    if (go) job.note(this.host.notes.starting);
    else job.cancel();
    await client.call('approve', { go }).catch((thrown: unknown) => {
      // The job's own call tells how it ended.
      this.host.log.warn(messageOf(thrown));
    });
  }

  /**
   * Cancels: the worker stops at the next step, which may lie in the middle of a long computation. It has two seconds in
   * the user's eyes; one that does not even answer is ended, since what it has written is whole at any time.
   */
  #stop(worker: JobWorker, job: QueuedJob, timers: NodeJS.Timeout[]): void {
    let answered = false;
    worker.client.call('cancel', {}).then(
      () => (answered = true),
      () => {
        // It is gone already: the job's own call tells.
      },
    );
    const after = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
    after(answerMs, () => {
      if (!answered) worker.kill();
    });
    after(cancelledMs, () => this.#finish(job, { kind: 'cancelled' }));
    after(savingMs, () => worker.kill());
  }

  #finish(job: QueuedJob, end: JobEnd): void {
    if (this.#disposed || !job.finish(end)) return;
    this.#past = [job, ...this.#past].slice(0, mostEnded);
    if (this.#running === job) this.#running = undefined;
    this.#ended.fire(job);
    this.#changed.fire();
  }
}

function call({ client }: JobWorker, job: JobRequest): Promise<JobOutcome> {
  switch (job.kind) {
    case 'score':
      return client.call('score', job.request);
    case 'train':
      return client.call('train', job.request);
    case 'rescore':
      return client.call('rescore', job.request);
    case 'compare':
      return client.call('compare', job.request);
  }
}

function endOf(thrown: unknown, job: QueuedJob): JobEnd {
  if (job.signal.aborted || (thrown instanceof CallError && thrown.failure.kind === 'cancelled')) {
    return { kind: 'cancelled' };
  }
  if (thrown instanceof CallError) {
    return { kind: 'failed', failure: thrown.failure, crashed: isEndOfWorker(thrown) };
  }
  return { kind: 'failed', failure: describeFailure(thrown), crashed: false };
}
