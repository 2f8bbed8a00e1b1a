import { lossTitle, type TrainingApi, type TrainingLive, type TrainingState } from '../../src/protocol/training.ts';
import { Announcer } from '../shared/announcer.ts';
import { fill, h, isolated, setText, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { jobWords } from '../shared/jobLine.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { Curves } from './curves.ts';
import { Progress, type ProgressActions } from './progress.ts';
import { RunsTable, type RunsTableActions } from './runsTable.ts';
import { TryIt } from './tryIt.ts';

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
  readonly #warnings = h('details', { class: 'warnings' });
  readonly #body = h('div', { class: 'body' });
  #state: TrainingState | undefined;
  #order = '';
  #warned = '';

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
    fill(this.#title, state.loss === '' ? 'Training on ' : `${lossTitle(state.loss)} on `, isolated(dataset));
    setText(this.#about, aboutRun(state));
    this.#progress.update(state);
    this.#curves.update(state);
    this.#runs.update(state);
    this.#try.update(state);
    this.#drawWarnings(state.warnings);
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
    const parts = isDone ? [runs, tryIt, this.#warnings, curves] : [curves, this.#warnings, runs, tryIt];
    fill(this.#body, this.#progress.element, ...parts);
  }

  #drawWarnings(warnings: readonly string[]): void {
    show(this.#warnings, warnings.length > 0);
    const key = warnings.join('\n');
    if (key === this.#warned) return;
    this.#warned = key;
    fill(
      this.#warnings,
      h(
        'summary',
        {},
        icon('chevron-right', 'twisty'),
        icon('warning'),
        warnings.length === 1 ? '1 warning' : `${String(warnings.length)} warnings`,
      ),
      h('ul', {}, ...warnings.map((warning) => h('li', {}, visible(warning)))),
    );
  }

  #announce({ job, ended, epochs }: TrainingState): void {
    // Every step would be chatter: stages and epochs are news.
    if (ended === undefined && job !== undefined) {
      const { title, state, stage, error } = job;
      const epoch = epochs.at(-1);
      const dev =
        epoch?.accuracy === undefined
          ? ''
          : `, epoch ${String(epoch.epoch)}: accuracy ${(100 * epoch.accuracy).toFixed(1)} %`;
      this.#announcer.say(`${jobWords({ id: 0, kind: 'train', title, state, stage, error })}${dev}`);
    } else if (ended !== undefined) {
      this.#announcer.say(
        {
          done: 'Training finished',
          cancelled: 'Training cancelled',
          failed: 'Training failed',
          interrupted: 'Training interrupted',
        }[ended],
      );
    }
  }
}

function aboutRun({ data, seed, devFile, testFile, device, ended, loss }: TrainingState): string {
  if (loss === '') return '';
  const rows = { synthetic: 'synthetic rows', real: 'real rows only', both: 'synthetic and real rows' }[
    data ?? 'synthetic'
  ];
  return [
    rows,
    devFile === undefined ? 'no dev file' : `epoch chosen on ${visible(devFile)}`,
    testFile === undefined ? 'no test file' : `tested on ${visible(testFile)}`,
    seed === undefined ? undefined : `seed ${String(seed)}`,
    ended === undefined ? undefined : device,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
