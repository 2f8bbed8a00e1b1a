/** The histogram of log₁₀ weight: the same bins for all weights, so that bars stay comparable while sliders move. */
import type { Interval } from './matchFilter.ts';

const FIRST_EDGE = -4;
const LAST_EDGE = 1;
const BINS_PER_DECADE = 8;
const BINS = (LAST_EDGE - FIRST_EDGE) * BINS_PER_DECADE;

/**
 * Edges in log₁₀ weight, 0.0001 to 10; weight 1 is an edge. A bin holds its lower edge but not its upper one; what lies
 * below or above all, weight 0 too, is in the first or last bin.
 */
export const histogramEdges: readonly number[] = Array.from(
  { length: BINS + 1 },
  (_, i) => FIRST_EDGE + i / BINS_PER_DECADE,
);

const thresholds = Float64Array.from(histogramEdges, (edge) => 10 ** edge);

/** Bin of a weight that is NaN. */
export const noBin = 255;

/** Bin of each weight, ≥ 0; `noBin` where it is NaN. */
export function weightBins(weight: Float32Array): Uint8Array {
  const bits = new Uint32Array(weight.buffer, weight.byteOffset, weight.length);
  const lowest = lowestBins();
  const bins = new Uint8Array(weight.length);
  for (let row = 0; row < bins.length; row++) {
    const value = weight[row];
    const bin = lowest[(bits[row] & 0x7fffffff) >>> 16];
    bins[row] = Number.isNaN(value) ? noBin : bin < BINS - 1 && value >= thresholds[bin + 1] ? bin + 1 : bin;
  }
  return bins;
}

/**
 * By the upper half of a float32's bits: the bin of the least float that has it. The greatest is less than 1 % above, and
 * so in the same bin or the next. Spares a logarithm per row.
 */
function lowestBins(): Uint8Array {
  const bins = new Uint8Array(1 << 15);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  let bin = 0;
  for (let half = 0; half < bins.length; half++) {
    bits[0] = half << 16;
    while (bin < BINS - 1 && value[0] >= thresholds[bin + 1]) bin++;
    bins[half] = bin;
  }
  return bins;
}

/** Weights of a brushed range of log₁₀ weight, in either direction; from edge to edge it is just the rows of those bins. */
export function brushInterval([a, b]: readonly [number, number]): Interval {
  const low = Math.min(a, b);
  const high = Math.max(a, b);
  return {
    from: low <= FIRST_EDGE ? -Infinity : 10 ** low,
    ...(high >= LAST_EDGE ? { to: Infinity } : { to: 10 ** high, toOpen: true }),
  };
}
