/** Jobs that began and have not finished, remembered over the window's life. Free of `vscode` at run time, for tests. */
import type * as vscode from 'vscode';
import type { JobRequest, UnfinishedJob } from '../services.ts';

const key = 'counterweight.unfinishedJobs';
/** Older ones are forgotten; their runs stay in the runs view. */
const mostKept = 20;

/** What is kept in the workspace's state. */
export class JobLedger {
  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  /** Newest first. */
  get all(): readonly UnfinishedJob[] {
    return this.memento.get<UnfinishedJob[]>(key, []).map((job) => ({ ...job, request: revived(job.request) }));
  }

  /** A job began to write a run. Should this be the last that is heard of it, it was interrupted. */
  begun(job: Omit<UnfinishedJob, 'interrupted'>): Thenable<void> {
    const others = this.all.filter(({ folder }) => folder !== job.folder);
    return this.#keep([{ ...job, interrupted: true }, ...others]);
  }

  /** It ended before its time, and the user knows. */
  stopped(folder: string): Thenable<void> {
    return this.#keep(this.all.map((job) => (job.folder === folder ? { ...job, interrupted: false } : job)));
  }

  /** It is done, or not wanted any more. */
  forget(folder: string): Thenable<void> {
    return this.#keep(this.all.filter((job) => job.folder !== folder));
  }

  #keep(jobs: readonly UnfinishedJob[]): Thenable<void> {
    return this.memento.update(key, jobs.slice(0, mostKept));
  }
}

/** The state is kept as JSON, which turns "no bound" into null. */
function revived(job: JobRequest): JobRequest {
  switch (job.kind) {
    case 'train':
      return isNull(job.request.clipMax) ? { ...job, request: { ...job.request, clipMax: Infinity } } : job;
    case 'compare': {
      const { overrides } = job.request;
      if (!isNull(overrides?.['clipMax'])) return job;
      return { ...job, request: { ...job.request, overrides: { ...overrides, clipMax: Infinity } } };
    }
    case 'score':
    case 'rescore':
      return job;
  }
}

function isNull(value: unknown): boolean {
  return value === null;
}
