import type { Job } from './services.ts';

/** Whether a job makes or changes scores: what the weights panel, the editor and the tools wait for. */
export function isScoring({ request: { kind } }: Pick<Job, 'request'>): boolean {
  return kind === 'score' || kind === 'rescore';
}
