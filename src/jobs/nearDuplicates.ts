/** Which rows say the same thing: by the words they share, and by the cosine of their embeddings. */
import { Groups } from '../core/duplicates/groups.ts';
import { overlappingPairs } from '../core/duplicates/overlapJoin.ts';
import { overlap, wordSets } from '../core/duplicates/wordSets.ts';
import { dot, pause, type NearnessOptions } from './nearness.ts';

/** Cosine from which two texts count as near-duplicates. */
export const nearDuplicateCosine = 0.95;

/**
 * Share of words in common (Jaccard) from which two texts count as near-duplicates. A copy with a few words exchanged
 * keeps most of its words while its embedding moves: of the 38 near-copies planted in `examples/spam`, 37 are found by
 * their words (a test counts them).
 */
export const nearDuplicateOverlap = 0.7;

/**
 * By cosine, every row is compared with every other, 2·n²·width/2 operations: a minute for this many rows on one core.
 * Larger sets are judged by their words alone.
 */
export const mostComparedRows = 20_000;

export interface NearDuplicates {
  /** [n] how many other rows are near-duplicates of each. */
  readonly counts: Int32Array;
  /** [n] groups linked by near-duplicates, numbered from 0 by first row; −1 for a row that has none. */
  readonly clusterOf: Int32Array;
}

/** Rows, and of sets that are not too large their embeddings, [n, width], of length 1. */
export interface ComparedRows {
  readonly texts: readonly string[];
  /** Rows of different labels are never duplicates of each other: one of them is wrong, not redundant. */
  readonly labelIds: ArrayLike<number>;
  readonly embeddings?: { readonly values: Float32Array; readonly width: number };
}

/** Finds the near-duplicates among rows. */
export async function nearDuplicates(rows: ComparedRows, options: NearnessOptions = {}): Promise<NearDuplicates> {
  const n = rows.texts.length;
  const counts = new Int32Array(n);
  const groups = new Groups(n);
  const byLabel = new Map<number, number[]>();
  for (let row = 0; row < n; row++) {
    const members = byLabel.get(rows.labelIds[row]);
    if (members === undefined) byLabel.set(rows.labelIds[row], [row]);
    else members.push(row);
  }
  let done = 0;
  for (const members of byLabel.values()) {
    const before = done;
    await linkAlike(rows, members, counts, groups, {
      ...options,
      onProgress: (finished) => options.onProgress?.(before + finished),
    });
    done += members.length;
  }
  const numbers = new Map<number, number>();
  const clusterOf = counts.map((count, row) => {
    if (count === 0) return -1;
    const root = groups.rootOf(row);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  return { counts, clusterOf };
}

/** Counts and links the near-duplicates among rows of one label. */
async function linkAlike(
  { texts, embeddings }: ComparedRows,
  members: readonly number[],
  counts: Int32Array,
  groups: Groups,
  { signal, onProgress }: NearnessOptions,
): Promise<void> {
  const { sets, setOf } = wordSets(members.map((row) => texts[row]));
  // Texts of the same words stand and fall together, so copies by the thousand cost no more than one.
  const rowsOf: number[][] = sets.map(() => []);
  members.forEach((row, i) => rowsOf[setOf[i]].push(row));
  const byWords = rowsOf.map((same) => same.length - 1);
  let pairs = 0;
  for (const [a, b] of overlappingPairs(sets, nearDuplicateOverlap)) {
    byWords[a] += rowsOf[b].length;
    byWords[b] += rowsOf[a].length;
    groups.link(rowsOf[a][0], rowsOf[b][0]);
    await pause(pairs++, signal);
  }
  members.forEach((row, i) => {
    counts[row] += byWords[setOf[i]];
    groups.link(rowsOf[setOf[i]][0], row);
  });
  if (embeddings === undefined) return;
  const { values, width } = embeddings;
  for (const [i, row] of members.entries()) {
    for (let j = i + 1; j < members.length; j++) {
      const other = members[j];
      if (dot(values, row * width, values, other * width, width) < nearDuplicateCosine) continue;
      // Those that share their words are linked already.
      if (overlap(sets[setOf[i]], sets[setOf[j]]) >= nearDuplicateOverlap) continue;
      counts[row]++;
      counts[other]++;
      groups.link(row, other);
    }
    await pause(i, signal, onProgress);
  }
}

/**
 * Finds the near-duplicates of a few rows that are new among others, whose own are known.
 * @param fresh Indices of the new rows.
 * @param known Of all rows; what is there of the new ones is not looked at.
 */
export function nearDuplicatesOfFresh(
  { texts, labelIds, embeddings }: ComparedRows,
  fresh: readonly number[],
  known: NearDuplicates,
): NearDuplicates {
  const counts = Int32Array.from(known.counts);
  const clusterOf = Int32Array.from(known.clusterOf);
  const isFresh = new Set(fresh);
  for (const row of fresh) [counts[row], clusterOf[row]] = [0, -1];
  if (fresh.length === 0) return { counts, clusterOf };
  const { sets, setOf } = wordSets(texts);
  let clusters = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
  const alike = (i: number, j: number): boolean => {
    if (overlap(sets[setOf[i]], sets[setOf[j]]) >= nearDuplicateOverlap) return true;
    if (embeddings === undefined) return false;
    const { values, width } = embeddings;
    return dot(values, i * width, values, j * width, width) >= nearDuplicateCosine;
  };
  for (const i of fresh) {
    for (let j = 0; j < texts.length; j++) {
      if (i === j || labelIds[i] !== labelIds[j] || !alike(i, j)) continue;
      counts[i]++;
      // A new one counts its own.
      if (!isFresh.has(j)) counts[j]++;
      if (clusterOf[j] === -1) clusterOf[j] = clusterOf[i] === -1 ? clusters++ : clusterOf[i];
      if (clusterOf[i] === -1) clusterOf[i] = clusterOf[j];
    }
  }
  return { counts, clusterOf };
}
