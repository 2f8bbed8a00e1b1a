import { formatCount, formatShares } from '../../src/core/table/format.ts';
import type { QueryResult } from '../../src/protocol/data.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated, setText } from '../shared/dom.ts';
import { rowCount } from '../shared/numbers.ts';
import { visible } from '../shared/visibleText.ts';
import { t } from '../shared/l10n.ts';

/** Labels shown before "Show all". */
const fewLabels = 5;

/** What the weights amount to: the effective sample size, each label's share of all weights, and what was decided. */
export class Summary {
  readonly element: HTMLElement;
  readonly #ess = h('span', { class: 'big' });
  readonly #essWords = h('span', { class: 'muted' });
  readonly #labels = h('div', { class: 'shares', role: 'list', 'aria-label': t('Share of all weights by label') });
  readonly #more = linkButton('', () => {
    this.#all = !this.#all;
    if (this.#shown !== undefined) this.update(this.#shown);
  });
  readonly #decisions = h('div', { class: 'muted decisions' });
  #all = false;
  #shown: QueryResult['summary'] | undefined;

  constructor() {
    this.element = h(
      'section',
      { class: 'summary', 'aria-label': t('Summary') },
      h(
        'div',
        {
          class: 'ess',
          title: t(
            'Effective sample size, (Σw)² / Σw²: training on the weighted rows varies as it would with this many equally weighted ones',
          ),
        },
        this.#ess,
        this.#essWords,
      ),
      h(
        'div',
        { class: 'shares-head muted' },
        h('span', {}, t('Σw by label')),
        h('span', { class: 'key weighted' }, t('weighted')),
        h('span', { class: 'key real' }, t('real')),
      ),
      this.#labels,
      this.#more,
      this.#decisions,
    );
  }

  update(summary: QueryResult['summary']): void {
    this.#shown = summary;
    setText(this.#ess, formatCount(Math.round(summary.ess)));
    setText(this.#essWords, t(' of {0}’ worth', rowCount(summary.scored)));
    const most = Math.max(0.01, ...summary.perLabel.flatMap((entry) => [entry.weightShare, entry.realShare]));
    // Where there are many labels, those that the weights leave furthest from the real shares come first.
    const many = summary.perLabel.length > fewLabels;
    const shares = withWords(summary.perLabel);
    const ordered = many ? shares.sort((a, b) => gap(b) - gap(a)) : shares;
    fill(
      this.#labels,
      ...(this.#all ? ordered : ordered.slice(0, fewLabels)).map((entry) => {
        const words = t(
          '{0}: {1} of all weights, {2} of the real rows, {3} of the synthetic rows',
          visible(entry.label),
          entry.words.weightShare,
          entry.words.realShare,
          entry.words.syntheticShare,
        );
        const bar = h('span', { class: 'share-bar' }, h('span', { class: 'fill' }), h('span', { class: 'mark' }));
        const [filled, mark] = bar.children as unknown as [HTMLElement, HTMLElement];
        filled.style.width = `${(100 * entry.weightShare) / most}%`;
        mark.style.left = `${(100 * entry.realShare) / most}%`;
        return h(
          'div',
          { class: 'share', role: 'listitem', title: words, 'aria-label': words },
          isolated(visible(entry.label), 'share-label'),
          bar,
          h('span', { class: 'share-number' }, entry.words.weightShare),
          h('span', { class: 'share-number muted' }, entry.words.realShare),
        );
      }),
    );
    this.#more.hidden = !many;
    setText(
      this.#more,
      this.#all ? t('Show fewer labels') : t('Show all {0} labels', formatCount(summary.perLabel.length)),
    );
    const decisions = [
      [summary.relabelled, '{0} relabelled'],
      [summary.kept, '{0} kept'],
      [summary.removed, '{0} removed'],
      [summary.stale, '{0} changed since scoring'],
    ] as const;
    setText(
      this.#decisions,
      decisions
        .filter(([rows]) => rows > 0)
        .map(([rows, words]) => t(words, formatCount(rows)))
        .join(' · '),
    );
    this.#decisions.hidden = this.#decisions.textContent === '';
  }
}

type LabelShares = QueryResult['summary']['perLabel'][number];

/** Shares as they are shown: of all labels together they add to 100 %, also where only some are in sight. */
function withWords(
  perLabel: readonly LabelShares[],
): (LabelShares & { readonly words: Record<'weightShare' | 'realShare' | 'syntheticShare', string> })[] {
  const weight = formatShares(perLabel.map((entry) => entry.weightShare));
  const real = formatShares(perLabel.map((entry) => entry.realShare));
  const synthetic = formatShares(perLabel.map((entry) => entry.syntheticShare));
  return perLabel.map((entry, i) => ({
    ...entry,
    words: { weightShare: weight[i], realShare: real[i], syntheticShare: synthetic[i] },
  }));
}

function gap({ weightShare, realShare }: { weightShare: number; realShare: number }): number {
  return Math.abs(weightShare - realShare);
}
