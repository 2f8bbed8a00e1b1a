/** Which rows are near which, by the cosine of their embeddings: near-duplicates, and texts unlike every real one. */
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../base/errors.ts';

/** Cosine from which two texts count as near-duplicates. */
export const nearDuplicateCosine = 0.95;

/**
 * Every row is compared with every other, 2·n²·width/2 operations: a minute for this many rows on one core. Larger sets
 * are judged without near-duplicates.
 */
export const mostComparedRows = 20_000;

export interface NearnessOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number) => void;
}

/** The nearest references of each query. */
export interface Nearest {
  /** How many are kept of each query, at most; fewer where there are fewer references. */
  readonly count: number;
  /** [queries, count] indices of references, best first. */
  readonly index: Int32Array;
  /** [queries, count] their cosines, −1 to 1. */
  readonly cosine: Float32Array;
  /** [queries] 1 − the largest cosine, 0 to 2; Infinity where there is nothing to compare with. */
  readonly distance: Float64Array;
}

/**
 * The references nearest to each query by cosine.
 * @param queries [n, width], rows of length 1.
 * @param references [m, width], rows of length 1.
 * @param self The queries are the references themselves: a row is not its own neighbour.
 * @param most References kept of each query.
 */
export async function nearest(
  queries: Float32Array,
  references: Float32Array,
  width: number,
  {
    self = false,
    most = 1,
    signal,
    onProgress,
  }: NearnessOptions & { readonly self?: boolean; readonly most?: number } = {},
): Promise<Nearest> {
  const [n, m] = [queries.length / width, references.length / width];
  const count = Math.max(0, Math.min(most, self ? m - 1 : m));
  const found: Nearest = {
    count,
    index: new Int32Array(n * count),
    cosine: new Float32Array(n * count),
    distance: new Float64Array(n).fill(Infinity),
  };
  const bestIndex = new Int32Array(count);
  const bestCosine = new Float64Array(count);
  for (let i = 0; i < n; i++) {
    let filled = 0;
    for (let j = 0; j < m; j++) {
      if (self && i === j) continue;
      const cosine = dot(queries, i * width, references, j * width, width);
      if (filled === count && (count === 0 || cosine <= bestCosine[count - 1])) continue;
      // Insertion into the few that are kept; earlier references win ties.
      let at = filled < count ? filled++ : count - 1;
      for (; at > 0 && bestCosine[at - 1] < cosine; at--) {
        bestCosine[at] = bestCosine[at - 1];
        bestIndex[at] = bestIndex[at - 1];
      }
      bestCosine[at] = cosine;
      bestIndex[at] = j;
    }
    if (count > 0) {
      found.index.set(bestIndex, i * count);
      found.cosine.set(bestCosine, i * count);
      // Rounding must not make a copy's distance negative.
      found.distance[i] = Math.max(0, 1 - bestCosine[0]);
    }
    await pause(i, signal, onProgress);
  }
  return found;
}

export interface NearDuplicates {
  /** [n] how many other rows are near-duplicates of each. */
  readonly counts: Int32Array;
  /** [n] groups linked by near-duplicates, numbered from 0 by first row; −1 for a row that has none. */
  readonly clusterOf: Int32Array;
}

/** Near-duplicates among rows of length 1, [n, width]. */
export async function nearDuplicates(
  rows: Float32Array,
  width: number,
  { signal, onProgress }: NearnessOptions = {},
): Promise<NearDuplicates> {
  const n = rows.length / width;
  const links: [number, number][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (dot(rows, i * width, rows, j * width, width) >= nearDuplicateCosine) links.push([i, j]);
    }
    await pause(i, signal, onProgress);
  }
  return groupLinks(n, links);
}

/** The same where all that is known of a text is whether it is another's exact copy. */
export function copiesByHash(hashes: readonly string[]): NearDuplicates {
  const first = new Map<string, number>();
  const counts = new Int32Array(hashes.length);
  const sizes = new Map<string, number>();
  for (const hash of hashes) sizes.set(hash, (sizes.get(hash) ?? 0) + 1);
  const links: [number, number][] = [];
  hashes.forEach((hash, i) => {
    counts[i] = (sizes.get(hash) ?? 1) - 1;
    const earlier = first.get(hash);
    if (earlier === undefined) first.set(hash, i);
    else links.push([earlier, i]);
  });
  return { counts, clusterOf: groupLinks(hashes.length, links).clusterOf };
}

function groupLinks(n: number, links: readonly (readonly [number, number])[]): NearDuplicates {
  const counts = new Int32Array(n);
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const rootOf = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (const [i, j] of links) {
    counts[i]++;
    counts[j]++;
    const [a, b] = [rootOf(i), rootOf(j)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const clusterOf = new Int32Array(n).fill(-1);
  const numbers = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    if (counts[i] === 0) continue;
    const root = rootOf(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    clusterOf[i] = number;
  }
  return { counts, clusterOf };
}

function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, width: number): number {
  // Four sums side by side: a single one would wait for itself.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < width; k += 4) {
    s0 += a[atA + k] * b[atB + k];
    s1 += a[atA + k + 1] * b[atB + k + 1];
    s2 += a[atA + k + 2] * b[atB + k + 2];
    s3 += a[atA + k + 3] * b[atB + k + 3];
  }
  for (; k < width; k++) s0 += a[atA + k] * b[atB + k];
  return s0 + s1 + s2 + s3;
}

/** Lets signals and progress through now and then. */
async function pause(i: number, signal?: AbortSignal, onProgress?: (rows: number) => void): Promise<void> {
  if (i % 64 !== 63) return;
  onProgress?.(i + 1);
  await turn();
  if (signal?.aborted) throw new CancelledError();
}
