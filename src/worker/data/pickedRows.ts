/** Rows that were picked elsewhere, e.g. on the map, and that the filter `is:picked` finds. */
import type { DatasetState } from './dataset.ts';
import { identityTable, type IdentityTable } from './identityTable.ts';

/** By text and occurrence: they stay picked when lines move. */
export class PickedRows {
  #table: IdentityTable | undefined;
  /** Of the numbering of rows that it was made for. */
  #mask: { readonly numbering: object; readonly picked: Uint8Array } | undefined;

  /** Picks these rows, and no others any more. */
  pick({ rows: { size, line, occurrence, lines } }: DatasetState, wanted: readonly number[]): void {
    const rows = wanted.filter((row) => Number.isInteger(row) && row >= 0 && row < size);
    this.#mask = undefined;
    this.#table = identityTable(
      rows.length,
      rows.map((row) => lines.hashHigh[line[row] - 1]),
      rows.map((row) => lines.hashLow[line[row] - 1]),
      rows.map((row) => occurrence[row]),
    );
  }

  /** [rows] 1 where a row is picked; undefined where none ever was. */
  mask({ numbering, rows: { size, line, occurrence, lines } }: DatasetState): Uint8Array | undefined {
    const table = this.#table;
    if (table === undefined) return undefined;
    if (this.#mask?.numbering !== numbering) {
      const picked = new Uint8Array(size);
      for (let row = 0; row < size; row++) {
        const at = line[row] - 1;
        if (table.find(lines.hashHigh[at], lines.hashLow[at], occurrence[row]) >= 0) picked[row] = 1;
      }
      this.#mask = { numbering, picked };
    }
    return this.#mask.picked;
  }
}
