import { columns, type SortKey } from '../../src/core/table/columns.ts';
import { formatCount } from '../../src/core/table/format.ts';
import type { Sorting } from '../../src/protocol/data.ts';
import { linkButton, toolButton } from '../shared/controls.ts';
import { fill, h, setAttribute, setText, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { MenuButton } from '../shared/menu.ts';
import { rowCount } from '../shared/numbers.ts';
import { t } from '../shared/l10n.ts';
import { RankBy, lowerBound, type Order } from './rankBy.ts';

export interface BulkActions {
  readonly relabel: () => void;
  readonly remove: () => void;
  readonly keep: () => void;
  readonly clear: () => void;
  readonly copyText: () => void;
  readonly copyJson: () => void;
  readonly selectAll: () => void;
  readonly deselect: () => void;
  readonly toggleDetails: () => void;
  readonly sort: (key: SortKey) => void;
  /** The largest first, or the other way round where they are already. */
  readonly rank: (key: SortKey) => void;
}

export interface BulkState {
  /** Rows shown, and rows of the dataset. */
  readonly count: number;
  readonly total: number;
  readonly selected: number;
  /** Every row that matches is selected. */
  readonly all: boolean;
  readonly scored: boolean;
  readonly details: boolean;
  readonly sorting: Sorting;
  /** Whether weights have intervals. */
  readonly intervals: boolean;
  /** A question is under way that takes a while. */
  readonly busy: boolean;
}

/** The line above the list: how many rows match, how many are selected and what can be done with them. */
export class BulkBar {
  readonly element: HTMLElement;
  readonly #words = h('span', { class: 'bulk-words' });
  readonly #actions = h('span', { class: 'bulk-actions', role: 'group', 'aria-label': t('Selected rows') });
  readonly #selectAll: HTMLButtonElement;
  readonly #relabel: HTMLButtonElement;
  readonly #details: HTMLButtonElement;
  readonly #sort: MenuButton;
  readonly #rank: RankBy;
  #intervals = false;

  constructor(actions: BulkActions) {
    this.#relabel = linkButton(
      t('Relabel to suggestion'),
      actions.relabel,
      t('Rows without a suggestion stay as they are (r)'),
    );
    this.#selectAll = linkButton('', actions.selectAll, t('Ctrl+A in the list'));
    const more = new MenuButton(
      t('More actions on the selected rows'),
      () => [
        { label: t('Take back the decision'), choose: actions.clear },
        { label: t('Copy text'), choose: actions.copyText },
        { label: t('Copy JSON'), choose: actions.copyJson },
      ],
      { icon: 'ellipsis' },
    );
    fill(
      this.#actions,
      this.#relabel,
      linkButton(t('Remove'), actions.remove, t('Remove from the file (x)')),
      linkButton(t('Keep'), actions.keep, t('Keep as they are (k)')),
      more.element,
      toolButton(t('Clear the selection (Escape)'), 'close', actions.deselect),
    );
    this.#details = toolButton(t('Details (Space)'), 'layout-sidebar-right', actions.toggleDetails);
    this.#sort = new MenuButton(
      t('Sort by'),
      () =>
        columns
          .filter(({ id }) => id !== 'text')
          .flatMap(({ id, title, help }): readonly Order[] => {
            const order = { key: id, title: id === 'rank' ? 'Rank' : title, help };
            return id === 'weight' && this.#intervals ? [order, lowerBound] : [order];
          })
          .map(({ key, title, help }) => ({
            label: t(title),
            detail: t(help),
            choose: () => {
              actions.sort(key);
            },
          })),
      { className: 'menu-button sort-menu' },
    );
    this.#rank = new RankBy(actions.rank);
    this.element = h(
      'div',
      { class: 'bulk' },
      this.#words,
      this.#actions,
      this.#selectAll,
      h('span', { class: 'bulk-end' }, this.#rank.element, this.#sort.element, this.#details),
    );
  }

  update(state: BulkState): void {
    const many = state.selected > 1 || state.all;
    setText(this.#words, bulkWords(state));
    show(this.#actions, many);
    show(this.#relabel, state.scored);
    this.element.classList.toggle('selecting', many);
    this.element.classList.toggle('busy', state.busy);
    show(this.#selectAll, state.count > 1 && !state.all);
    setText(
      this.#selectAll,
      state.count === state.total
        ? t('Select all {0}', formatCount(state.count))
        : t('Select all {0} that match', formatCount(state.count)),
    );
    this.element.classList.toggle('unscored', !state.scored);
    setAttribute(this.#details, 'aria-pressed', String(state.details));
    this.#intervals = state.intervals;
    this.#rank.update(state.sorting, state.intervals);
    const words = this.#sort.element.querySelector('.words');
    if (words !== null) setText(words, t('Sort: {0}', t(titleOf(state.sorting.column))));
  }

  /** Details are beside the list or below it. */
  setSide(beside: boolean): void {
    this.#details.replaceChildren(icon(beside ? 'layout-sidebar-right' : 'layout-panel'));
  }
}

function titleOf(key: SortKey): string {
  if (key === lowerBound.key) return lowerBound.title;
  return key === 'rank' ? 'Rank' : (columns.find(({ id }) => id === key)?.title ?? '');
}

/** e.g. `340 of 469 rows`, `12 selected`, `All 340 rows that match are selected`. */
export function bulkWords({ count, total, selected, all }: BulkState): string {
  if (all) {
    return count === total
      ? t('All {0} rows selected', formatCount(count))
      : t('All {0} matching rows selected', formatCount(count));
  }
  if (selected > 1) return t('{0} selected', formatCount(selected));
  return count === total ? rowCount(total) : t('{0} of {1}', formatCount(count), rowCount(total));
}
