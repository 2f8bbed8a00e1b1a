import { formatPercent } from '../../src/core/table/format.ts';
import type { JobView } from '../../src/protocol/panel.ts';
import { linkButton, progressBar, toolButton } from './controls.ts';
import { h, setText, show } from './dom.ts';
import { icon } from './icons.ts';
import { duration } from './numbers.ts';

export interface JobLineActions {
  readonly cancel: () => void;
  readonly showLog: () => void;
  /** The user has read how it ended. */
  readonly dismissed?: () => void;
}

/** What a job does, how far it is and how long it takes, with a way to stop it: one line, and a thin bar. */
export class JobLine {
  readonly element: HTMLElement;
  /** Under the line; whoever shows it may place it elsewhere. */
  readonly bar = progressBar('Progress of the job');
  readonly #mark = h('span', { class: 'job-mark' });
  readonly #words = h('span', { class: 'job-words' });
  readonly #cancel: HTMLButtonElement;
  readonly #log: HTMLButtonElement;
  readonly #dismiss: HTMLButtonElement;
  #dismissed: number | undefined;
  #job: JobView | undefined;

  constructor(actions: JobLineActions) {
    this.#cancel = linkButton('Cancel', actions.cancel, 'Stops within two seconds; what is done is kept');
    this.#log = linkButton('Show log', actions.showLog);
    this.#dismiss = toolButton('Dismiss', 'close', () => {
      this.#dismissed = this.#job?.id;
      this.update(this.#job);
      actions.dismissed?.();
    });
    this.element = h(
      'section',
      { class: 'job', 'aria-label': 'Job', hidden: true },
      h('div', { class: 'job-line' }, this.#mark, this.#words, this.#cancel, this.#log, this.#dismiss),
      this.bar,
    );
    this.bar.hidden = true;
  }

  /** @returns Whether there is a job to show. */
  update(job: JobView | undefined): boolean {
    this.#job = job;
    const ended = job?.state === 'failed' || job?.state === 'cancelled';
    const visible = job !== undefined && job.state !== 'done' && !(ended && job.id === this.#dismissed);
    const running = job?.state === 'running' || job?.state === 'cancelling';
    show(this.element, visible);
    show(this.bar, running);
    if (!visible) return false;
    this.#mark.replaceChildren(
      icon(job.state === 'failed' ? 'error' : ended ? 'stop-circle' : 'sync', running ? 'turning' : job.state),
    );
    this.element.classList.toggle('failed', job.state === 'failed');
    setText(this.#words, jobWords(job));
    show(this.#cancel, job.state === 'running' || job.state === 'queued');
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
      return `${job.title}: waits for another job to end`;
    case 'cancelling':
      return `${job.title}: stopping, what is done is kept`;
    case 'cancelled':
      return `${job.title}: cancelled, what was done is kept`;
    case 'failed':
      return `${job.title}: ${job.error ?? 'failed'}`;
    case 'done':
      return `${job.title}: done`;
    case 'running': {
      const parts = [
        job.stage,
        job.fraction === undefined ? undefined : formatPercent(job.fraction),
        job.rate,
        job.secondsLeft === undefined ? undefined : `about ${duration(job.secondsLeft)} left`,
        job.device,
      ].filter((part) => part !== undefined);
      return parts.length === 0 ? job.title : `${job.title}: ${parts.join(' · ')}`;
    }
  }
}
