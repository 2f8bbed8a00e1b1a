/** Which rows are near which, by the cosine of their embeddings: the real rows nearest to each, and texts unlike every real one. */
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../base/errors.ts';
import type { Device } from '../engine/runtime/device.ts';
import { Products, productError, type Rows } from './products.ts';

export interface NearnessOptions {
  /** Makes the matrix products of large sets; without one every pair is computed here, with the same result. */
  readonly device?: Device;
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

/** Pairs from which on matrix products are worth opening a session for. */
const manyPairs = 1_000_000;

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
  { self = false, most = 1, ...options }: NearnessOptions & { readonly self?: boolean; readonly most?: number } = {},
): Promise<Nearest> {
  const [n, m] = [queries.length / width, references.length / width];
  const best = new BestReferences(
    { values: queries, width },
    { values: references, width },
    { count: Math.max(0, Math.min(most, self ? m - 1 : m)), self },
  );
  const { device, signal, onProgress } = options;
  if (device !== undefined && n * m >= manyPairs) {
    await fromProducts(best, device, options);
    return best.found();
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) best.offer(i, j);
    await pause(i, signal, onProgress);
  }
  return best.found();
}

/** Offers the pairs whose products are large enough that rounding may hide a best one. */
async function fromProducts(
  best: BestReferences,
  device: Device,
  { signal, onProgress }: NearnessOptions,
): Promise<void> {
  const products = await Products.open(device);
  try {
    for await (const block of products.blocks(best.queries, best.references, signal)) {
      const { fromA, fromB, countA, countB } = block;
      for (let i = 0; i < countA; i++) {
        let bar = best.least(fromA + i) - productError;
        for (let j = 0; j < countB; j++) {
          if (block.products[i * countB + j] < bar) continue;
          best.offer(fromA + i, fromB + j);
          bar = best.least(fromA + i) - productError;
        }
      }
      if (fromB === 0) onProgress?.(fromA);
    }
  } finally {
    await products.release();
  }
}

/** The best references of each query among those that were offered. */
class BestReferences {
  readonly queries: Rows;
  readonly references: Rows;
  readonly #count: number;
  readonly #self: boolean;
  readonly #filled: Int32Array;
  readonly #index: Int32Array;
  readonly #cosine: Float64Array;

  constructor(queries: Rows, references: Rows, { count, self }: { readonly count: number; readonly self: boolean }) {
    const n = queries.values.length / queries.width;
    [this.queries, this.references] = [queries, references];
    [this.#count, this.#self] = [count, self];
    this.#filled = new Int32Array(n);
    this.#index = new Int32Array(n * count);
    this.#cosine = new Float64Array(n * count);
  }

  /** The cosine that a further reference of a query must exceed; −∞ while there is room. */
  least(query: number): number {
    if (this.#filled[query] < this.#count) return -Infinity;
    return this.#count === 0 ? Infinity : this.#cosine[(query + 1) * this.#count - 1];
  }

  /** Earlier references win ties: a query's must be offered in ascending order. */
  offer(query: number, reference: number): void {
    const count = this.#count;
    if (count === 0 || (this.#self && query === reference)) return;
    const { width, values } = this.queries;
    const cosine = dot(values, query * width, this.references.values, reference * width, width);
    if (cosine <= this.least(query)) return;
    const start = query * count;
    let at = start + (this.#filled[query] < count ? this.#filled[query]++ : count - 1);
    for (; at > start && this.#cosine[at - 1] < cosine; at--) {
      this.#cosine[at] = this.#cosine[at - 1];
      this.#index[at] = this.#index[at - 1];
    }
    this.#cosine[at] = cosine;
    this.#index[at] = reference;
  }

  found(): Nearest {
    const count = this.#count;
    // Rounding must not make a copy's distance negative.
    const distance = Float64Array.from(this.#filled, (_, query) =>
      count === 0 ? Infinity : Math.max(0, 1 - this.#cosine[query * count]),
    );
    return { count, index: this.#index, cosine: Float32Array.from(this.#cosine), distance };
  }
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
