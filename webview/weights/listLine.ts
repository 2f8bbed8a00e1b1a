import type { RowActionId } from '../../src/core/table/actions.ts';
import type { SortKey } from '../../src/core/table/columns.ts';
import { Announcer } from '../shared/announcer.ts';
import { linkButton } from '../shared/controls.ts';
import { h } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { rowCount } from '../shared/numbers.ts';
import { BulkBar, bulkWords, type BulkState } from './bulkBar.ts';
import type { Model } from './model.ts';
import { hasIntervals, orderOf } from './rankBy.ts';
import type { Rows } from './rows.ts';

export interface ListLineEvents {
  readonly act: (action: RowActionId) => void;
  readonly toggleDetails: () => void;
  readonly isDetailsOpen: () => boolean;
  /** @param descendingFirst Where it is not the column's own. */
  readonly sort: (key: SortKey, descendingFirst?: boolean) => void;
  /** All rows are wanted. */
  readonly clearFilters: () => void;
  /** Whether an answer is waited for. */
  readonly isPending: () => boolean;
}

/** What is said of the list as a whole, to the eye and to screen readers: how many rows match, how many are selected. */
export class ListLine {
  readonly bar: BulkBar;
  readonly announcer = new Announcer();
  readonly #model: Model;
  readonly #rows: Rows;
  readonly #events: ListLineEvents;

  constructor(model: Model, rows: Rows, events: ListLineEvents) {
    this.#model = model;
    this.#rows = rows;
    this.#events = events;
    const act = (action: RowActionId) => (): void => {
      events.act(action);
    };
    this.bar = new BulkBar({
      relabel: act('relabel'),
      remove: act('remove'),
      keep: act('keep'),
      clear: act('clear'),
      copyText: act('copyText'),
      copyJson: act('copyJson'),
      selectAll: () => {
        rows.selectAll();
        rows.grid.element.focus();
      },
      deselect: () => {
        rows.deselect();
        rows.grid.element.focus();
      },
      toggleDetails: events.toggleDetails,
      sort: (key) => {
        events.sort(key);
      },
      rank: (key) => {
        events.sort(key, true);
      },
    });
  }

  draw(): void {
    this.bar.update(this.#state);
  }

  /** Other rows are shown than before. */
  shown(): void {
    const { result } = this.#model;
    this.#rows.grid.setEmpty(
      ...(result === undefined || result.count > 0
        ? []
        : [
            h('p', {}, t('No row matches.')),
            linkButton(t('Show all {0}', rowCount(result.total)), this.#events.clearFilters),
          ]),
    );
    this.announcer.say(bulkWords({ ...this.#state, selected: 0, all: false }));
  }

  /** The selection changed; one row alone says itself. */
  selected(): void {
    const state = this.#state;
    if (state.selected > 1) this.announcer.say(bulkWords(state));
  }

  get #state(): BulkState {
    const { selection, count } = this.#rows;
    const { state, result, view } = this.#model;
    return {
      count,
      total: result?.total ?? 0,
      selected: selection.size(count),
      all: selection.all,
      scored: state?.run !== undefined,
      details: this.#events.isDetailsOpen(),
      sorting: orderOf(view.now.sort, state?.run),
      intervals: hasIntervals(state?.run),
      busy: this.#events.isPending(),
    };
  }
}
