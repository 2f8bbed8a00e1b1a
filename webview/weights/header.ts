import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import type { ExportKind, RunFacts } from '../../src/protocol/data.ts';
import type { PanelApi, PanelState } from '../../src/protocol/panel.ts';
import { badge, button, linkButton, relabel } from '../shared/controls.ts';
import { fill, h, isolated, setAttribute, setText, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { JobLine } from '../shared/jobLine.ts';
import { MenuButton } from '../shared/menu.ts';
import { rowCount } from '../shared/numbers.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';

export type PanelCommand = PanelApi['command']['params']['name'];

export interface HeaderActions {
  readonly command: (name: PanelCommand) => void;
  readonly export: (kind: ExportKind) => void;
}

const effortHelp = {
  preview: 'Quick scores for a first look; only standard scores call rows misaligned',
  standard: 'Scores of checkers that were trained in full',
  paper: 'Scores with the settings of the paper',
} as const;

/** Which dataset this is, how it was scored, and what can be done with all of it. */
export class Header {
  readonly element: HTMLElement;
  readonly #name = h('h1', { class: 'dataset-name' });
  readonly #rows = h('span', { class: 'muted dataset-rows' });
  readonly #badge = badge('');
  readonly #checker = h('p', { class: 'checker muted' });
  readonly #train: HTMLElement;
  readonly #rescore: HTMLElement;
  readonly #export: MenuButton;
  readonly #job: JobLine;
  readonly #inFull: HTMLElement;
  #state: PanelState | undefined;
  #drawn = '';

  constructor(actions: HeaderActions) {
    this.#job = new JobLine({
      cancel: () => {
        actions.command('cancel');
      },
      showLog: () => {
        actions.command('showLog');
      },
      dismissed: () => {
        this.update(this.#state);
      },
    });
    this.#inFull = linkButton(
      'Score in full',
      () => {
        actions.command('rescore');
      },
      'These are preview scores, for a first look; only standard scores call rows misaligned in the editor',
    );
    this.#train = button('Train classifier', {
      title: 'Train a classifier on the weighted rows',
      press: () => {
        actions.command('train');
      },
    });
    this.#rescore = button('', {
      icon: 'sync',
      secondary: true,
      title: 'Only these rows, with the checkers of this run',
      press: () => {
        actions.command('rescoreChanged');
      },
    });
    const exports: readonly (readonly [ExportKind, string, string])[] = [
      ['weighted', 'Weighted JSONL', 'every row with its weight'],
      ['filtered', 'Filtered JSONL', 'the rows shown'],
      ['corrected', 'Corrected JSONL', 'relabelled and removed as decided'],
      ['csv', 'CSV', 'all numbers, for a spreadsheet'],
    ];
    this.#export = new MenuButton('Export', () =>
      exports.map(([kind, label, detail]) => ({
        label,
        detail,
        choose: () => {
          actions.export(kind);
        },
      })),
    );
    const more = new MenuButton(
      'More',
      () =>
        (
          [
            ['rescore', 'Score again'],
            ['chooseReal', 'Choose real file'],
            ['showProblems', 'Show problems'],
            ['showLog', 'Show log'],
          ] as const
        ).map(([name, label]) => ({
          label,
          choose: () => {
            actions.command(name);
          },
        })),
      { icon: 'ellipsis' },
    );
    this.element = h(
      'header',
      { class: 'panel-header' },
      h(
        'div',
        { class: 'panel-title' },
        h('div', { class: 'title-line' }, this.#name, this.#badge, this.#rows),
        // What a job does takes the place of how the last one was: nothing below moves.
        h('div', { class: 'second-line' }, this.#job.element, this.#checker),
      ),
      h('div', { class: 'panel-buttons' }, this.#rescore, this.#train, this.#export.element, more.element),
      this.#job.bar,
    );
  }

  /** @param state Undefined before the host has told anything. */
  update(state: PanelState | undefined): void {
    this.#state = state;
    const hasJob = this.#job.update(state?.job);
    show(this.#checker, state?.run !== undefined && !hasJob);
    // Progress comes many times a second; the rest stays as it is, with whatever points at it.
    const key = JSON.stringify([
      state?.path,
      state?.facts?.rows,
      state?.facts?.realPath,
      state?.facts?.realRows,
      state?.run,
      state?.encoderMissing,
    ]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#draw(state);
  }

  #draw(state: PanelState | undefined): void {
    const { path, facts, run, encoderMissing } = state ?? {};
    fill(this.#name, path === undefined ? 'Counterweight' : isolated(visible(fileName(path))));
    setAttribute(this.#name, 'title', path && visible(path));
    if (facts !== undefined) {
      fill(
        this.#rows,
        rowCount(facts.rows),
        facts.realPath !== undefined &&
          ` · ${formatCount(facts.realRows)} real ${facts.realRows === 1 ? 'row' : 'rows'} in `,
        facts.realPath !== undefined && isolated(visible(fileName(facts.realPath))),
      );
    }
    const effort = run && { preview: 'Preview', standard: 'Standard', paper: 'Paper' }[run.effort];
    show(this.#badge, effort !== undefined);
    setText(this.#badge, effort ?? '');
    this.#badge.classList.toggle('preview', run?.effort === 'preview');
    setAttribute(this.#badge, 'title', run && effortHelp[run.effort]);
    if (run !== undefined) {
      fill(
        this.#checker,
        icon(run.quality.accuracy === undefined ? 'info' : 'pass'),
        h('span', {}, checkerWords(run)),
        run.effort === 'preview' && encoderMissing === undefined && this.#inFull,
      );
      setAttribute(this.#checker, 'title', checkerNumbers(run));
    }
    show(this.#train, run !== undefined);
    show(this.#export.element, run !== undefined && facts !== undefined && facts.rows > 0);
    const stale = run?.staleRows ?? 0;
    show(this.#rescore, stale > 0);
    relabel(this.#rescore, stale === 1 ? 'Re-score 1 changed row' : `Re-score ${formatCount(stale)} changed rows`);
  }
}

/** e.g. `Quality checker: fine-tuned, 76 % right on real rows it has not seen`. */
export function checkerWords({ quality }: RunFacts): string {
  const kind =
    { probe: 'logistic probe on the encoder', 'tf-idf': 'word counts (TF-IDF), without the encoder' }[quality.kind] ??
    quality.kind;
  const right =
    quality.accuracy === undefined
      ? 'not measured on real rows it has not seen'
      : `${formatPercent(quality.accuracy)} right on real rows it has not seen`;
  return `Quality checker: ${kind}, ${right}`;
}

/** For those who want to know more. */
function checkerNumbers({ quality, model, device, method }: RunFacts): string {
  return [
    quality.logLoss === undefined ? undefined : `log-loss ${quality.logLoss.toFixed(3)}`,
    quality.ece === undefined ? undefined : `calibration error ${quality.ece.toFixed(3)}`,
    model === undefined ? undefined : `encoder ${model}`,
    `method ${method.toUpperCase()}`,
    `device ${device}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
