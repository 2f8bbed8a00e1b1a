import type { Target } from '../../src/protocol/data.ts';

/** Rows that can be selected one by one or by a range; more are selected as "all that match". */
export const mostSelected = 10_000;

/** A row where the keyboard is: its place in the order shown, and which row it is once that is known. */
export interface Lead {
  readonly index: number;
  readonly row: number | undefined;
}

/** A selection as it was. */
export interface KeptSelection {
  readonly all: boolean;
  readonly rows: ReadonlySet<number>;
  readonly lead: Lead | undefined;
  readonly anchor: number;
}

/** What is selected: single rows, or every row of the view; never an object per row of the dataset. */
export class Selection {
  #rows = new Set<number>();
  #all = false;
  lead: Lead | undefined;
  /** Where a range begins. */
  anchor = 0;

  get all(): boolean {
    return this.#all;
  }

  /** Row numbers, in no order; empty where all rows of the view are selected. */
  get rows(): ReadonlySet<number> {
    return this.#rows;
  }

  /** How many rows are selected in a view of `count` rows. */
  size(count: number): number {
    return this.#all ? count : this.#rows.size;
  }

  has(row: number): boolean {
    return this.#all || this.#rows.has(row);
  }

  /** Only this row; it becomes the lead and the start of ranges. */
  only(lead: Lead): void {
    this.#all = false;
    this.#rows = lead.row === undefined ? new Set() : new Set([lead.row]);
    this.lead = lead;
    this.anchor = lead.index;
  }

  /** Adds or removes one row; it becomes the lead. Where all were selected, it alone is from now on. */
  toggle(lead: Lead & { readonly row: number }): void {
    if (this.#all || (!this.#rows.has(lead.row) && this.#rows.size >= mostSelected)) {
      this.only(lead);
      return;
    }
    const rows = new Set(this.#rows);
    if (!rows.delete(lead.row)) rows.add(lead.row);
    this.#rows = rows;
    this.lead = lead;
    this.anchor = lead.index;
  }

  /** These rows, from the anchor to the lead. */
  range(rows: Iterable<number>, lead: Lead): void {
    this.#all = false;
    this.#rows = new Set(rows);
    this.lead = lead;
  }

  /** These rows in place of those selected; the lead stays. */
  replace(rows: Iterable<number>): void {
    this.#rows = new Set(rows);
  }

  /** What is selected now, for {@link restore}. */
  get kept(): KeptSelection {
    return { all: this.#all, rows: this.#rows, lead: this.lead, anchor: this.anchor };
  }

  /** Selects again what was selected. */
  restore({ all, rows, lead, anchor }: KeptSelection): void {
    this.#all = all;
    this.#rows = new Set(rows);
    this.lead ??= lead;
    this.anchor = this.lead === lead ? anchor : (this.lead?.index ?? 0);
  }

  selectAll(): void {
    this.#all = true;
    this.#rows = new Set();
  }

  /** Nothing but the lead. */
  collapse(): void {
    this.#all = false;
    this.#rows = this.lead?.row === undefined ? new Set() : new Set([this.lead.row]);
  }

  clear(): void {
    this.#all = false;
    this.#rows = new Set();
    this.lead = undefined;
    this.anchor = 0;
  }

  /** What an action is about; undefined where nothing is selected. */
  target(view: number): Target | undefined {
    if (this.#all) return { view };
    if (this.#rows.size > 0) return { rows: [...this.#rows].sort((a, b) => a - b) };
    return undefined;
  }

  /**
   * The rows after `removed` were taken out of the file, which moves every later one up: what was selected and is still
   * there stays selected.
   */
  shift(removed: readonly number[]): void {
    const moved = (row: number): number | undefined => shifted(row, removed);
    this.#rows = new Set([...this.#rows].map(moved).filter((row) => row !== undefined));
    if (this.lead?.row !== undefined) this.lead = { ...this.lead, row: moved(this.lead.row) };
  }
}

/**
 * The number of a row once `removed`, ascending, are gone; undefined where it is one of them.
 */
export function shifted(row: number, removed: readonly number[]): number | undefined {
  let low = 0;
  let high = removed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (removed[middle] < row) low = middle + 1;
    else high = middle;
  }
  return removed[low] === row ? undefined : row - low;
}
