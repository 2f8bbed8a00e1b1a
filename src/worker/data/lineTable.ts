/** The lines of a text as columns: where each lies, and what was found on it. Nothing here holds text. */

/** What a line holds. */
export const lineStatus = {
  /** Nothing but white space. */
  blank: 0,
  /** A usable row. */
  row: 1,
  /** A text without a usable label: left out, but it counts among the copies of its text. */
  faultyLabel: 2,
  /** No usable text. */
  faulty: 3,
} as const;

/**
 * One entry per line, 29 bytes; a line's number is its index plus one. Arrays are never written to once a table is handed
 * out.
 */
export interface LineTable {
  readonly count: number;
  /** Offset of the first byte in the text's bytes; of line 1, after a byte order mark. */
  readonly start: Float64Array;
  /** Bytes without the line's end. */
  readonly length: Uint32Array;
  readonly status: Uint8Array;
  /** First and second half of the 64-bit text hash; 0 where there is no text. */
  readonly hashHigh: Uint32Array;
  readonly hashLow: Uint32Array;
  /** Index into the label spellings of the file; −1 where there is no usable label. */
  readonly token: Int32Array;
}

/** What is known of one line. */
export interface LineEntry {
  start: number;
  length: number;
  status: number;
  hashHigh: number;
  hashLow: number;
  token: number;
}

interface Columns {
  start: Float64Array;
  length: Uint32Array;
  status: Uint8Array;
  hashHigh: Uint32Array;
  hashLow: Uint32Array;
  token: Int32Array;
}

/** A table that grows line by line. */
export interface LineTableBuilder {
  readonly count: number;
  /** Adds a line that has not been looked at. */
  add(start: number, length: number): void;
  /** Tells what a line holds. */
  set(line: number, entry: Omit<LineEntry, 'start' | 'length'>): void;
  /** Copies lines of another table, from `from` up to and without `to`. */
  copy(table: LineTable, from: number, to: number): void;
  /** Expects about so many lines. */
  reserve(lines: number): void;
  /** The table; the builder must not be used any more. */
  finish(): LineTable;
}

/** An empty table to add to. */
export function lineTableBuilder(expected = 1024): LineTableBuilder {
  let columns = allocate(Math.max(16, expected));
  let count = 0;
  const grow = (least: number): void => {
    if (least <= columns.start.length) return;
    const grown = allocate(Math.max(least, Math.ceil(columns.start.length * 1.5)));
    copyColumns(grown, 0, columns, 0, count);
    columns = grown;
  };
  return {
    get count() {
      return count;
    },
    add: (start, length) => {
      grow(count + 1);
      columns.start[count] = start;
      columns.length[count] = length;
      columns.status[count] = lineStatus.blank;
      columns.hashHigh[count] = 0;
      columns.hashLow[count] = 0;
      columns.token[count] = -1;
      count++;
    },
    set: (line, { status, hashHigh, hashLow, token }) => {
      columns.status[line] = status;
      columns.hashHigh[line] = hashHigh;
      columns.hashLow[line] = hashLow;
      columns.token[line] = token;
    },
    copy: (table, from, to) => {
      grow(count + to - from);
      copyColumns(columns, count, table, from, to);
      count += to - from;
    },
    reserve: grow,
    finish: () => {
      // A little slack is cheaper than a copy of everything.
      const slack = columns.start.length - count;
      const fit = slack > 1024 && slack * 10 > count;
      const cut = <A extends { slice(from: number, to: number): A; subarray(from: number, to: number): A }>(a: A): A =>
        fit ? a.slice(0, count) : a.subarray(0, count);
      return {
        count,
        start: cut(columns.start),
        length: cut(columns.length),
        status: cut(columns.status),
        hashHigh: cut(columns.hashHigh),
        hashLow: cut(columns.hashLow),
        token: cut(columns.token),
      };
    },
  };
}

function allocate(lines: number): Columns {
  return {
    start: new Float64Array(lines),
    length: new Uint32Array(lines),
    status: new Uint8Array(lines),
    hashHigh: new Uint32Array(lines),
    hashLow: new Uint32Array(lines),
    token: new Int32Array(lines),
  };
}

function copyColumns(into: Columns, at: number, source: Columns | LineTable, from: number, to: number): void {
  into.start.set(source.start.subarray(from, to), at);
  into.length.set(source.length.subarray(from, to), at);
  into.status.set(source.status.subarray(from, to), at);
  into.hashHigh.set(source.hashHigh.subarray(from, to), at);
  into.hashLow.set(source.hashLow.subarray(from, to), at);
  into.token.set(source.token.subarray(from, to), at);
}
