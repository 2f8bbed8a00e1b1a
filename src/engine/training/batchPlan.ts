import { permutation, Random } from '../../base/random.ts';

/** Batches per window within which rows are sorted by length. */
const window = 50;

/**
 * The batches of one epoch: shuffle, sort by length within windows of 50 batches, shuffle the batches. Rows of like
 * length meet, so little is padded, yet which rows meet, and when, stays random; nothing is sorted globally.
 * A pure function of its arguments: a resumed run draws the same plan.
 * @param lengths Tokens of each row.
 * @param grouped false: plain random batches, as Hugging Face's Trainer makes them by default.
 * @returns Row indices of each batch; the last may be smaller.
 */
export function planEpoch(
  lengths: Int32Array,
  { batchSize, seed, epoch, grouped = true }: { batchSize: number; seed: number; epoch: number; grouped?: boolean },
): Int32Array[] {
  const random = new Random(seed, `batches of epoch ${String(epoch)}`);
  const order = permutation(lengths.length, random);
  const batches: Int32Array[] = [];
  for (let start = 0; start < order.length; start += window * batchSize) {
    const rows = order.slice(start, start + window * batchSize);
    // Longest first; ties keep their random order, since typed-array sort is stable.
    if (grouped) rows.sort((a, b) => lengths[b]! - lengths[a]!);
    for (let at = 0; at < rows.length; at += batchSize) batches.push(rows.slice(at, at + batchSize));
  }
  return grouped ? random.shuffle(batches) : batches;
}

/** Optimizer steps of one epoch. */
export function stepsPerEpoch(rows: number, batchSize: number): number {
  return Math.ceil(rows / batchSize);
}
