import * as vscode from 'vscode';
import type { JobEvents } from '../protocol/jobs.ts';
import { Disposable } from './disposable.ts';
import type { Job, Services } from './services.ts';

/** What is known of a job of this window, from its first event on, with what its kind has beside. */
export type LiveJob<T> = T & {
  readonly job: Job;
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  /** Folder of its run, once the job has told. */
  readonly run: string | undefined;
  /** What it will cost, once that is measured. */
  readonly estimate: JobEvents['estimate'] | undefined;
};

/**
 * Listens to every job of one kind in this window, whoever started it and whether or not a view is open: a view that
 * comes late shows what went before.
 */
export class LiveJobs<T extends object> extends Disposable {
  readonly #byJob = new Map<number, LiveJob<T>>();
  /** Jobs of other kinds. */
  readonly #others = new Set<number>();
  readonly #changed = this.register(new vscode.EventEmitter<LiveJob<T>>());
  /** A job of the kind began, went on, or ended. */
  readonly onDidChange = this.#changed.event;

  /**
   * @param follow Begins to follow a job: what its kind has beside, kept current by listeners that call `tell` and are
   * registered with `own`; undefined for a job of another kind.
   */
  constructor(
    private readonly jobs: Services['jobs'],
    private readonly follow: (job: Job, tell: () => void, own: (listening: vscode.Disposable) => void) => T | undefined,
  ) {
    super();
    this.register(
      jobs.onDidChange(() => {
        this.#look();
      }),
    );
    this.#look();
  }

  /** The newest one of a dataset in this window. */
  of(dataset: string): LiveJob<T> | undefined {
    let newest: LiveJob<T> | undefined;
    for (const live of this.#byJob.values()) {
      if (live.dataset === dataset && (newest === undefined || live.job.id > newest.job.id)) newest = live;
    }
    return newest;
  }

  #look(): void {
    const known = new Set(this.jobs.all.map(({ id }) => id));
    for (const id of this.#byJob.keys()) if (!known.has(id)) this.#byJob.delete(id);
    for (const id of this.#others) if (!known.has(id)) this.#others.delete(id);
    for (const job of this.jobs.all) {
      if (this.#byJob.has(job.id) || this.#others.has(job.id)) continue;
      this.#begin(job);
    }
  }

  #begin(job: Job): void {
    const own = (listening: vscode.Disposable): void => void this.register(listening);
    const tell = (): void => {
      const live = this.#byJob.get(job.id);
      if (live !== undefined) this.#changed.fire(live);
    };
    const beside = this.follow(job, tell, own);
    if (beside === undefined) {
      this.#others.add(job.id);
      return;
    }
    const update = (changes: { run: string } | { estimate: JobEvents['estimate'] }): void => {
      const live = this.#byJob.get(job.id);
      if (live !== undefined) Object.assign(live, changes);
      tell();
    };
    const dataset = job.request.request.files.synthetic;
    this.#byJob.set(job.id, { ...beside, job, dataset, run: undefined, estimate: undefined });
    own(job.on('run', ({ folder }) => update({ run: folder })));
    own(job.on('estimate', (estimate) => update({ estimate })));
    own(job.onDidChange(tell));
    tell();
  }
}
