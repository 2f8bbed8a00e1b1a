/** Where the dots of the chart lie, without a screen. */
import type { MethodResult } from '../../src/protocol/compare.ts';
import { niceTicks } from '../shared/scale.ts';

export interface ChartScale {
  /** In percent; the first and the last are the ends of the axis. */
  readonly ticks: readonly number[];
  /** Place of a share along the axis, 0 to 1; what lies beyond an end is at it. */
  at(share: number): number;
  /** Whether a share lies left of the axis. */
  isBelow(share: number): boolean;
}

/** A method this many points below the best may be left of the axis: it would press the others together. */
const farBelow = 0.1;

/**
 * The axis over all means, intervals and seeds; a method that is far below the others does not stretch it.
 *
 * @param width Of the axis in pixels: it decides how many ticks there are.
 */
export function chartScale(methods: readonly MethodResult[], width: number): ChartScale {
  const known = methods.flatMap(({ macroF1 }) => (macroF1 === undefined ? [] : [macroF1]));
  const means = known.map(({ mean }) => mean).sort((a, b) => a - b);
  const [best, middle] = [means.at(-1) ?? 1, means.at(Math.floor(means.length / 2)) ?? 0];
  const cut = best - Math.max(farBelow, 3 * (best - middle));
  const near = known.filter(({ mean }) => mean >= cut);
  const values = near.flatMap(({ low, high, mean, bySeed }) => [low, high, mean, ...bySeed]);
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const ticks = niceTicks(100 * least, 100 * most, Math.max(2, Math.floor(width / 80)), 0.5);
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  return {
    ticks,
    at: (share) => Math.min(1, Math.max(0, (100 * share - low) / (high - low))),
    isBelow: (share) => 100 * share < low,
  };
}
