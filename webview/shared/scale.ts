/** Numbers along an axis. Pure. */

/**
 * Round numbers that cover a range: about `count` of them, from the last at or below `low` to the first at or above
 * `high`, in steps of 1, 2 or 5 times a power of ten.
 */
export function niceTicks(low: number, high: number, count: number, leastStep = 0): readonly number[] {
  if (!(Number.isFinite(low) && Number.isFinite(high)) || high < low) return [];
  const span = high - low > 0 ? high - low : Math.max(Math.abs(high) * 0.1, leastStep, 1e-6);
  const rough = Math.max(span / Math.max(1, count), leastStep);
  const power = 10 ** Math.floor(Math.log10(rough) + 1e-9);
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(high / step - 1e-9));
  // Multiples, not sums: 0.1 + 0.2 is no tick.
  return Array.from({ length: to - from + 1 }, (_, i) => Number(((from + i) * step).toPrecision(12)));
}

/** Whole numbers from 1 to `last`, at most `count`, evenly apart, the last one among them. */
export function wholeTicks(last: number, count: number): readonly number[] {
  const step = Math.max(1, Math.ceil(last / Math.max(1, count)));
  const ticks: number[] = [];
  for (let at = last; at >= 1; at -= step) ticks.unshift(at);
  return ticks;
}

/** Exponential moving average that weights its beginning rightly; `keep` is how much of the past each point keeps. */
export function smooth(values: readonly number[], keep: number): number[] {
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}
