/** Rows by few numbers each: what tells that two are far from each other, and which are alike. */
import { mainDirections } from '../core/duplicates/projection.ts';
import type { Products, Rows } from './products.ts';

/** Directions that rows are shortened to; with what is left over as one number more, 64 numbers. */
const directions = 63;

/** What is left over of a row is a root: close to 0 rounding counts for more than in a product. */
export const boundError = 1e-3;

/**
 * Each row along the main directions, and the length of what is left over. Products of short rows are not below those of the
 * rows by more than {@link boundError}: see `core/duplicates/projection`. Rows that are short already stay as they are.
 *
 * @param rows Of length 1.
 */
export async function shorten(rows: Rows, products: Products, signal?: AbortSignal): Promise<Rows> {
  const { values, width } = rows;
  if (width <= 2 * directions) return rows;
  const n = values.length / width;
  const short = new Float32Array(n * (directions + 1));
  // Each of the coordinates may be off by a rounding of 1e-5: see `productError`.
  const restError = 2e-5 * Math.sqrt(directions);
  const along = { values: mainDirections(values, width, directions), width };
  for await (const { fromA, countA, products: coordinates } of products.blocks(rows, along, signal)) {
    for (let i = 0; i < countA; i++) {
      const row = fromA + i;
      let rest = 0;
      for (let k = 0; k < width; k++) rest += values[row * width + k] ** 2;
      for (let d = 0; d < directions; d++) {
        const x = coordinates[i * directions + d];
        short[row * (directions + 1) + d] = x;
        rest -= x * x;
      }
      short[row * (directions + 1) + directions] = Math.sqrt(Math.max(0, rest) + restError);
    }
  }
  return { values: short, width: directions + 1 };
}

/** Rows that others are put beside, at most. */
const mostLeaders = 256;

/** [n] to which of a few rows, spread over all, each has the largest product: alike rows mostly to the same one. */
export async function nearestLeaders(rows: Rows, products: Products, signal?: AbortSignal): Promise<Int32Array> {
  const { values, width } = rows;
  const n = values.length / width;
  const count = Math.min(n, mostLeaders);
  const leaders = new Float32Array(count * width);
  for (let leader = 0; leader < count; leader++) {
    const row = Math.floor((leader * n) / count);
    leaders.set(values.subarray(row * width, (row + 1) * width), leader * width);
  }
  const nearest = new Int32Array(n);
  const most = new Float32Array(n).fill(-Infinity);
  for await (const block of products.blocks(rows, { values: leaders, width }, signal)) {
    const { fromA, fromB, countA, countB } = block;
    for (let i = 0; i < countA; i++) {
      for (let j = 0; j < countB; j++) {
        const product = block.products[i * countB + j];
        if (product <= most[fromA + i]) continue;
        most[fromA + i] = product;
        nearest[fromA + i] = fromB + j;
      }
    }
  }
  return nearest;
}
