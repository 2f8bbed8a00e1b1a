import type { CompareLive, CompareState } from '../../src/protocol/compare.ts';
import { editorWords } from '../../src/core/table/editorWords.ts';
import { Announcer } from '../shared/announcer.ts';
import { around } from '../shared/around.ts';
import { fill, h, isolated, setText, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { fileName, withoutFolders } from '../shared/paths.ts';
import { formatCount } from '../../src/core/table/format.ts';
import { stateLine } from '../shared/stateLine.ts';
import { visible } from '../shared/visibleText.ts';
import { Warnings } from '../shared/warnings.ts';
import { Advice, type AdviceActions } from './advice.ts';
import { DotChart } from './dotChart.ts';
import { Progress, type ProgressActions } from './progress.ts';
import { ResultsTable } from './resultsTable.ts';
import { RunsList, type RunsListActions } from './runsList.ts';
import { SeedGrid } from './seedGrid.ts';
import { titleOf } from './words.ts';

export type ViewActions = ProgressActions & AdviceActions & RunsListActions;

/** The whole Compare view. */
export class View {
  readonly #title = h('h1', {});
  readonly #about = h('p', { class: 'faint about' });
  readonly #announcer = new Announcer();
  readonly #progress: Progress;
  readonly #fault = h('div', { hidden: true });
  readonly #advice: Advice;
  readonly #chart = new DotChart();
  readonly #grid = new SeedGrid();
  readonly #table: ResultsTable;
  readonly #warnings = new Warnings();
  readonly #runs: RunsList;
  readonly #body = h('div', { class: 'body' });
  #state: CompareState | undefined;
  #order = '';

  constructor(root: HTMLElement, actions: ViewActions) {
    this.#progress = new Progress(actions);
    this.#advice = new Advice(actions);
    this.#table = new ResultsTable(actions);
    this.#runs = new RunsList(actions);
    fill(root, h('main', {}, h('header', {}, this.#title, this.#about), this.#body, this.#announcer.element));
  }

  /** What changes with every step. */
  live(live: CompareLive): void {
    if (this.#state !== undefined) this.update({ ...this.#state, ...live });
  }

  update(state: CompareState): void {
    this.#state = state;
    const dataset = visible(fileName(state.dataset));
    fill(this.#title, ...around('Methods on {0}', isolated(dataset)));
    setText(this.#about, aboutComparison(state));
    this.#progress.update(state);
    this.#advice.update(state);
    this.#chart.update(state.results);
    this.#grid.update(state);
    this.#table.update(state.results);
    this.#warnings.update(state.warnings, [state.dataset]);
    this.#runs.update(state);
    show(this.#fault, state.fault !== undefined);
    if (state.fault !== undefined)
      fill(this.#fault, stateLine('error', 'bad', withoutFolders(editorWords(state.fault))));
    this.#arrange(state.ended === 'done');
    this.#announce(state);
  }

  /** While it runs, every training is watched; once there is a result, the numbers come before them. */
  #arrange(isDone: boolean): void {
    const order = isDone ? 'result' : 'trainings';
    if (order === this.#order) return;
    this.#order = order;
    const [grid, table] = [this.#grid.element, this.#table.element];
    fill(
      this.#body,
      this.#progress.element,
      this.#fault,
      this.#advice.element,
      this.#chart.element,
      ...(isDone ? [table, this.#warnings.element, grid] : [grid, table, this.#warnings.element]),
      this.#runs.element,
    );
  }

  #announce({ job, ended, next, done, total, results }: CompareState): void {
    // Every step would be chatter: trainings are news.
    if (ended === undefined && job !== undefined) {
      if (job.question !== undefined) this.#announcer.say(job.question);
      else if (next !== undefined && done !== undefined && total !== undefined) {
        this.#announcer.say(
          t('{0} of {1} trainings done; now {2}, seed {3}', done, total, titleOf(next.method), next.seed),
        );
      }
    } else if (ended !== undefined) {
      const words = {
        done: t('Comparison finished'),
        cancelled: t('Comparison cancelled'),
        failed: t('Comparison failed'),
        interrupted: t('Comparison interrupted'),
      }[ended];
      this.#announcer.say(ended === 'done' && results !== undefined ? `${words}. ${results.advice}` : words);
    }
  }
}

function aboutComparison({
  methods,
  seeds,
  results,
  realFile,
  devFile,
  testFile,
  effort,
  device,
  ended,
}: CompareState): string {
  if (methods.length === 0) return '';
  const name = (file: string): string => visible(file);
  const checkers = {
    preview: t('preview checkers'),
    standard: t('standard checkers'),
    paper: t('checkers as published'),
  };
  return [
    methods.length === 1 ? t('1 method') : t('{0} methods', methods.length),
    seeds.length === 1 ? t('1 seed') : t('{0} seeds', seeds.length),
    results === undefined
      ? undefined
      : t('{0} synthetic, {1} real rows', formatCount(results.syntheticRows), formatCount(results.realRows)),
    realFile === undefined ? undefined : t('weighed by {0}', name(realFile)),
    devFile === undefined ? t('no dev file') : t('epoch chosen on {0}', name(devFile)),
    testFile === undefined ? undefined : t('tested on {0}', name(testFile)),
    effort === 'preview' || effort === 'standard' || effort === 'paper' ? checkers[effort] : undefined,
    ended === undefined ? undefined : device,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
