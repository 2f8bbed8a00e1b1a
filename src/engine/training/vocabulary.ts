import type { EncodedRows } from '../hub/encodedRows.ts';

/**
 * The word-table rows that training touches. Training only these is exact: a row that no batch uses has a zero gradient
 * forever, so AdamW leaves it alone but for weight decay, which {@link expand} makes up for.
 */
export interface PrunedVocabulary {
  /** Ids kept, ascending. */
  readonly ids: Int32Array;
  /** Token id → row of the pruned table. Only ids of the training rows and the padding id have one. */
  rowOf(id: number): number;
  /** The pruned rows of a full table. */
  prune(table: Float32Array, width: number): Float32Array;
  /** `full` with the pruned rows put back and every other row multiplied by `decay`. A new array. */
  expand(full: Float32Array, pruned: Float32Array, width: number, decay: number): Float32Array;
}

/** The ids that occur in `rows`, and `padId`. */
export function pruneVocabulary(rows: EncodedRows, padId: number, vocabularySize: number): PrunedVocabulary {
  const rowOfId = new Int32Array(vocabularySize).fill(-1);
  rowOfId[padId] = 0;
  for (const id of rows.inputIds) rowOfId[id] = 0;
  const ids = new Int32Array(rowOfId.reduce((count, mark) => count + (mark === 0 ? 1 : 0), 0));
  let next = 0;
  for (let id = 0; id < vocabularySize; id++) {
    if (rowOfId[id] === -1) continue;
    rowOfId[id] = next;
    ids[next++] = id;
  }
  return {
    ids,
    rowOf: (id) => rowOfId[id]!,
    prune: (table, width) => {
      const pruned = new Float32Array(ids.length * width);
      ids.forEach((id, row) => {
        pruned.set(table.subarray(id * width, (id + 1) * width), row * width);
      });
      return pruned;
    },
    expand: (full, pruned, width, decay) => {
      const table = decay === 1 ? full.slice() : full.map((x) => x * decay);
      ids.forEach((id, row) => {
        table.set(pruned.subarray(row * width, (row + 1) * width), id * width);
      });
      return table;
    },
  };
}
