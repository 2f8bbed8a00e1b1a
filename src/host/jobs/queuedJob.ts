/** One job of the queue: what is shown of it, what it tells, how it ends. Free of `vscode` at run time, for tests. */
import type * as vscode from 'vscode';
import type { JobEvents, JobOutcome } from '../../protocol/jobs.ts';
import type { JobView } from '../../protocol/panel.ts';
import type { CallFailure } from '../../protocol/rpc.ts';
import { Emitter } from '../emitter.ts';
import type { Job, JobRequest } from '../services.ts';
import { isClassifierStage } from '../train/liveCurves.ts';
import { JobMeter } from './jobMeter.ts';

/** How a job ended. */
export type JobEnd =
  | { readonly kind: 'done'; readonly outcome: JobOutcome }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failed';
      readonly failure: CallFailure;
      /** The process ended under it. */
      readonly crashed: boolean;
    };

export class QueuedJob implements Job {
  readonly done: Promise<JobOutcome | undefined>;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #events = new Map<keyof JobEvents, Emitter<unknown>>();
  readonly #abort = new AbortController();
  readonly #meter: JobMeter;
  #state: JobView['state'] = 'queued';
  #device: string | undefined;
  #folder: string | undefined;
  #end: JobEnd | undefined;
  #question: { readonly text: string; readonly answer: (go: boolean) => void } | undefined;
  #resolve!: (outcome: JobOutcome | undefined) => void;

  /** @param now Seconds. */
  constructor(
    readonly id: number,
    readonly request: JobRequest,
    private readonly title: string,
    now: () => number,
  ) {
    this.#meter = new JobMeter(now, request.kind === 'train' ? isClassifierStage : undefined);
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  get view(): JobView {
    const moving = this.#state === 'running' || this.#state === 'cancelling' || this.#state === 'queued';
    return {
      ...{ id: this.id, kind: this.request.kind, title: this.title, state: this.#state, device: this.#device },
      ...(moving ? this.#meter.shown : {}),
      ...(this.#question === undefined ? {} : { question: this.#question.text }),
      ...(this.#end?.kind === 'failed' ? { error: this.#end.failure.message } : {}),
    };
  }

  get end(): JobEnd | undefined {
    return this.#end;
  }

  /** The run's folder, once the worker has told. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Fires when somebody cancels the job. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  on<N extends keyof JobEvents>(name: N, listener: (payload: JobEvents[N]) => void): vscode.Disposable {
    return this.#emitterOf(name).event(listener as (payload: unknown) => void);
  }

  /**
   * Puts a question to the user, which stays until somebody answers it, wherever they see it.
   * @returns false too where the job is cancelled or ends unanswered.
   */
  ask(text: string): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (go: boolean): void => {
        if (this.#question?.answer !== answer) return;
        this.#question = undefined;
        this.#changed.fire();
        resolve(go);
      };
      if (this.#end !== undefined || this.#abort.signal.aborted) {
        resolve(false);
        return;
      }
      this.#question = { text, answer };
      this.#changed.fire();
    });
  }

  answer(go: boolean): void {
    this.#question?.answer(go);
  }

  cancel(): void {
    if (this.#end !== undefined || this.#abort.signal.aborted) return;
    this.answer(false);
    if (this.#state === 'running') this.#state = 'cancelling';
    this.#abort.abort();
    this.#changed.fire();
  }

  /** Something else than work is going on: waiting, starting. */
  note(text: string): void {
    this.#meter.note(text);
    this.#changed.fire();
  }

  begin(text: string): void {
    this.#state = this.#abort.signal.aborted ? 'cancelling' : 'running';
    this.note(text);
  }

  /** The user has answered the estimate. */
  approved(): void {
    this.#meter.approved();
  }

  /** Takes in what the worker tells, and passes it on. */
  tell<N extends keyof JobEvents>(name: N, payload: JobEvents[N]): void {
    if (this.#end !== undefined) return;
    switch (name) {
      case 'progress':
        this.#meter.progress(payload as JobEvents['progress']);
        break;
      case 'estimate':
        this.#meter.estimate(payload as JobEvents['estimate']);
        break;
      case 'resumed':
        this.#meter.resumed(payload as JobEvents['resumed']);
        break;
      case 'run': {
        const { folder, device, passes } = payload as JobEvents['run'];
        // The estimate of a comparison counts what is still to do.
        if (passes !== undefined && this.request.kind !== 'compare') this.#meter.begun(passes);
        this.#folder = folder;
        this.#device = device;
        break;
      }
      case 'compared':
        this.#meter.compared(payload as JobEvents['compared']);
        break;
      case 'notice':
      case 'rowErrors':
      case 'evaluation':
        break;
    }
    this.#emitterOf(name).fire(payload);
    this.#changed.fire();
  }

  /** Ends it, once: a later end changes nothing. */
  finish(end: JobEnd): boolean {
    if (this.#end !== undefined) return false;
    this.answer(false);
    this.#end = end;
    this.#state = end.kind;
    this.#resolve(end.kind === 'done' ? end.outcome : undefined);
    this.#changed.fire();
    return true;
  }

  #emitterOf(name: keyof JobEvents): Emitter<unknown> {
    let emitter = this.#events.get(name);
    if (emitter === undefined) this.#events.set(name, (emitter = new Emitter<unknown>()));
    return emitter;
  }
}
