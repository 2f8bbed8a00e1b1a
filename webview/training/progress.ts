import { editorWords } from '../../src/core/table/editorWords.ts';
import type { JobView } from '../../src/protocol/panel.ts';
import { lossTitle, type TrainingState } from '../../src/protocol/training.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, setText, show } from '../shared/dom.ts';
import { estimateText } from '../shared/estimateText.ts';
import { Figures } from '../shared/figures.ts';
import type { IconName } from '../shared/icons.ts';
import { JobLine } from '../shared/jobLine.ts';
import { duration } from '../shared/numbers.ts';
import { stateLine } from '../shared/stateLine.ts';
import { withoutFolders } from '../shared/paths.ts';
import { t } from '../shared/l10n.ts';

export interface ProgressActions {
  readonly cancel: () => void;
  readonly begin: () => void;
  readonly showLog: () => void;
  readonly resume: () => void;
  readonly again: (seed: boolean) => void;
}

/** How a training stands: while it runs, step, epoch, loss and time; afterwards, how it ended and what can be done next. */
export class Progress {
  readonly element: HTMLElement;
  readonly #job: JobLine;
  readonly #figures = new Figures();
  readonly #estimate = h('p', { class: 'faint' });
  /** Whose scores the weights come from: said while it runs, and afterwards. */
  readonly #scores = h('p', { class: 'faint' });
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
      this.#scores,
    );
  }

  update(state: TrainingState): void {
    const { job, ended, estimate } = state;
    const live = ended === undefined && job !== undefined;
    this.#job.update(live ? lineOf(job) : undefined);
    show(this.#figures.element, live && job.state !== 'queued');
    if (live) this.#drawFigures(state);
    show(this.#scores, state.scores !== undefined);
    setText(this.#scores, state.scores ?? '');
    show(this.#estimate, live && estimate !== undefined);
    if (estimate !== undefined) {
      setText(this.#estimate, estimateText(estimate));
    }
    this.#drawEnding(state, live);
  }

  #drawFigures({ step, steps, epochs, epochCount, stepsPerEpoch, losses, job, device }: TrainingState): void {
    const epoch =
      stepsPerEpoch === undefined || step === undefined
        ? epochs.length + 1
        : Math.floor(Math.max(0, step - 1) / stepsPerEpoch) + 1;
    const of = (value: string, all: number | undefined): string =>
      all === undefined ? value : t('{0} of {1}', value, all.toLocaleString('en-US'));
    this.#figures.update([
      [t('Step'), step === undefined ? '–' : of(step.toLocaleString('en-US'), steps)],
      [t('Epoch'), step === undefined ? '–' : of(String(Math.min(epoch, epochCount ?? epoch)), epochCount)],
      [t('Loss'), losses.at(-1)?.loss.toFixed(3) ?? '–'],
      [t('Time left'), job?.secondsLeft === undefined ? '–' : t('about {0}', duration(job.secondsLeft))],
      [t('Device'), job?.device ?? device ?? '–'],
    ]);
  }

  #drawEnding(state: TrainingState, live: boolean): void {
    const { ended, error, run, runs, seed, bestEpoch, epochCount, devFile, job } = state;
    const key = JSON.stringify([ended, error, run, seed, bestEpoch, live, runs.length, job?.state]);
    if (key === this.#last) return;
    this.#last = key;
    show(this.#ending, !live);
    if (live) return;
    const { resume, again, showLog } = this.#actions;
    const go = (label: string, name: IconName, press: () => void, secondary = false): HTMLElement =>
      button(label, { icon: name, press, secondary });
    const another = go(
      t('Train something else …'),
      'settings',
      () => {
        again(false);
      },
      true,
    );
    const repeat = go(
      t('Same again, another seed'),
      'history',
      () => {
        again(true);
      },
      true,
    );
    const goOn = go(t('Continue'), 'sync', resume);
    const log = linkButton(t('Show log'), showLog);
    switch (ended) {
      case 'done': {
        const kept =
          bestEpoch !== undefined && epochCount !== 1
            ? epochCount === undefined
              ? t('The weights of epoch {0} were kept, as the dev rows chose.', bestEpoch)
              : t('The weights of epoch {0} of {1} were kept, as the dev rows chose.', bestEpoch, epochCount)
            : devFile === undefined
              ? t('The weights of the last epoch were kept: there were no dev rows to choose by.')
              : '';
        fill(
          this.#ending,
          stateLine('pass', 'good', `${t('Finished.')} ${kept}`),
          h('div', { class: 'buttons' }, repeat, another),
        );
        break;
      }
      case 'cancelled':
        fill(
          this.#ending,
          stateLine('stop-circle', '', t('Cancelled. What was done is kept: it goes on where it stopped.')),
          h('div', { class: 'buttons' }, goOn, another),
        );
        break;
      case 'interrupted':
        fill(
          this.#ending,
          stateLine('stop-circle', '', t('Interrupted, as its process ended. It goes on from its last checkpoint.')),
          h('div', { class: 'buttons' }, goOn, another),
        );
        break;
      case 'failed':
        fill(
          this.#ending,
          stateLine('error', 'bad', error === undefined ? t('It failed.') : withoutFolders(editorWords(error))),
          h('div', { class: 'buttons' }, goOn, another, log),
        );
        break;
      case undefined:
        if (run !== undefined) fill(this.#ending, stateLine('sync', '', t('This training runs in another window.')));
        else {
          const first = go(t('Train a classifier …'), 'settings', () => {
            again(false);
          });
          const nothing = stateLine('info', '', t('Nothing has been trained on this dataset yet.'));
          fill(this.#ending, nothing, h('div', { class: 'buttons' }, first));
        }
    }
  }
}

/** The line above the figures does not repeat them; a loss goes by its title. */
function lineOf(job: JobView): JobView {
  const stage = job.stage?.replace(
    /^(classifier), (\w+)$/i,
    (_, what: string, loss: string) => `${what}, ${lossTitle(loss)}`,
  );
  return job.state === 'running' ? { ...job, stage, secondsLeft: undefined, device: undefined } : job;
}
