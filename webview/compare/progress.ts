import { editorWords } from '../../src/core/table/editorWords.ts';
import type { CompareState } from '../../src/protocol/compare.ts';
import type { JobView } from '../../src/protocol/panel.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, setText, show } from '../shared/dom.ts';
import { estimateText } from '../shared/estimateText.ts';
import { Figures } from '../shared/figures.ts';
import { JobLine } from '../shared/jobLine.ts';
import { t } from '../shared/l10n.ts';
import { duration } from '../shared/numbers.ts';
import { withoutFolders } from '../shared/paths.ts';
import { stateLine } from '../shared/stateLine.ts';
import { stageText, titleOf } from './words.ts';

export interface ProgressActions {
  readonly cancel: () => void;
  readonly begin: () => void;
  readonly showLog: () => void;
  readonly resume: () => void;
  readonly again: () => void;
}

/** How a comparison stands: while it runs, training, time and device; afterwards, how it ended and what can be done next. */
export class Progress {
  readonly element: HTMLElement;
  readonly #job: JobLine;
  readonly #figures = new Figures();
  readonly #estimate = h('p', { class: 'faint' });
  readonly #ending = h('div', { class: 'ending' });
  readonly #actions: ProgressActions;
  #last = '';

  constructor(actions: ProgressActions) {
    this.#actions = actions;
    this.#job = new JobLine(actions);
    this.element = h(
      'section',
      { 'aria-label': t('Progress') },
      this.#job.element,
      this.#ending,
      this.#figures.element,
      this.#estimate,
    );
  }

  update(state: CompareState): void {
    const { job, ended, estimate } = state;
    const live = ended === undefined && job !== undefined;
    this.#job.update(live ? lineOf(job) : undefined);
    show(this.#figures.element, live && job.state !== 'queued');
    if (live) this.#drawFigures(state);
    show(this.#estimate, live && estimate !== undefined);
    if (estimate !== undefined) {
      setText(this.#estimate, estimateText(estimate));
    }
    this.#drawEnding(state, live);
    show(this.element, !(ended === 'done'));
  }

  #drawFigures({ done, total, next, job, device }: CompareState): void {
    this.#figures.update([
      [t('Trainings done'), done === undefined || total === undefined ? '–' : t('{0} of {1}', done, total)],
      [t('Now'), next === undefined ? '–' : t('{0}, seed {1}', titleOf(next.method), next.seed)],
      [t('Time left'), job?.secondsLeft === undefined ? '–' : t('about {0}', duration(job.secondsLeft))],
      [t('Device'), job?.device ?? device ?? '–'],
    ]);
  }

  #drawEnding(state: CompareState, live: boolean): void {
    const { ended, error, run, results } = state;
    const key = JSON.stringify([ended, error, run, live, results?.unfinished]);
    if (key === this.#last) return;
    this.#last = key;
    show(this.#ending, !live);
    if (live) return;
    const { resume, again, showLog } = this.#actions;
    const goOn = button(t('Continue'), { icon: 'sync', press: resume });
    const other = button(t('Compare something else …'), { icon: 'settings', press: again, secondary: true });
    const log = linkButton(t('Show log'), showLog);
    const unfinished = results?.unfinished;
    const soFar =
      unfinished === undefined
        ? t('What was done is kept.')
        : t('{0} of {1} trainings are done and kept.', unfinished.done, unfinished.total);
    const buttons = (...all: readonly HTMLElement[]): HTMLElement => h('div', { class: 'buttons' }, ...all);
    switch (ended) {
      case 'done':
        fill(this.#ending);
        break;
      case 'cancelled':
        fill(this.#ending, stateLine('stop-circle', '', t('Cancelled.'), ' ', soFar), buttons(goOn, other));
        break;
      case 'interrupted':
        fill(
          this.#ending,
          stateLine('stop-circle', '', t('Interrupted, as its process ended.'), ' ', soFar),
          buttons(goOn, other),
        );
        break;
      case 'failed': {
        const why = error === undefined ? t('It failed.') : withoutFolders(editorWords(error));
        fill(this.#ending, stateLine('error', 'bad', why), buttons(goOn, other, log));
        break;
      }
      case undefined:
        if (run !== undefined) {
          fill(this.#ending, stateLine('sync', '', t('This comparison runs in another window.')));
          break;
        }
        fill(
          this.#ending,
          stateLine('info', '', t('No methods have been compared on this dataset yet.')),
          h(
            'p',
            { class: 'faint' },
            t(
              'A comparison trains each method with several seeds on the same rows, tests each model on your test rows, and says which one wins, by how much, and whether that could be luck. Its cost is told before it begins.',
            ),
          ),
          buttons(button(t('Compare methods …'), { icon: 'settings', press: again })),
        );
    }
  }
}

/** The line above the figures does not repeat them; a method goes by its title. */
function lineOf(job: JobView): JobView {
  const stage = job.stage === undefined ? undefined : stageText(job.stage);
  return job.state === 'running' ? { ...job, stage, secondsLeft: undefined, device: undefined } : job;
}
