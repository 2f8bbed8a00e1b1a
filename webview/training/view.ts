import { lossTitle, type TrainingApi, type TrainingLive, type TrainingState } from '../../src/protocol/training.ts';
import { Announcer } from '../shared/announcer.ts';
import { fill, h, isolated, setText, show } from '../shared/dom.ts';
import { jobWords } from '../shared/jobLine.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { Warnings } from '../shared/warnings.ts';
import { Curves } from './curves.ts';
import { Progress, type ProgressActions } from './progress.ts';
import { RunsTable, type RunsTableActions } from './runsTable.ts';
import { TryIt } from './tryIt.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

export interface ViewActions extends ProgressActions, RunsTableActions {
  readonly classify: (text: string, textPair?: string) => Promise<TrainingApi['classify']['result']>;
}

/** The whole training view. */
export class View {
  readonly #title = h('h1', {});
  readonly #about = h('p', { class: 'faint about' });
  readonly #announcer = new Announcer();
  readonly #progress: Progress;
  readonly #curves = new Curves();
  readonly #runs: RunsTable;
  readonly #try: TryIt;
  readonly #warnings = new Warnings();
  readonly #body = h('div', { class: 'body' });
  #state: TrainingState | undefined;
  #order = '';

  constructor(root: HTMLElement, actions: ViewActions) {
    this.#progress = new Progress(actions);
    this.#runs = new RunsTable(actions);
    this.#try = new TryIt(actions.classify);
    fill(root, h('main', {}, h('header', {}, this.#title, this.#about), this.#body, this.#announcer.element));
  }

  /** What changes with every step. */
  live(live: TrainingLive): void {
    if (this.#state !== undefined) this.update({ ...this.#state, ...live });
  }

  update(state: TrainingState): void {
    this.#state = state;
    const dataset = visible(fileName(state.dataset));
    fill(
      this.#title,
      ...(state.loss === ''
        ? around('Training on {0}', isolated(dataset))
        : around('{0} on {1}', lossTitle(state.loss), isolated(dataset))),
    );
    setText(this.#about, aboutRun(state));
    this.#progress.update(state);
    this.#curves.update(state);
    this.#runs.update(state);
    this.#try.update(state);
    this.#warnings.update(state.warnings, [state.dataset]);
    show(this.#curves.element, state.job !== undefined || state.run !== undefined);
    this.#arrange(state.ended === 'done');
    this.#announce(state);
  }

  /** While it runs the curves come first; once there is a result, that does. */
  #arrange(isDone: boolean): void {
    const order = isDone ? 'result' : 'curves';
    if (order === this.#order) return;
    this.#order = order;
    const [curves, runs, tryIt] = [this.#curves.element, this.#runs.element, this.#try.element];
    const warnings = this.#warnings.element;
    const parts = isDone ? [runs, tryIt, warnings, curves] : [curves, warnings, runs, tryIt];
    fill(this.#body, this.#progress.element, ...parts);
  }

  #announce({ job, ended, epochs }: TrainingState): void {
    // Every step would be chatter: stages and epochs are news.
    if (ended === undefined && job !== undefined) {
      const { title, state, stage, error, question } = job;
      const epoch = epochs.at(-1);
      const dev =
        epoch?.accuracy === undefined
          ? ''
          : t(', epoch {0}: accuracy {1} %', epoch.epoch, (100 * epoch.accuracy).toFixed(1));
      this.#announcer.say(`${jobWords({ id: 0, kind: 'train', title, state, stage, error, question })}${dev}`);
    } else if (ended !== undefined) {
      this.#announcer.say(
        {
          done: t('Training finished'),
          cancelled: t('Training cancelled'),
          failed: t('Training failed'),
          interrupted: t('Training interrupted'),
        }[ended],
      );
    }
  }
}

function aboutRun({ data, seed, devFile, testFile, device, ended, loss }: TrainingState): string {
  if (loss === '') return '';
  const rows = { synthetic: t('synthetic rows'), real: t('real rows only'), both: t('synthetic and real rows') }[
    data ?? 'synthetic'
  ];
  return [
    rows,
    devFile === undefined ? t('no dev file') : t('epoch chosen on {0}', visible(devFile)),
    testFile === undefined ? t('no test file') : t('tested on {0}', visible(testFile)),
    seed === undefined ? undefined : t('seed {0}', seed),
    ended === undefined ? undefined : device,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
