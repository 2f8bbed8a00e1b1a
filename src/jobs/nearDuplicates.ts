/** Which rows say the same thing: by the words they share, and by the cosine of their embeddings. */
import { Groups } from '../core/duplicates/groups.ts';
import { mostNearDuplicatesCounted, nearDuplicateCosine, nearDuplicateOverlap } from '../core/duplicates/limits.ts';
import { overlappingPairs } from '../core/duplicates/overlapJoin.ts';
import { overlap, wordSets } from '../core/duplicates/wordSets.ts';
import { ClosePairs } from './closePairs.ts';
import { dot, pause, type NearnessOptions } from './nearness.ts';

export { nearDuplicateCosine, nearDuplicateOverlap } from '../core/duplicates/limits.ts';

export interface NearDuplicates {
  /** [n] how many other rows are near-duplicates of each, counted up to {@link mostNearDuplicatesCounted}. */
  readonly counts: Int32Array;
  /** [n] groups linked by near-duplicates, numbered from 0 by first row; −1 for a row that has none. */
  readonly clusterOf: Int32Array;
}

/** Rows and their embeddings, [n, width], of length 1. */
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
  const close = rows.embeddings && (await ClosePairs.of(rows.embeddings, options.device, options.signal));
  try {
    let done = 0;
    for (const members of byLabel.values()) {
      const before = done;
      const onProgress = (finished: number): void => options.onProgress?.(before + finished);
      await linkAlike(rows, members, { counts, groups, close }, { ...options, onProgress });
      done += members.length;
    }
  } finally {
    await close?.release();
  }
  // Beyond, a count would depend on the order in which pairs were found.
  for (let row = 0; row < n; row++) counts[row] = Math.min(counts[row], mostNearDuplicatesCounted);
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
  found: { readonly counts: Int32Array; readonly groups: Groups; readonly close?: ClosePairs },
  options: NearnessOptions,
): Promise<void> {
  const { counts, groups, close } = found;
  const { sets, setOf } = wordSets(members.map((row) => texts[row]));
  // Texts of the same words stand and fall together, so copies by the thousand cost no more than one.
  const rowsOf: number[][] = sets.map(() => []);
  members.forEach((row, i) => {
    rowsOf[setOf[i]].push(row);
    groups.link(rowsOf[setOf[i]][0], row);
  });
  const byWords = rowsOf.map((same) => same.length - 1);
  const settled = {
    isFull: (set: number): boolean => byWords[set] >= mostNearDuplicatesCounted,
    groupOf: (set: number): number => groups.rootOf(rowsOf[set][0]),
  };
  let pairs = 0;
  for (const [a, b] of overlappingPairs(sets, nearDuplicateOverlap, settled)) {
    byWords[a] += rowsOf[b].length;
    byWords[b] += rowsOf[a].length;
    groups.link(rowsOf[a][0], rowsOf[b][0]);
    if (++pairs % pairsBetweenPauses === 0) await pause(63, options.signal);
  }
  members.forEach((row, i) => {
    counts[row] += byWords[setOf[i]];
  });
  if (embeddings === undefined || close === undefined) return;
  // Likewise texts that are the same altogether: the first one's embedding speaks for all.
  const copies = new Map<string, number[]>();
  const setsOfCopies: number[] = [];
  members.forEach((row, i) => {
    const same = copies.get(texts[row]);
    if (same !== undefined) same.push(row);
    else {
      copies.set(texts[row], [row]);
      setsOfCopies.push(setOf[i]);
    }
  });
  const distinct = [...copies.values()];
  const first = Int32Array.from(distinct, ([row]) => row);
  const total = first.map((row) => counts[row]);
  const visit = (text: number, other: number): void => {
    // Those that share their words are linked already.
    if (overlap(sets[setsOfCopies[text]], sets[setsOfCopies[other]]) >= nearDuplicateOverlap) return;
    total[text] += distinct[other].length;
    total[other] += distinct[text].length;
    groups.link(first[text], first[other]);
  };
  await close.each(first, nearDuplicateCosine, visit, {
    ...options,
    isFull: (text) => total[text] >= mostNearDuplicatesCounted,
    groupOf: (text) => groups.rootOf(first[text]),
  });
  distinct.forEach((same, text) => {
    for (const row of same) counts[row] = total[text];
  });
}

/** Pairs by words between two looks at whether to go on. */
const pairsBetweenPauses = 10_000;

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
  for (const row of counts.keys()) counts[row] = Math.min(counts[row], mostNearDuplicatesCounted);
  return { counts, clusterOf };
}
