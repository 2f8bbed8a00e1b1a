import { formatCount } from '../../src/core/table/format.ts';
import { editorWords } from '../../src/core/table/editorWords.ts';
import { baseline, type ComparisonResults, type MethodResult } from '../../src/protocol/compare.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { duration } from '../shared/numbers.ts';
import { withoutFolders } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { bestFirst, keptText, percent, points, pText, secondsOf, spread, standingWords, titleOf } from './words.ts';

export interface ResultsTableActions {
  readonly train: (method: string) => void;
}

/** Every method with its numbers, best first: quality, the difference to CE and what it is worth, cost. */
export class ResultsTable {
  readonly element = h('section', { class: 'numbers', 'aria-labelledby': 'numbers-title' });
  readonly #actions: ResultsTableActions;
  #last = '';

  constructor(actions: ResultsTableActions) {
    this.#actions = actions;
  }

  update(results: ComparisonResults | undefined): void {
    show(this.element, results !== undefined);
    const key = JSON.stringify(results);
    if (results === undefined || key === this.#last) return;
    this.#last = key;
    const { methods, labels, resamples } = results;
    // What waits for its turn is in the table of trainings.
    const rows = bestFirst(methods).filter(({ macroF1, failures }) => macroF1 !== undefined || failures.length > 0);
    fill(
      this.element,
      h('h2', { id: 'numbers-title' }, t('The numbers')),
      h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('Methods with their numbers') },
        h(
          'table',
          {},
          h('caption', { class: 'unseen' }, t('Methods, best macro-F1 first')),
          h('thead', {}, this.#head(labels)),
          h('tbody', {}, ...rows.map((row) => this.#row(row, results))),
        ),
      ),
      h(
        'ul',
        { class: 'how-to-read faint' },
        h('li', {}, t('Shares in %, mean ± standard deviation over seeds; classes show their F1.')),
        h(
          'li',
          {},
          t(
            'To CE: points of macro-F1 on the same seeds and rows, with the 95 % interval. "More than luck" is a p-value below 0.05 over rows and seeds, corrected for all methods (Holm); {0} bootstrap resamples.',
            formatCount(resamples),
          ),
        ),
        h(
          'li',
          {},
          t(
            'ESS: effective sample size, in % of the rows trained on. Time and passes (rows through the encoder) are those of one seed, with the checkers that the method needs.',
          ),
        ),
      ),
    );
  }

  #head(labels: readonly string[]): HTMLElement {
    const column = (name: string, title?: string): HTMLElement =>
      h('th', { scope: 'col', class: 'number', title }, name);
    return h(
      'tr',
      {},
      h('th', { scope: 'col' }, t('Method')),
      column(t('Macro-F1')),
      column(t('To CE')),
      h('th', { scope: 'col' }, t('Difference')),
      column(t('Accuracy')),
      ...labels.map((label) =>
        h('th', { scope: 'col', class: 'number', title: t('F1 of {0}', visible(label)) }, isolated(visible(label))),
      ),
      column(t('Rows kept')),
      column(t('ESS'), t('Effective sample size')),
      column(t('Time')),
      column(t('Passes'), t('Rows through the encoder')),
      h('th', { scope: 'col' }, h('span', { class: 'unseen' }, t('Train'))),
    );
  }

  #row(result: MethodResult, { labels, syntheticRows, realRows, recommended }: ComparisonResults): HTMLElement {
    const { method, macroF1, accuracy, perClass, difference, failures, seeds, ess, trainedRows, trainable } = result;
    const name = titleOf(method);
    const head = h('th', { scope: 'row' }, name);
    const number = (text: string, title?: string): HTMLElement => h('td', { class: 'number', title }, text);
    if (macroF1 === undefined) {
      const reason = withoutFolders(editorWords(failures[0].reason));
      const why = h('span', { class: 'reason' }, visible(reason));
      return h(
        'tr',
        { class: 'apart' },
        head,
        h('td', { colspan: 9 + labels.length }, t('Could not be run:'), ' ', why),
      );
    }
    return h(
      'tr',
      { class: method === recommended ? 'current' : '' },
      head,
      number(
        spread(macroF1),
        t('95 % interval {0} to {1}, seeds {2}', percent(macroF1.low), percent(macroF1.high), seeds.join(', ')),
      ),
      number(
        difference === undefined
          ? '–'
          : `${points(difference.mean)} (${points(difference.low)} … ${points(difference.high)})`,
      ),
      standingCell(result),
      number(accuracy === undefined ? '–' : spread(accuracy)),
      ...labels.map((label) => number(Object.hasOwn(perClass, label) ? percent(perClass[label].mean) : '–')),
      number(formatCount(trainedRows), keptText(result, { syntheticRows, realRows })),
      number(ess === undefined ? '–' : `${percent(ess)}`),
      number(
        duration(secondsOf(result)),
        result.seconds.checkers === 0
          ? t('No checkers needed')
          : t('{0} of training, {1} of checkers', duration(result.seconds.training), duration(result.seconds.checkers)),
      ),
      number(...passesOf(result)),
      h(
        'td',
        {},
        trainable &&
          linkButton(
            t('Train'),
            () => {
              this.#actions.train(method);
            },
            t('Train a classifier with {0} …', name),
          ),
      ),
    );
  }
}

function standingCell({ method, difference }: MethodResult): HTMLElement {
  if (method === baseline) return h('td', { class: 'faint' }, t('the reference'));
  if (difference === undefined) return h('td', {}, '–');
  const { standing, p } = difference;
  return h(
    'td',
    {},
    h('span', { class: `standing ${standing.replace(' ', '-')}` }, standingWords(standing)),
    ' ',
    h('span', { class: 'faint' }, pText(p)),
  );
}

/** In all, and how they are made up. */
function passesOf({ passes }: MethodResult): [string, string?] {
  if (passes === undefined) return ['–'];
  const { forward, backward } = passes;
  return [
    formatCount(forward + backward),
    t('{0} forward and backward, {1} forward only', formatCount(backward), formatCount(forward)),
  ];
}
