import type * as vscode from 'vscode';
import type { Job, Services } from '../services.ts';
import { nextPace, type Costs } from './costText.ts';

const key = 'counterweight.pace';

/** How much longer jobs take here than the rough cost says; 1 before anything was measured. */
export function paceOf({ globalState }: Pick<vscode.ExtensionContext, 'globalState'>): number {
  return globalState.get<number>(key, 1);
}

/** Learns from the estimate that a job measures before it begins. */
export function learnPace({ context }: Services, job: Job, costs: Costs): void {
  job.on('estimate', ({ seconds }) => {
    if (job.request.kind !== 'score') return;
    const rough = costs[job.request.request.effort].seconds;
    void context.globalState.update(key, nextPace(paceOf(context), rough, seconds));
  });
}
