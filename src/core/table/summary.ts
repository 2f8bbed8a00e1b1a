/** What the weights amount to, whatever is filtered. */
import { classWeights, effectiveSampleSize, labelCounts } from '../weighting/weights.ts';
import { type Mark, type TableColumns, markBits } from './table.ts';

export interface TableSummary {
  /** Rows with a weight. */
  readonly scored: number;
  /** Effective sample size of the scored rows that are not removed. */
  readonly ess: number;
  /** By label id, shares of 0 to 1; 0 where there is nothing to share. */
  readonly perLabel: readonly {
    readonly label: string;
    /** Of Σw over the scored rows that are not removed. */
    readonly weightShare: number;
    /** Of the real rows. */
    readonly realShare: number;
    /** Of all rows here that are not removed. */
    readonly syntheticShare: number;
  }[];
  /** Rows with each mark. */
  readonly marked: Readonly<Record<Mark, number>>;
}

/** @param realRows Real rows by label id. */
export function summarise(columns: TableColumns, realRows: readonly number[]): TableSummary {
  const labelCount = columns.labels.length;
  const marked: Record<Mark, number> = { kept: 0, relabelled: 0, removed: 0, stale: 0 };
  const marks = Object.keys(markBits) as Mark[];
  const rowsByMarks = new Uint32Array(256);
  // Rows that train, and those of them that have a weight.
  const labels = new Int32Array(columns.size);
  const weights = new Float32Array(columns.size);
  const weightLabels = new Int32Array(columns.size);
  let labelled = 0;
  let weighted = 0;
  let scored = 0;
  for (let row = 0; row < columns.size; row++) {
    rowsByMarks[columns.marks[row]]++;
    const weight = columns.weight[row];
    const hasWeight = !Number.isNaN(weight);
    if (hasWeight) scored++;
    const label = columns.labelId[row];
    if (label < 0 || (columns.marks[row] & markBits.removed) !== 0) continue;
    labels[labelled++] = label;
    if (!hasWeight) continue;
    weights[weighted] = weight;
    weightLabels[weighted++] = label;
  }
  rowsByMarks.forEach((rows, bits) => {
    for (const mark of marks) if ((bits & markBits[mark]) !== 0) marked[mark] += rows;
  });
  const weight = weights.subarray(0, weighted);
  const weightShares = shares(Array.from(classWeights(weight, weightLabels.subarray(0, weighted), labelCount)));
  const syntheticShares = shares(labelCounts(labels.subarray(0, labelled), labelCount));
  const realShares = shares(columns.labels.map((_, id) => realRows[id] ?? 0));
  return {
    scored,
    ess: effectiveSampleSize(weight),
    perLabel: columns.labels.map((label, id) => ({
      label,
      weightShare: weightShares[id],
      realShare: realShares[id],
      syntheticShare: syntheticShares[id],
    })),
    marked,
  };
}

function shares(amounts: readonly number[]): number[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  return amounts.map((amount) => (sum > 0 ? amount / sum : 0));
}
