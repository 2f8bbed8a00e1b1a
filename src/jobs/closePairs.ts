/** Pairs of rows of a large cosine: all of them but those that nobody needs, without multiplying each row with each in full. */
import type { Settled } from '../core/duplicates/overlapJoin.ts';
import type { Device } from '../engine/runtime/device.ts';
import { dot, pause, type NearnessOptions } from './nearness.ts';
import { Products, productError, type Rows } from './products.ts';
import { boundError, nearestLeaders, shorten } from './shortRows.ts';

/** Fewer rows are compared each with each at once. */
const fewRows = 512;

/** Rows of a block, which are compared with all others, part by part; products that few stay in the processor's cache. */
const [rowsOfBlock, rowsOfPart] = [1024, 512];

/** What the matrix products need. */
interface Prepared {
  readonly products: Products;
  /** The rows by few numbers, which tell that most pairs are far from the threshold. */
  readonly short: Rows;
  /** [n] equal for rows that are likely to be alike. */
  readonly leaderOf: Int32Array;
}

/** Rows of length 1, prepared for {@link ClosePairs.each}. */
export class ClosePairs {
  readonly #rows: Rows;
  readonly #prepared: Prepared | undefined;

  private constructor(rows: Rows, prepared?: Prepared) {
    [this.#rows, this.#prepared] = [rows, prepared];
  }

  /**
   * @param rows Of length 1.
   * @param device Makes the matrix products; without one every pair is computed here, with the same result.
   */
  static async of(rows: Rows, device?: Device, signal?: AbortSignal): Promise<ClosePairs> {
    if (device === undefined || rows.values.length / rows.width < fewRows) return new ClosePairs(rows);
    const products = await Products.open(device);
    try {
      const short = await shorten(rows, products, signal);
      return new ClosePairs(rows, { products, short, leaderOf: await nearestLeaders(short, products, signal) });
    } catch (thrown) {
      await products.release();
      throw thrown;
    }
  }

  /**
   * Hands out the pairs of members whose cosine is at least `threshold`, each once, except those that are settled by then.
   *
   * @param members Indices of rows.
   * @param visit Told places in `members`, the smaller first.
   * @param options What is settled is asked about places in `members`.
   */
  async each(
    members: ArrayLike<number>,
    threshold: number,
    visit: (place: number, other: number) => void,
    options: NearnessOptions & Settled,
  ): Promise<void> {
    const { isFull, groupOf, signal, onProgress } = options;
    const n = members.length;
    const { values, width } = this.#rows;
    const offer = (i: number, j: number, about: number): void => {
      if (isFull(i) && isFull(j) && groupOf(i) === groupOf(j)) return;
      const isSure = about >= threshold + productError;
      if (!isSure && dot(values, members[i] * width, values, members[j] * width, width) < threshold) return;
      if (i < j) visit(i, j);
      else visit(j, i);
    };
    if (this.#prepared === undefined || n < fewRows) {
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) offer(i, j, threshold);
        await pause(i, signal, onProgress);
      }
      return;
    }
    const { products, short, leaderOf } = this.#prepared;
    const gather = {
      shortBlock: gatherer(short, members, rowsOfBlock),
      shortPart: gatherer(short, members, rowsOfPart),
      block: gatherer(this.#rows, members, rowsOfBlock),
      part: gatherer(this.#rows, members, rowsOfPart),
    };
    let left: Int32Array = Int32Array.from({ length: n }, (_, i) => i);
    left.sort((i, j) => leaderOf[members[i]] - leaderOf[members[j]] || i - j);
    while (left.length > 0) {
      left = fullLast(left, options);
      const block = left.subarray(0, rowsOfBlock);
      const shortBlock = gather.shortBlock(block);
      for (let from = 0; from < left.length; from += rowsOfPart) {
        const part = left.subarray(from, from + rowsOfPart);
        const group = commonGroup(part, options);
        if (group >= 0 && group === commonGroup(block, options)) continue;
        const largest = await products.largest(shortBlock, gather.shortPart(part), signal);
        const near = Int32Array.from(block.keys()).filter(
          (a) => largest[a] >= threshold - boundError && !(isFull(block[a]) && groupOf(block[a]) === group),
        );
        if (near.length === 0) continue;
        const nearRows = gather.block(near.map((a) => block[a]));
        const found = await products.of(nearRows, gather.part(part), signal);
        eachFrom(found, threshold - productError, (index) => {
          const a = near[Math.floor(index / part.length)];
          const b = index % part.length;
          // The block is the beginning of what is left: each pair once.
          if (from + b > a) offer(block[a], part[b], found[index]);
        });
      }
      left = left.subarray(block.length);
      onProgress?.(n - left.length);
    }
  }

  async release(): Promise<void> {
    await this.#prepared?.products.release();
  }
}

/** Lays the rows of members at some places side by side, at most `most`; the next ones take the same memory. */
function gatherer({ values, width }: Rows, members: ArrayLike<number>, most: number): (places: Int32Array) => Rows {
  const memory = new Float32Array(most * width);
  return (places) => {
    for (let i = 0; i < places.length; i++) {
      const row = members[places[i]];
      memory.set(values.subarray(row * width, (row + 1) * width), i * width);
    }
    return { values: memory.subarray(0, places.length * width), width };
  };
}

/** Visits where numbers are at least `least`. By itself, so that it is compiled well: most of the time here is spent in it. */
function eachFrom(numbers: Float32Array, least: number, visit: (index: number) => void): void {
  for (let index = 0; index < numbers.length; index++) if (numbers[index] >= least) visit(index);
}

/**
 * Places with the full ones last, group by group: until it is its turn, a row may become full without being compared with
 * all others, and parts of one group need not be compared with each other.
 */
function fullLast(places: Int32Array, { isFull, groupOf }: Settled): Int32Array {
  const full = new Map<number, number[]>();
  const open = places.filter((place) => {
    if (!isFull(place)) return true;
    const members = full.get(groupOf(place));
    if (members === undefined) full.set(groupOf(place), [place]);
    else members.push(place);
    return false;
  });
  const ordered = new Int32Array(places.length);
  ordered.set(open);
  let at = open.length;
  for (const members of full.values()) {
    ordered.set(members, at);
    at += members.length;
  }
  return ordered;
}

/** The group that all places are of, if all are full; −1 if not. */
function commonGroup(places: Int32Array, { isFull, groupOf }: Settled): number {
  const group = groupOf(places[0]);
  return places.every((place) => isFull(place) && groupOf(place) === group) ? group : -1;
}
