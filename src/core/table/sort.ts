/** Orders of rows. Radix sort over 32-bit keys: no comparisons, no objects, stable. */
import type { SortKey } from './columns.ts';
import type { TableColumns } from './table.ts';

export interface TableSort {
  readonly column: SortKey;
  readonly descending: boolean;
}

/** Key of rows without a value: last in both directions. */
const LAST = 0xffffffff;

/**
 * All rows, or `rows`, in order. Ties stay in file order in both directions; rows without a value come last in both.
 * Labels, suggestions and verdicts go by their id; `text` by its place in the file.
 *
 * @param rows Ascending; left as it is.
 */
export function sortRows(
  columns: TableColumns,
  { column, descending }: TableSort,
  rows = allRows(columns),
): Int32Array {
  switch (column) {
    case 'line':
    case 'text':
      return descending ? rows.slice().reverse() : rows.slice();
    case 'weight':
    case 'weightLow':
    case 'quality':
    case 'diversity':
      return byKeys(rows, floatKeys(columns[column], rows, descending));
    case 'rank':
      return byKeys(rows, integerKeys(columns.rank, rows, 1, descending));
    case 'label':
      return byKeys(rows, integerKeys(columns.labelId, rows, 0, descending));
    case 'suggested':
      return byKeys(rows, integerKeys(columns.suggestedId, rows, 0, descending));
    case 'verdict':
      return byKeys(rows, integerKeys(columns.verdictId, rows, 0, descending));
  }
}

/** All rows in file order. */
export function allRows({ size }: TableColumns): Int32Array {
  const rows = new Int32Array(size);
  for (let row = 0; row < size; row++) rows[row] = row;
  return rows;
}

/** Keys that order integers; those below `least` stand for none. */
function integerKeys(
  column: Int32Array | Int8Array,
  rows: Int32Array,
  least: number,
  descending: boolean,
): Uint32Array {
  const keys = new Uint32Array(rows.length);
  for (let i = 0; i < keys.length; i++) {
    const value = column[rows[i]];
    keys[i] = value < least ? LAST : descending ? 0x7fffffff - value : value;
  }
  return keys;
}

/** Keys that order floats as their bits do once the sign is dealt with. */
function floatKeys(column: Float32Array, rows: Int32Array, descending: boolean): Uint32Array {
  const bits = new Uint32Array(column.buffer, column.byteOffset, column.length);
  const keys = new Uint32Array(rows.length);
  for (let i = 0; i < keys.length; i++) {
    const row = rows[i];
    const value = column[row];
    if (Number.isNaN(value)) {
      keys[i] = LAST;
      continue;
    }
    // −0 and 0 tie.
    const key = value === 0 ? 0x80000000 : bits[row] >>> 31 === 1 ? ~bits[row] : bits[row] | 0x80000000;
    keys[i] = descending ? ~key : key;
  }
  return keys;
}

interface Keyed {
  readonly rows: Int32Array;
  readonly keys: Uint32Array;
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** `rows` by ascending key, least significant digit first. Takes `keys` as working space. */
function byKeys(rows: Int32Array, keys: Uint32Array): Int32Array {
  const counts = [new Uint32Array(DIGITS), new Uint32Array(DIGITS), new Uint32Array(DIGITS)];
  const [low, middle, high] = counts;
  for (const key of keys) {
    low[key & (DIGITS - 1)]++;
    middle[(key >>> DIGIT_BITS) & (DIGITS - 1)]++;
    high[key >>> (2 * DIGIT_BITS)]++;
  }
  let from: Keyed = { rows: rows.slice(), keys };
  let to: Keyed = { rows: new Int32Array(rows.length), keys: new Uint32Array(keys.length) };
  counts.forEach((count, digit) => {
    const shift = digit * DIGIT_BITS;
    // All keys alike in this digit: as for ids.
    if (keys.length === 0 || count[(keys[0] >>> shift) & (DIGITS - 1)] === keys.length) return;
    scatter(from, to, shift, starts(count));
    [from, to] = [to, from];
  });
  return from.rows;
}

function starts(count: Uint32Array): Uint32Array {
  let sum = 0;
  return count.map((n) => {
    sum += n;
    return sum - n;
  });
}

/** @param next Where the next row of each digit goes. */
function scatter(from: Keyed, to: Keyed, shift: number, next: Uint32Array): void {
  for (let i = 0; i < from.keys.length; i++) {
    const key = from.keys[i];
    const place = next[(key >>> shift) & (DIGITS - 1)]++;
    to.keys[place] = key;
    to.rows[place] = from.rows[i];
  }
}
