/** Pairs of rows of a large cosine, without multiplying each row with each in full. */
import { mainDirections } from '../core/duplicates/projection.ts';
import type { Device } from '../engine/runtime/device.ts';
import { pause, type NearnessOptions } from './nearness.ts';
import { Products, type Rows } from './products.ts';

/** Directions that rows are shortened to; with what is left over as one number more, 64 numbers. */
const directions = 63;

/** Fewer rows are compared each with each at once. */
const fewRows = 512;

/** What is left over of a row is a root: close to 0 rounding counts for more than in a product. */
const boundError = 1e-3;

/** Rows of length 1, prepared for {@link ClosePairs.each}. */
export class ClosePairs {
  readonly #products: Products | undefined;
  readonly #short: Rows | undefined;

  private constructor(products?: Products, short?: Rows) {
    this.#products = products;
    this.#short = short;
  }

  /**
   * @param rows Of length 1.
   * @param device Makes the matrix products; without one every pair is handed out.
   */
  static async of(rows: Rows, device?: Device, signal?: AbortSignal): Promise<ClosePairs> {
    const { values, width } = rows;
    if (device === undefined || values.length / width < fewRows) return new ClosePairs();
    const products = await Products.open(device);
    try {
      const short = width <= 2 * directions ? rows : await shorten(rows, products, signal);
      return new ClosePairs(products, short);
    } catch (thrown) {
      await products.release();
      throw thrown;
    }
  }

  /**
   * Hands out every pair of members whose cosine is at least `threshold`, and some others: never fewer.
   *
   * @param members Indices of rows, ascending.
   * @param visit Told each pair once, the smaller index first.
   */
  async each(
    members: readonly number[],
    threshold: number,
    visit: (row: number, other: number) => void,
    { signal, onProgress }: NearnessOptions = {},
  ): Promise<void> {
    const n = members.length;
    if (this.#products === undefined || this.#short === undefined || n < fewRows) {
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) visit(members[i], members[j]);
        await pause(i, signal, onProgress);
      }
      return;
    }
    const { width, values } = this.#short;
    const own = { values: new Float32Array(n * width), width };
    members.forEach((row, i) => {
      own.values.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    const bound = threshold - boundError;
    for await (const block of this.#products.blocks(own, own, { upper: true, signal })) {
      const { fromA, fromB, countA, countB, products } = block;
      for (let i = 0; i < countA; i++) {
        for (let j = Math.max(0, fromA + i + 1 - fromB); j < countB; j++) {
          if (products[i * countB + j] >= bound) visit(members[fromA + i], members[fromB + j]);
        }
      }
      if (fromB + countB === n) onProgress?.(fromA + countA);
    }
  }

  async release(): Promise<void> {
    await this.#products?.release();
  }
}

/** Each row along its main directions, and the length of what is left over: see `core/duplicates/projection`. */
async function shorten(rows: Rows, products: Products, signal?: AbortSignal): Promise<Rows> {
  const { values, width } = rows;
  const n = values.length / width;
  const along = await products.all(rows, { values: mainDirections(values, width, directions), width }, signal);
  const short = new Float32Array(n * (directions + 1));
  // Each of the coordinates may be off by a rounding of 1e-5: see `productError`.
  const restError = 2e-5 * Math.sqrt(directions);
  for (let row = 0; row < n; row++) {
    let rest = 0;
    for (let k = 0; k < width; k++) rest += values[row * width + k] ** 2;
    for (let d = 0; d < directions; d++) {
      const x = along[row * directions + d];
      short[row * (directions + 1) + d] = x;
      rest -= x * x;
    }
    short[row * (directions + 1) + directions] = Math.sqrt(Math.max(0, rest) + restError);
  }
  return { values: short, width: directions + 1 };
}
