import { editorWords } from '../../src/core/table/editorWords.ts';
import { formatPercent } from '../../src/core/table/format.ts';
import type { JobView } from '../../src/protocol/panel.ts';
import { linkButton, progressBar, toolButton } from './controls.ts';
import { h, setAttribute, setText, show } from './dom.ts';
import { icon } from './icons.ts';
import { duration } from './numbers.ts';
import { withoutFolders } from './paths.ts';
import { t } from './l10n.ts';

export interface JobLineActions {
  readonly cancel: () => void;
  /** Answers the question of a job that waits for it. */
  readonly begin: () => void;
  /** Goes on where the job stopped; absent where there is another way to. */
  readonly resume?: () => void;
  readonly showLog: () => void;
  /** The user has read how it ended. */
  readonly dismissed?: () => void;
}

/** What a job does, how far it is and how long it takes, with a way to stop it: one line, and a thin bar. */
export class JobLine {
  readonly element: HTMLElement;
  /** Under the line; whoever shows it may place it elsewhere. */
  readonly bar = progressBar(t('Progress of the job'));
  readonly #mark = h('span', { class: 'job-mark' });
  readonly #words = h('span', { class: 'job-words' });
  readonly #begin: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #resume: HTMLButtonElement | undefined;
  readonly #log: HTMLButtonElement;
  readonly #dismiss: HTMLButtonElement;
  #dismissed: number | undefined;
  #job: JobView | undefined;

  constructor(actions: JobLineActions) {
    this.#begin = linkButton(t('Begin'), actions.begin);
    this.#cancel = linkButton(t('Cancel'), actions.cancel, t('Stops within two seconds; what is done is kept'));
    this.#resume = actions.resume && linkButton(t('Resume'), actions.resume, t('Goes on where it stopped'));
    this.#log = linkButton(t('Show log'), actions.showLog);
    this.#dismiss = toolButton(t('Dismiss'), 'close', () => {
      this.#dismissed = this.#job?.id;
      this.update(this.#job);
      actions.dismissed?.();
    });
    this.element = h(
      'section',
      { class: 'job', 'aria-label': t('Job'), hidden: true },
      h(
        'div',
        { class: 'job-line' },
        this.#mark,
        this.#words,
        this.#begin,
        this.#cancel,
        this.#resume,
        this.#log,
        this.#dismiss,
      ),
      this.bar,
    );
    this.bar.hidden = true;
  }

  /** @returns Whether there is a job to show. */
  update(job: JobView | undefined): boolean {
    this.#job = job;
    const ended = job?.state === 'failed' || job?.state === 'cancelled';
    const visible = job !== undefined && job.state !== 'done' && !(ended && job.id === this.#dismissed);
    const asks = job?.state === 'running' && job.question !== undefined;
    const running = !asks && (job?.state === 'running' || job?.state === 'cancelling');
    show(this.element, visible);
    show(this.bar, running);
    if (!visible) return false;
    this.#mark.replaceChildren(
      icon(
        job.state === 'failed' ? 'error' : ended ? 'stop-circle' : asks ? 'question' : 'sync',
        running ? 'turning' : job.state,
      ),
    );
    this.element.classList.toggle('failed', job.state === 'failed');
    setText(this.#words, jobWords(job));
    setAttribute(this.#words, 'title', job.error);
    show(this.#begin, asks);
    show(this.#cancel, job.state === 'running' || job.state === 'queued');
    if (this.#resume !== undefined) show(this.#resume, ended);
    show(this.#log, job.state === 'failed');
    show(this.#dismiss, ended);
    this.bar.indeterminate = job.fraction === undefined || job.state === 'cancelling';
    this.bar.value = job.fraction === undefined ? undefined : Math.round(1000 * job.fraction) / 10;
    return true;
  }
}

/** One line about a job, e.g. `Scoring synthetic.jsonl: quality checker, 42 %, 212 rows/s, about 3 min left, CPU`. */
export function jobWords(job: JobView): string {
  switch (job.state) {
    case 'queued':
      return t('{0}: waits for another job to end', job.title);
    case 'cancelling':
      return t('{0}: stopping, what is done is kept', job.title);
    case 'cancelled':
      return t('{0}: cancelled, what was done is kept', job.title);
    case 'failed':
      return t('{0}: {1}', job.title, job.error === undefined ? t('failed') : withoutFolders(editorWords(job.error)));
    case 'done':
      return t('{0}: done', job.title);
    case 'running': {
      if (job.question !== undefined) return job.question;
      const parts = [
        job.stage,
        job.fraction === undefined ? undefined : formatPercent(job.fraction),
        job.rate,
        job.secondsLeft === undefined ? undefined : t('about {0} left', duration(job.secondsLeft)),
        job.device,
      ].filter((part) => part !== undefined);
      return parts.length === 0 ? job.title : t('{0}: {1}', job.title, parts.join(' · '));
    }
  }
}
