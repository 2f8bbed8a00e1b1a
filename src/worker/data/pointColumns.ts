/** Rows as points of a scatter: their columns as messages carry them. */
import type { PointColumns } from '../../protocol/map.ts';
import type { WeighedRows } from './weighedRows.ts';

/** A typed array as a message carries it: its bytes, little-endian as every machine of ours, in base64. */
export function packed({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** A real row among the points. */
export interface RealPoint {
  /** 1-based; 0 where it is not known. */
  readonly line: number;
  /** By id of the dataset's labels; −1: not known. */
  readonly labelId: number;
}

/**
 * Points of rows.
 *
 * @param rows The synthetic rows, by number.
 * @param places [(rows + real) · 2]
 */
export function pointColumns(
  { columns }: WeighedRows,
  rows: Int32Array,
  real: readonly RealPoint[],
  places: Float32Array,
): PointColumns {
  const count = rows.length + real.length;
  const at = new Int32Array(count);
  const labels = new Int16Array(count);
  const verdicts = new Int8Array(count).fill(-1);
  const weights = new Float32Array(count).fill(NaN);
  at.set(rows);
  rows.forEach((row, i) => {
    labels[i] = columns.labelId[row];
    verdicts[i] = columns.verdictId[row];
    weights[i] = columns.weight[row];
  });
  real.forEach(({ line, labelId }, i) => {
    at[rows.length + i] = line;
    labels[rows.length + i] = labelId;
  });
  return {
    ...{ count, real: real.length, labelNames: columns.labels, verdictNames: columns.verdicts },
    places: packed(places),
    rows: packed(at),
    labels: packed(labels),
    verdicts: packed(verdicts),
    weights: packed(weights),
  };
}
