/** Spread and uncertainty of numbers: quantiles, mean ± sd over seeds, bootstrap intervals over rows. */
import { Random } from '../../base/random.ts';

/**
 * The q-quantile of unsorted values by linear interpolation between order statistics (NumPy's default, Hyndman–Fan
 * type 7).
 *
 * @param q In [0, 1].
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new RangeError('a quantile of no values is undefined');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile lies in 0 … 1, got ${q}`);
  const sorted = Float64Array.from(values).sort();
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  // Where both neighbours are the same infinity, interpolating would give NaN.
  if (sorted[below] === sorted[above]) return sorted[below];
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** Mean and sample standard deviation (n − 1 in the denominator; NaN for fewer than two values). */
export function meanAndSd(values: ArrayLike<number>): { mean: number; sd: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  return { mean, sd: n < 2 ? NaN : Math.sqrt(squares / (n - 1)) };
}

export interface BootstrapSettings {
  /** Number of resamples; 1000 unless told. */
  resamples?: number;
  /** Coverage; 0.95 unless told. */
  level?: number;
  seed: number;
}

/**
 * The bootstrap distribution of numbers over rows (Efron & Tibshirani 1993, §6): what they might have been on other rows.
 *
 * @param rowCount Rows are drawn with replacement from 0 … rowCount−1, rowCount at a time.
 * @param statistic The number to compute on the drawn rows (the array is reused: do not keep it).
 * @returns [resamples].
 */
export function bootstrap(
  rowCount: number,
  statistic: (rows: Int32Array) => number,
  { resamples = 1000, seed }: Omit<BootstrapSettings, 'level'>,
): Float64Array {
  const values = new Float64Array(resamples);
  forEachResample(rowCount, { resamples, seed }, (rows, b) => {
    values[b] = statistic(rows);
  });
  return values;
}

/** Draws rows again and again; for several numbers on the very same draws, as paired comparisons need. */
export function forEachResample(
  rowCount: number,
  { resamples = 1000, seed }: Omit<BootstrapSettings, 'level'>,
  use: (rows: Int32Array, resample: number) => void,
): void {
  if (rowCount < 1) throw new RangeError('the bootstrap needs at least one row');
  const random = new Random(seed, 'bootstrap');
  const rows = new Int32Array(rowCount);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < rowCount; i++) rows[i] = random.integer(rowCount);
    use(rows, b);
  }
}

/** The interval that holds the middle `level` of a bootstrap distribution (percentile method). NaN values are left out. */
export function percentileInterval(distribution: ArrayLike<number>, level = 0.95): { low: number; high: number } {
  const values = Array.prototype.filter.call(distribution, (value: number) => !Number.isNaN(value)) as number[];
  if (values.length === 0) return { low: NaN, high: NaN };
  return { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}

/**
 * Percentile bootstrap interval (Efron & Tibshirani 1993, §13.3) of a statistic over rows.
 *
 * @param statistic See {@link bootstrap}. For a paired comparison return the difference of two models on the same rows. NaN
 *   results (e.g. an AUROC of one class) are left out.
 */
export function bootstrapInterval(
  rowCount: number,
  statistic: (rows: Int32Array) => number,
  { level = 0.95, ...settings }: BootstrapSettings,
): { low: number; high: number } {
  return percentileInterval(bootstrap(rowCount, statistic, settings), level);
}
