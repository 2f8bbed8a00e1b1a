import * as vscode from 'vscode';
import type { JobEvents } from '../../protocol/jobs.ts';
import { Disposable } from '../disposable.ts';
import type { Job, Services } from '../services.ts';
import { LiveCurves } from './liveCurves.ts';

/** What is known of a training job of this window, from its first event on. */
export interface LiveTraining {
  readonly job: Job;
  readonly dataset: string;
  readonly curves: LiveCurves;
  /** Folder of its run, once the job has told. */
  readonly run: string | undefined;
  readonly estimate: JobEvents['estimate'] | undefined;
}

/**
 * Listens to every training of this window, whoever started it and whether or not a view is open: a view that comes late
 * shows the whole curve.
 */
export class LiveTrainings extends Disposable {
  readonly #byJob = new Map<
    number,
    LiveTraining & { run: string | undefined; estimate: JobEvents['estimate'] | undefined }
  >();
  readonly #changed = this.register(new vscode.EventEmitter<LiveTraining>());
  /** A training began, went on, or ended. */
  readonly onDidChange = this.#changed.event;

  constructor(private readonly jobs: Services['jobs']) {
    super();
    this.register(
      jobs.onDidChange(() => {
        this.#look();
      }),
    );
    this.#look();
  }

  /** The newest training of a dataset in this window. */
  of(dataset: string): LiveTraining | undefined {
    let newest: LiveTraining | undefined;
    for (const training of this.#byJob.values()) {
      if (training.dataset === dataset && (newest === undefined || training.job.id > newest.job.id)) newest = training;
    }
    return newest;
  }

  #look(): void {
    const known = new Set(this.jobs.all.map(({ id }) => id));
    for (const id of this.#byJob.keys()) if (!known.has(id)) this.#byJob.delete(id);
    for (const job of this.jobs.all) {
      if (job.request.kind !== 'train' || this.#byJob.has(job.id)) continue;
      const { files, epochs } = job.request.request;
      const training = {
        job,
        dataset: files.synthetic,
        curves: new LiveCurves(epochs),
        run: undefined as string | undefined,
        estimate: undefined as JobEvents['estimate'] | undefined,
      };
      this.#byJob.set(job.id, training);
      const tell = (): void => {
        this.#changed.fire(training);
      };
      this.register(
        job.on('progress', (progress) => {
          training.curves.progress(progress);
          tell();
        }),
      );
      this.register(
        job.on('evaluation', ({ epoch, accuracy, macroF1, logLoss }) => {
          training.curves.evaluation({ epoch, accuracy, macroF1, logLoss });
          tell();
        }),
      );
      this.register(
        job.on('resumed', (resumed) => {
          training.curves.resumed(resumed);
          tell();
        }),
      );
      this.register(
        job.on('run', ({ folder }) => {
          training.run = folder;
          tell();
        }),
      );
      this.register(
        job.on('estimate', (estimate) => {
          training.estimate = estimate;
          tell();
        }),
      );
      this.register(job.onDidChange(tell));
      tell();
    }
  }
}
