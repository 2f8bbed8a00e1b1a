import { CallError } from '../../src/protocol/rpc.ts';
import type { Model } from './model.ts';
import type { Occasion } from './occasions.ts';
import { unfiltered } from './rememberedView.ts';
import type { Rows } from './rows.ts';

export interface RevealEvents {
  readonly ask: (occasion: Occasion) => void;
  /** Whether another order of rows is on its way. */
  readonly isPending: () => boolean;
  /** The remembered filter changed. */
  readonly refiltered: () => void;
}

/** Shows and selects a row that something other than the list points at; where the filter hides it, without the filter. */
export async function revealRow(row: number, model: Model, rows: Rows, events: RevealEvents): Promise<void> {
  const { view } = model;
  const anchor = { row, offset: Math.floor(rows.grid.extent.viewport / 3) };
  if (model.state?.facts === undefined) {
    // Asked for before the rows are known: when they come, this one is selected.
    view.change({ ...unfiltered, anchor, lead: row });
    events.refiltered();
    return;
  }
  let shown = false;
  try {
    shown = !events.isPending() && (await rows.reveal(row));
  } catch (thrown) {
    // The list that is shown is out of date. What else may be wrong is told by the query below.
    if (!(thrown instanceof CallError)) throw thrown;
  }
  // An order of rows that was asked for meanwhile chooses a row of its own: this one is chosen after it.
  if (shown && !events.isPending()) return;
  const fresh = shown || (events.isPending() && !view.isFiltered);
  if (!fresh) view.change(unfiltered);
  events.refiltered();
  events.ask({ kind: 'restore', anchor, lead: row });
}
