import { lossTitle, type TrainingState } from '../../src/protocol/training.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated, show } from '../shared/dom.ts';
import { dateOf } from '../shared/numbers.ts';
import { visible } from '../shared/visibleText.ts';
import { results, shown, type ResultRow, type Results, type Spread } from './results.ts';
import { t } from '../shared/l10n.ts';

export interface RunsTableActions {
  readonly openModel: (folder: string) => void;
  readonly show: (folder: string) => void;
}

/** This dataset's trainings side by side, and what their differences can bear. */
export class RunsTable {
  readonly element: HTMLElement;
  readonly #actions: RunsTableActions;
  #last = '';

  constructor(actions: RunsTableActions) {
    this.#actions = actions;
    this.element = h('section', { class: 'results', 'aria-labelledby': 'results-title' });
  }

  update({ runs, ended }: TrainingState): void {
    show(this.element, runs.length > 0);
    const key = JSON.stringify([runs, ended]);
    if (key === this.#last) return;
    this.#last = key;
    if (runs.length === 0) return;
    const table = results(runs);
    const title = ended === 'done' ? t('Results') : t('Earlier runs');
    const about =
      table.on === undefined
        ? t('None of these runs was measured: train with a test file to compare them.')
        : t(
            'Measured on the {0} rows of {1}, in %; classes show their F1.',
            table.measured.toLocaleString('en-US'),
            table.file ?? (table.on === 'test' ? t('the test file') : t('the dev file')),
          );
    fill(
      this.element,
      h('h2', { id: 'results-title' }, title),
      h('p', { class: 'faint' }, about),
      this.#table(table),
      table.groups.length > 0 && groupTable(table),
      table.words.length > 0 &&
        h(
          'div',
          { class: 'meaning' },
          h('h3', {}, t('What the differences mean')),
          h('ul', {}, ...table.words.map((each) => h('li', {}, each))),
        ),
    );
  }

  #table({ columns, rows, on }: Results): HTMLElement {
    const mixed = rows.some(({ run }) => run.data !== 'synthetic');
    const other = rows.some(({ comparable, cells }) => !comparable && cells.some(({ value }) => value !== undefined));
    return h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('Runs of this dataset') },
      h(
        'table',
        {},
        h('caption', { class: 'unseen' }, t('Runs of this dataset, newest first; the best of each column is marked')),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...[t('Run'), t('Loss')].map((name) => h('th', { scope: 'col' }, name)),
            h('th', { scope: 'col', class: 'number' }, t('Seed')),
            ...columns.map(({ title, label }) =>
              h(
                'th',
                { scope: 'col', class: 'number', title: label === undefined ? undefined : t('F1 of {0}', title) },
                isolated(visible(title)),
              ),
            ),
            mixed && h('th', { scope: 'col' }, t('Trained on')),
            h('th', { scope: 'col' }, h('span', { class: 'unseen' }, t('Model'))),
          ),
        ),
        h('tbody', {}, ...rows.map((row) => this.#row(row, mixed))),
      ),
      other &&
        h(
          'p',
          { class: 'faint note' },
          on === 'dev'
            ? t('* measured on other dev rows (another file, or other copies left out): not to be compared')
            : t('* measured on other test rows (another file, or other copies left out): not to be compared'),
        ),
    );
  }

  #row({ run, cells, comparable }: ResultRow, mixed: boolean): HTMLElement {
    const { created, loss, data, seed, current, model, folder } = run;
    const when = dateOf(created);
    return h(
      'tr',
      { class: `${current ? 'current' : ''}${comparable ? '' : ' apart'}`, 'aria-current': current && 'true' },
      h(
        'th',
        { scope: 'row' },
        current
          ? h('span', {}, when, h('span', { class: 'this-run' }, t(' this run')))
          : linkButton(
              when,
              () => {
                this.#actions.show(folder);
              },
              t('Show this run'),
            ),
      ),
      h('td', {}, lossTitle(loss)),
      h('td', { class: 'number' }, String(seed)),
      ...cells.map(({ value, best }) =>
        h(
          'td',
          { class: `number${best ? ' best' : ''}` },
          value === undefined ? '–' : shown(value),
          best && h('span', { class: 'unseen' }, t(' (best)')),
          !comparable && value !== undefined && '*',
        ),
      ),
      mixed && h('td', {}, rowsName(data)),
      h(
        'td',
        {},
        model !== undefined &&
          linkButton(
            t('Open model folder'),
            () => {
              this.#actions.openModel(model);
            },
            folder,
          ),
      ),
    );
  }
}

function groupTable({ groups }: Results): HTMLElement {
  const spread = ({ mean, deviation }: Spread): string =>
    deviation === undefined ? shown(mean) : `${shown(mean)} ± ${shown(deviation)}`;
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('Mean over seeds') },
    h(
      'table',
      { class: 'groups' },
      h('caption', {}, t('Mean ± standard deviation over seeds')),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...[t('Loss'), t('Trained on'), t('Seeds')].map((name) => h('th', { scope: 'col' }, name)),
          ...[t('Accuracy'), t('Macro-F1')].map((name) => h('th', { scope: 'col', class: 'number' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        ...groups.map(({ loss, data, seeds, accuracy, macroF1 }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, lossTitle(loss)),
            h('td', {}, rowsName(data)),
            h('td', {}, seeds.join(', ')),
            h('td', { class: 'number' }, spread(accuracy)),
            h('td', { class: 'number' }, spread(macroF1)),
          ),
        ),
      ),
    ),
  );
}

function rowsName(data: string): string {
  return { synthetic: t('synthetic'), real: t('real only'), both: t('synthetic, real') }[data] ?? data;
}
