import type { Translate } from '../l10n.ts';
import { plainText } from '../plainText.ts';
import type { Job } from '../services.ts';

/** What the menu of the status bar offers. */
export interface MenuEntry {
  readonly label: string;
  readonly detail: string | undefined;
  readonly run: () => void;
}

/** The ways on from the jobs that have not ended: answering those that ask comes first, then stopping. */
export function menuEntries(jobs: readonly Job[], t: Translate): MenuEntry[] {
  const begin = jobs
    .filter(({ view }) => view.question !== undefined)
    .map((job) => ({
      label: `$(play) ${t('Begin: {0}', plainText(job.view.title))}`,
      detail: plainText(job.view.question ?? ''),
      run: () => job.answer(true),
    }));
  const cancel = jobs.map((job) => ({
    label: `$(stop-circle) ${t('Cancel: {0}', plainText(job.view.title))}`,
    detail: job.view.question === undefined ? job.view.stage : undefined,
    run: () => job.cancel(),
  }));
  return [...begin, ...cancel];
}
