import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import type { QueryResult } from '../../src/protocol/data.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated, setText } from '../shared/dom.ts';
import { rowCount } from '../shared/numbers.ts';
import { visible } from '../shared/visibleText.ts';

/** Labels shown before "Show all". */
const fewLabels = 5;

/** What the weights amount to: the effective sample size, each label's share of all weights, and what was decided. */
export class Summary {
  readonly element: HTMLElement;
  readonly #ess = h('span', { class: 'big' });
  readonly #essWords = h('span', { class: 'muted' });
  readonly #labels = h('div', { class: 'shares', role: 'list', 'aria-label': 'Share of all weights by label' });
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
      { class: 'summary', 'aria-label': 'Summary' },
      h(
        'div',
        {
          class: 'ess',
          title:
            'Effective sample size, (Σw)² / Σw²: training on the weighted rows varies as it would with this many equally weighted ones',
        },
        this.#ess,
        this.#essWords,
      ),
      h(
        'div',
        { class: 'shares-head muted' },
        h('span', {}, 'Σw by label'),
        h('span', { class: 'key weighted' }, 'weighted'),
        h('span', { class: 'key real' }, 'real'),
      ),
      this.#labels,
      this.#more,
      this.#decisions,
    );
  }

  update(summary: QueryResult['summary']): void {
    this.#shown = summary;
    setText(this.#ess, formatCount(Math.round(summary.ess)));
    setText(this.#essWords, ` of ${rowCount(summary.scored)}’ worth`);
    const most = Math.max(0.01, ...summary.perLabel.flatMap((entry) => [entry.weightShare, entry.realShare]));
    // Where there are many labels, those that the weights leave furthest from the real shares come first.
    const many = summary.perLabel.length > fewLabels;
    const ordered = many ? [...summary.perLabel].sort((a, b) => gap(b) - gap(a)) : summary.perLabel;
    fill(
      this.#labels,
      ...(this.#all ? ordered : ordered.slice(0, fewLabels)).map((entry) => {
        const words = `${visible(entry.label)}: ${formatPercent(entry.weightShare)} of all weights, ${formatPercent(entry.realShare)} of the real rows, ${formatPercent(entry.syntheticShare)} of the synthetic rows`;
        const bar = h('span', { class: 'share-bar' }, h('span', { class: 'fill' }), h('span', { class: 'mark' }));
        const [filled, mark] = bar.children as unknown as [HTMLElement, HTMLElement];
        filled.style.width = `${(100 * entry.weightShare) / most}%`;
        mark.style.left = `${(100 * entry.realShare) / most}%`;
        return h(
          'div',
          { class: 'share', role: 'listitem', title: words, 'aria-label': words },
          isolated(visible(entry.label), 'share-label'),
          bar,
          h('span', { class: 'share-number' }, formatPercent(entry.weightShare)),
          h('span', { class: 'share-number muted' }, formatPercent(entry.realShare)),
        );
      }),
    );
    this.#more.hidden = !many;
    setText(this.#more, this.#all ? 'Show fewer labels' : `Show all ${formatCount(summary.perLabel.length)} labels`);
    const decisions = [
      [summary.relabelled, 'relabelled'],
      [summary.kept, 'kept'],
      [summary.removed, 'removed'],
      [summary.stale, 'changed since scoring'],
    ] as const;
    setText(
      this.#decisions,
      decisions
        .filter(([rows]) => rows > 0)
        .map(([rows, what]) => `${formatCount(rows)} ${what}`)
        .join(' · '),
    );
    this.#decisions.hidden = this.#decisions.textContent === '';
  }
}

function gap({ weightShare, realShare }: { weightShare: number; realShare: number }): number {
  return Math.abs(weightShare - realShare);
}
