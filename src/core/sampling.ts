/** Label-stratified folds and subsamples. */
import { UserError } from '../base/errors.ts';
import { Random, permutation } from '../base/random.ts';

export interface FoldCountSettings {
  /** Names for the error message; ids are shown without them. */
  labelNames?: readonly string[];
  /**
   * What a label with fewer than two rows means. `error` (the quality checker): it can be trained on or tested, not
   * both, so nothing can be said about it. `ignore` (the diversity checker): synthetic data may lack a label or have it
   * once; such labels do not limit K.
   */
  smallClasses?: 'error' | 'ignore';
}

/**
 * The number of folds to use where `k` are asked for: fewer where a label is small, so that every fold holds a row of
 * every label, but at least 2. `k = 1` stays 1 (no cross-fitting).
 *
 * @param counts Rows per label, [classCount].
 * @throws UserError where a label has fewer than two rows (see `smallClasses`), whatever `k` is.
 */
export function foldsFor(counts: readonly number[], k: number, settings: FoldCountSettings = {}): number {
  const { labelNames, smallClasses = 'error' } = settings;
  if (!Number.isInteger(k) || k < 1)
    throw new UserError(`The number of folds must be a whole number from 1, not ${k}.`, 2);
  let smallest = Infinity;
  counts.forEach((count, label) => {
    if (count >= 2) smallest = Math.min(smallest, count);
    else if (smallClasses === 'error') {
      const name = labelNames ? `'${labelNames[label]}'` : `number ${label}`;
      throw new UserError(
        `Label ${name} has ${count === 0 ? 'no rows' : 'only 1 row'}; at least 2 are needed, one to learn from and one to check. ` +
          `Add rows with this label or leave the label out.`,
      );
    }
  });
  return k === 1 ? 1 : Math.max(2, Math.min(k, smallest));
}

export interface FoldInput {
  /** Label ids, [rows]. */
  labels: ArrayLike<number>;
  classCount: number;
  /** Number of folds, as `foldsFor` gives it. */
  folds: number;
  seed: number;
  /**
   * Rows of the same group stay in one fold: near-duplicates, when probabilities are calibrated. Any numbers. Where all
   * rows of a label are one group, that group is split up: a leak within one label is better than fold models that have
   * never seen it.
   */
  groups?: ArrayLike<number>;
}

/**
 * Assigns every row to a fold, 0 … folds−1, label-stratified and shuffled by the seed.
 *
 * Without groups the rows of each label differ by at most one between folds, and so do the folds' sizes. With groups,
 * the largest groups are placed first, each where its labels are rarest; sizes are then as even as groups allow.
 */
export function assignFolds({ labels, classCount, folds, seed, groups }: FoldInput): Int32Array {
  const random = new Random(seed, 'folds');
  const foldOf = new Int32Array(labels.length);
  if (groups) {
    placeGroups(foldOf, groupRows(labels, groups, classCount, random), labels, classCount, folds);
    return foldOf;
  }
  // One deal through all labels: starting each label where the previous one stopped also evens out the fold sizes.
  let next = 0;
  for (const rows of rowsByLabel(labels, classCount)) {
    for (const row of random.shuffle(rows)) foldOf[row] = next++ % folds;
  }
  return foldOf;
}

/**
 * At most `n` rows, label proportions kept (largest remainders), two rows of every label wherever `n` allows.
 *
 * @returns Row numbers in ascending order: all rows where there are no more than `n`.
 */
export function stratifiedSubsample(
  labels: ArrayLike<number>,
  classCount: number,
  n: number,
  seed: number,
): Int32Array {
  if (labels.length <= n) return Int32Array.from({ length: labels.length }, (_, row) => row);
  const random = new Random(seed, 'subsample');
  const byLabel = rowsByLabel(labels, classCount);
  const take = allocate(
    byLabel.map((rows) => rows.length),
    n,
  );
  const chosen: number[] = [];
  byLabel.forEach((rows, label) => chosen.push(...random.shuffle(rows).slice(0, take[label])));
  return Int32Array.from(chosen).sort();
}

function rowsByLabel(labels: ArrayLike<number>, classCount: number): number[][] {
  const rows: number[][] = Array.from({ length: classCount }, () => []);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (!(label >= 0 && label < classCount)) throw new RangeError(`row ${row} has label id ${label} of ${classCount}`);
    rows[label].push(row);
  }
  return rows;
}

/** The rows of each group in a shuffled order, largest groups first. */
function groupRows(
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  classCount: number,
  random: Random,
): number[][] {
  if (groups.length !== labels.length) throw new RangeError(`${groups.length} groups for ${labels.length} rows`);
  const loneGroup = rowsByLabel(labels, classCount).map(
    (rows) => rows.length > 1 && rows.every((row) => groups[row] === groups[rows[0]]),
  );
  const members = new Map<number, number[]>();
  const result: number[][] = [];
  for (const row of permutation(labels.length, random)) {
    const rows = loneGroup[labels[row]] ? undefined : members.get(groups[row]);
    if (rows) rows.push(row);
    else {
      const started = [row];
      result.push(started);
      if (!loneGroup[labels[row]]) members.set(groups[row], started);
    }
  }
  return result.sort((a, b) => b.length - a.length);
}

function placeGroups(
  foldOf: Int32Array,
  groups: number[][],
  labels: ArrayLike<number>,
  classCount: number,
  folds: number,
): void {
  const totals = new Float64Array(classCount);
  for (let row = 0; row < labels.length; row++) totals[labels[row]]++;
  const filled = Array.from({ length: folds }, () => new Float64Array(classCount));
  const sizes = new Float64Array(folds);
  for (const rows of groups) {
    let best = 0;
    let bestCost = Infinity;
    for (let fold = 0; fold < folds; fold++) {
      // Growth of Σ_labels (rows of the label in the fold)² / rows of the label, up to a constant.
      let cost = 0;
      for (const row of rows) cost += filled[fold][labels[row]] / totals[labels[row]];
      if (cost < bestCost - 1e-12 || (cost < bestCost + 1e-12 && sizes[fold] < sizes[best])) {
        best = fold;
        bestCost = cost;
      }
    }
    for (const row of rows) {
      foldOf[row] = best;
      filled[best][labels[row]]++;
    }
    sizes[best] += rows.length;
  }
}

/** Shares `n` < Σ counts among labels in proportion to their counts, largest remainders first. */
function allocate(counts: number[], n: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  const atLeast = Math.min(2, Math.floor(n / Math.max(present, 1)));
  const floor = counts.map((count) => Math.min(count, atLeast));
  const ideal = counts.map((count) => (count * n) / total);
  const take = ideal.map((share, label) => Math.max(Math.floor(share), floor[label]));
  let spare = n - take.reduce((sum, count) => sum + count, 0);
  while (spare !== 0) {
    // Add where a label is furthest below its share, or take where one is furthest above it.
    const step = Math.sign(spare);
    let pick = -1;
    for (let label = 0; label < counts.length; label++) {
      const open = step > 0 ? take[label] < counts[label] : take[label] > floor[label];
      if (open && (pick < 0 || step * (ideal[label] - take[label]) > step * (ideal[pick] - take[pick]))) pick = label;
    }
    take[pick] += step;
    spare -= step;
  }
  return take;
}
