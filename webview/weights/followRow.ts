/** Rows are numbered by their place in the file; where lines come or go, the same row has another number. */
import type { RowView } from '../../src/protocol/data.ts';

/** The rows as they are now. */
export interface RowsNow {
  /** The index of a row in the order shown; negative where it is not in it. */
  place(row: number): Promise<number>;
  at(index: number): Promise<RowView | undefined>;
}

/** A row and its index in the order shown. */
export interface Found {
  readonly row: number;
  readonly index: number;
}

/**
 * Where a row is now that the file may have changed, by its number and its text.
 *
 * @param text As it was shown; undefined where it is not known any more.
 * @param by How many rows the file has more than when the row had this number.
 * @returns Undefined where it is gone, is not shown, or cannot be told from others.
 */
export async function followRow(
  row: number,
  text: string | undefined,
  by: number,
  now: RowsNow,
): Promise<Found | undefined> {
  const look = async (to: number): Promise<(Found & { readonly same: boolean }) | undefined> => {
    if (to < 0) return undefined;
    const index = await now.place(to);
    if (index < 0) return undefined;
    return { row: to, index, same: text === undefined || (await now.at(index))?.text === text };
  };
  const here = await look(row);
  if (text === undefined) return by === 0 ? here : undefined;
  if (here?.same) return here;
  // As many rows as before: lines changed places, or it is the text of this one that was edited.
  for (const other of by === 0 ? [row - 1, row + 1] : [row + by]) {
    const there = await look(other);
    if (there?.same) return there;
  }
  return by === 0 ? here : undefined;
}
