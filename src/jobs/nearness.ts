/** Which rows are near which, by the cosine of their embeddings: the real rows nearest to each, and texts unlike every real one. */
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../base/errors.ts';

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

/** Σ a·b of two rows, each `width` numbers from its offset. */
export function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, width: number): number {
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
export async function pause(i: number, signal?: AbortSignal, onProgress?: (rows: number) => void): Promise<void> {
  if (i % 64 !== 63) return;
  onProgress?.(i + 1);
  await turn();
  if (signal?.aborted) throw new CancelledError();
}
