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
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

export type PanelCommand = PanelApi['command']['params']['name'];

export interface HeaderActions {
  readonly command: (name: PanelCommand) => void;
  readonly export: (kind: ExportKind) => void;
  /** How far the weights can be trusted. */
  readonly showSureness: () => void;
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
  readonly #sure: HTMLElement;
  #state: PanelState | undefined;
  #drawn = '';

  constructor(actions: HeaderActions) {
    this.#job = new JobLine({
      cancel: () => {
        actions.command('cancel');
      },
      begin: () => {
        actions.command('begin');
      },
      resume: () => {
        actions.command('resume');
      },
      showLog: () => {
        actions.command('showLog');
      },
      dismissed: () => {
        this.update(this.#state);
      },
    });
    this.#inFull = linkButton(
      t('Score in full'),
      () => {
        actions.command('rescore');
      },
      t('These are preview scores, for a first look; only standard scores call rows misaligned in the editor'),
    );
    this.#sure = linkButton(
      t('How sure?'),
      actions.showSureness,
      t('What the probabilities are worth, and whether more real rows would help'),
    );
    this.#train = button(t('Train classifier'), {
      title: t('Train a classifier on the weighted rows'),
      press: () => {
        actions.command('train');
      },
    });
    this.#rescore = button('', {
      icon: 'sync',
      secondary: true,
      title: t('Only these rows, with the checkers of this run'),
      press: () => {
        actions.command('rescoreChanged');
      },
    });
    const exports: readonly (readonly [ExportKind, string, string])[] = [
      ['weighted', t('Weighted JSONL'), t('every row with its weight')],
      ['filtered', t('Filtered JSONL'), t('the rows shown')],
      ['corrected', t('Corrected JSONL'), t('relabelled and removed as decided')],
      ['csv', t('CSV'), t('all numbers, for a spreadsheet')],
    ];
    this.#export = new MenuButton(t('Export'), () =>
      exports.map(([kind, label, detail]) => ({
        label,
        detail,
        choose: () => {
          actions.export(kind);
        },
      })),
    );
    const more = new MenuButton(
      t('More'),
      () =>
        (
          [
            ['rescore', t('Score again')],
            ['compare', t('Compare methods')],
            ['chooseReal', t('Choose real file')],
            ['showProblems', t('Show problems')],
            ['showLog', t('Show log')],
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
        ...(facts.realPath === undefined
          ? []
          : around(
              facts.realRows === 1 ? ' · {0} real row in {1}' : ' · {0} real rows in {1}',
              formatCount(facts.realRows),
              isolated(visible(fileName(facts.realPath))),
            )),
      );
    }
    const effort = run && { preview: t('Preview'), standard: t('Standard'), paper: t('Paper') }[run.effort];
    show(this.#badge, effort !== undefined);
    setText(this.#badge, effort ?? '');
    this.#badge.classList.toggle('preview', run?.effort === 'preview');
    setAttribute(this.#badge, 'title', run && t(effortHelp[run.effort]));
    if (run !== undefined) {
      fill(
        this.#checker,
        icon(run.quality.accuracy === undefined ? 'info' : 'pass'),
        h('span', {}, checkerWords(run)),
        this.#sure,
        run.effort === 'preview' && encoderMissing === undefined && this.#inFull,
      );
      setAttribute(this.#checker, 'title', checkerNumbers(run));
    }
    show(this.#train, run !== undefined);
    show(this.#export.element, run !== undefined && facts !== undefined && facts.rows > 0);
    const stale = run?.staleRows ?? 0;
    show(this.#rescore, stale > 0);
    relabel(
      this.#rescore,
      stale === 1 ? t('Re-score 1 changed row') : t('Re-score {0} changed rows', formatCount(stale)),
    );
  }
}

/** e.g. `Quality checker: fine-tuned, 76 % right on real rows it has not seen`. */
export function checkerWords({ quality }: RunFacts): string {
  const kind =
    {
      probe: t('logistic probe on the encoder'),
      'tf-idf': t('word counts (TF-IDF), without the encoder'),
      'fine-tuned': t('fine-tuned'),
    }[quality.kind] ?? quality.kind;
  const right =
    quality.accuracy === undefined
      ? t('not measured on real rows it has not seen')
      : t('{0} right on real rows it has not seen', formatPercent(quality.accuracy));
  return t('Quality checker: {0}, {1}', kind, right);
}

/** For those who want to know more. */
function checkerNumbers({ quality, model, device, method }: RunFacts): string {
  return [
    quality.logLoss === undefined ? undefined : t('log-loss {0}', quality.logLoss.toFixed(3)),
    quality.ece === undefined ? undefined : t('calibration error {0}', quality.ece.toFixed(3)),
    model === undefined ? undefined : t('encoder {0}', model),
    t('method {0}', method.toUpperCase()),
    t('device {0}', device),
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
