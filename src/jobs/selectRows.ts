import type { EncodedRows } from '../engine/hub/encodedRows.ts';

/** Tokenised rows with their label ids. */
export interface LabelledRows {
  readonly rows: EncodedRows;
  readonly labelIds: Int32Array;
}

/** A copy of some rows, in the given order. */
export function selectEncoded(rows: EncodedRows, indices: ArrayLike<number>): EncodedRows {
  const count = indices.length;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + rows.offsets[indices[i] + 1] - rows.offsets[indices[i]];
  const inputIds = new Int32Array(offsets[count]);
  const tokenTypeIds = new Int32Array(offsets[count]);
  for (let i = 0; i < count; i++) {
    const [start, end] = [rows.offsets[indices[i]], rows.offsets[indices[i] + 1]];
    inputIds.set(rows.inputIds.subarray(start, end), offsets[i]);
    tokenTypeIds.set(rows.tokenTypeIds.subarray(start, end), offsets[i]);
  }
  return { count, offsets, inputIds, tokenTypeIds };
}

/** {@link selectEncoded} with the labels. */
export function selectLabelled({ rows, labelIds }: LabelledRows, indices: ArrayLike<number>): LabelledRows {
  return { rows: selectEncoded(rows, indices), labelIds: Int32Array.from(indices, (row) => labelIds[row]) };
}

/** Two sets, one after the other. */
export function concatLabelled(first: LabelledRows, second: LabelledRows): LabelledRows {
  const join = (a: Int32Array, b: Int32Array): Int32Array => {
    const joined = new Int32Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  };
  const shift = first.rows.offsets[first.rows.count];
  return {
    rows: {
      count: first.rows.count + second.rows.count,
      offsets: join(
        first.rows.offsets,
        second.rows.offsets.subarray(1).map((offset) => offset + shift),
      ),
      inputIds: join(first.rows.inputIds, second.rows.inputIds),
      tokenTypeIds: join(first.rows.tokenTypeIds, second.rows.tokenTypeIds),
    },
    labelIds: join(first.labelIds, second.labelIds),
  };
}
