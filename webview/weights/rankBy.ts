import { columns, type ColumnId, type SortKey } from '../../src/core/table/columns.ts';
import type { RunFacts, Sorting } from '../../src/protocol/data.ts';
import { fill, h, setAttribute } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';

export interface Order {
  readonly key: SortKey;
  readonly title: string;
  readonly help: string;
}

/** The lower bound of the weight, which has no column of its own: the weight's shows it. */
export const lowerBound: Order = {
  key: 'weightLow',
  title: 'Lower bound',
  help: 'The lower end of the weight’s interval: rows first whose weight is large for sure',
};

/** What rows can be ranked by: how much they count, how much they count for sure, and how well their label fits. */
const ranks: readonly Order[] = [of('weight'), lowerBound, of('quality')];

function of(id: ColumnId): Order {
  const column = columns.find((each) => each.id === id);
  if (column === undefined) throw new Error(`there is no column ${id}`);
  return { key: id, title: column.title, help: column.help };
}

/** Whether the rows of a run have intervals. */
export function hasIntervals(run: RunFacts | undefined): boolean {
  return run?.sureness?.interval !== undefined;
}

/** The order that can be had of the one that is wanted: without intervals, weights take the place of their lower bounds. */
export function orderOf(wanted: Sorting, run: RunFacts | undefined): Sorting {
  return wanted.column === 'weightLow' && !hasIntervals(run) ? { ...wanted, column: 'weight' } : wanted;
}

/** The next order once `key` is chosen: the first choice puts the largest first, another turns it round. */
export function chosenOrder(now: Sorting, key: SortKey, descendingFirst: boolean): Sorting {
  return { column: key, descending: now.column === key ? !now.descending : descendingFirst };
}

/** What rows are ranked by, beside the list's header: one of three, or none where another column sorts. */
export class RankBy {
  readonly element: HTMLElement;
  readonly #buttons: readonly { readonly order: Order; readonly button: HTMLButtonElement }[];
  #drawn = '';

  constructor(choose: (key: SortKey) => void) {
    const name = t('Rank by');
    this.#buttons = ranks.map((order) => ({
      order,
      button: h('button', {
        type: 'button',
        class: 'segment',
        title: t(order.help),
        onclick: () => {
          choose(order.key);
        },
      }),
    }));
    this.element = h(
      'div',
      { class: 'rank-by' },
      h('span', { class: 'muted', 'aria-hidden': 'true' }, name),
      h('div', { class: 'segments', role: 'group', 'aria-label': name }, ...this.#buttons.map(({ button }) => button)),
    );
  }

  /** @param intervals Whether there are lower bounds. */
  update({ column, descending }: Sorting, intervals: boolean): void {
    const drawn = JSON.stringify([column, descending, intervals]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    for (const { order, button } of this.#buttons) {
      const isOn = order.key === column;
      button.hidden = order.key === 'weightLow' && !intervals;
      setAttribute(button, 'aria-pressed', String(isOn));
      fill(
        button,
        h('span', {}, t(order.title)),
        isOn && icon(descending ? 'arrow-down' : 'arrow-up'),
        isOn && h('span', { class: 'unseen' }, descending ? t(', largest first') : t(', least first')),
      );
    }
  }
}
