/** Is one model better than another on the same rows? Tests of paired predictions, and the correction for many of them. */
import { meanAndSd } from './intervals.ts';
import { studentTQuantile, studentTTwoSided } from './studentT.ts';

/**
 * Exact McNemar test: of the rows that just one of two models gets right, is the share of either model one half? Two-sided
 * binomial p-value, SciPy's `binomtest(onlyFirst, onlyFirst + onlySecond).pvalue`; 1 where no row tells them apart.
 *
 * @param onlyFirst Rows that only the first model predicts correctly.
 * @param onlySecond Rows that only the second one does.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const k = Math.min(onlyFirst, onlySecond);
  // ln of the probability of exactly k, then downwards term by term: neither a factorial nor 2^n overflows.
  let logTerm = -n * Math.LN2;
  for (let j = 1; j <= k; j++) logTerm += Math.log((n - k + j) / j);
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return Math.min(1, 2 * Math.exp(logTerm) * sum);
}

/** Rows that just one of two models predicts correctly. */
export function discordantRows(
  truth: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): { onlyFirst: number; onlySecond: number } {
  if (first.length !== truth.length || second.length !== truth.length) {
    throw new RangeError(`${first.length} and ${second.length} predictions for ${truth.length} rows`);
  }
  let [onlyFirst, onlySecond] = [0, 0];
  for (let row = 0; row < truth.length; row++) {
    const [a, b] = [first[row] === truth[row], second[row] === truth[row]];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  return { onlyFirst, onlySecond };
}

/**
 * Holm's step-down correction (Holm 1979): p-values that keep the chance of any false alarm among all tests below the level
 * each is held against. In the order given; never smaller than the p-value itself.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const corrected = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((test, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[test]));
    corrected[test] = largest;
  });
  return corrected;
}

/** A difference of two methods, and how sure it is. */
export interface PairedDifference {
  /** Mean over seeds of first minus second. */
  readonly mean: number;
  /** Standard deviation over seeds; absent with one. */
  readonly sd?: number;
  /** Bounds of the confidence interval. */
  readonly low: number;
  readonly high: number;
  /** Two-sided p-value of "no difference". */
  readonly p: number;
}

/**
 * Tests the mean difference of two methods that were trained with the same seeds and judged on the same rows. Both are
 * random draws: another test set would hold other rows, another run other seeds. The variance of the mean difference is
 * taken as that over rows plus that over seeds, the t distribution's degrees of freedom by Welch and Satterthwaite (as for
 * readers and cases in Obuchowski & Rockette 1995). What is due to a row and a seed together is in both parts, so that the
 * test errs on the careful side. With one seed there is nothing to know the luck of training by, and only rows count.
 *
 * @param bySeed The difference for each seed, on all rows; at least one.
 * @param rowVariance Variance of their mean over other test rows, e.g. of its bootstrap distribution.
 * @param rows Test rows, at least 2.
 */
export function pairedDifference(
  bySeed: readonly number[],
  rowVariance: number,
  rows: number,
  level = 0.95,
): PairedDifference {
  if (bySeed.length === 0) throw new RangeError('a difference needs at least one seed');
  if (!(rowVariance >= 0)) throw new RangeError(`a variance is not negative, got ${rowVariance}`);
  const { mean, sd } = meanAndSd(bySeed);
  const seeds = bySeed.length;
  const seedVariance = seeds > 1 ? (sd * sd) / seeds : 0;
  const variance = rowVariance + seedVariance;
  const ofSeeds = seeds > 1 ? { sd } : {};
  if (variance === 0 || rows < 2) {
    // Identical predictions, or one that is better by the same on every draw.
    return { mean, ...ofSeeds, low: mean, high: mean, p: mean === 0 || rows < 2 ? 1 : 0 };
  }
  const df = variance ** 2 / (rowVariance ** 2 / (rows - 1) + (seeds > 1 ? seedVariance ** 2 / (seeds - 1) : 0));
  const error = Math.sqrt(variance);
  const half = studentTQuantile(level, df) * error;
  return { mean, ...ofSeeds, low: mean - half, high: mean + half, p: studentTTwoSided(mean / error, df) };
}
