/**
 * From log-probabilities of the two checkers to one weight per synthetic row.
 *
 * With y the row's label, P̂' the quality checker, Q̂ the diversity checker (IMP) or the trained model itself (DIMP):
 *
 *   imp      ℓ = γ · (log P̂'(y|x) − log Q̂(y|x))        importance weight (Kuo et al., ICLR 2025, arXiv 2410.21526)
 *   quality  ℓ = γ · log P̂'(y|x)                        IMP without the diversity checker
 *   filter   ℓ = 0 if P̂'(y|x) > τ, else −∞              keep or drop, the control missing from the paper
 *
 * and then, for `imp` and `quality` (not for `filter`, whose weights are 0 and 1 by definition), in this order:
 *
 *   prior correction   ℓ ← ℓ + log P_real(y) − log P_syn(y)             not multiplied by γ
 *   clipping           ℓ ← min(max(ℓ, clip.min), clip.max)
 *   truncation         ℓ ← min(ℓ, quantile_q(ℓ))                        over all rows
 *   weight             w = exp(ℓ)
 *
 * Self-normalisation comes last and holds for all three: ℓ ← ℓ − log mean(exp ℓ), so that the mean weight is 1; it may
 * move ℓ outside the clip range again. Nothing is exponentiated before it is clipped, so P̂' = 1e-30 is ordinary input.
 *
 * A weight's interval is that of log P̂'(y|x) − log Q̂(y|x), where neither probability goes above 1, its ends taken through the
 * same steps with the cap and the mean of the weights themselves. Every step is monotone, so low ≤ w ≤ high.
 */
import { Random, permutation } from '../../base/random.ts';
import { quantile } from '../metrics/intervals.ts';
import { logSumExp } from './softmax.ts';

export type WeightMethod = 'imp' | 'quality' | 'filter';

export interface WeightSettings {
  method: WeightMethod;
  /** Exponent γ of the ratio; 1 is the paper's, below 1 pulls all weights towards 1. */
  gamma: number;
  /** Bounds of log w; ±Infinity switches a bound off. */
  clip: { min: number; max: number };
  /** Caps log w at this quantile of its own distribution, e.g. 0.99. Undefined: no truncation. */
  truncateQuantile?: number;
  /** Divide by the mean weight over all rows. */
  selfNormalise: boolean;
  /**
   * Label distributions [classCount] for log P_real(y) − log P_syn(y). Useful where both checkers are so sure of y that
   * their ratio carries no prior; where they are not, the ratio already carries part of it.
   */
  priorCorrection?: { real: readonly number[]; synthetic: readonly number[] };
  /** τ of `filter`, in [0, 1). */
  filterThreshold: number;
}

/**
 * log w ∈ [−10, log 2]: no row counts more than two ordinary ones. The upper bound limits the variance: an over-confident
 * Q̂ that is wrong about a row, or a model early in DIMP training, makes the ratio huge for mislabelled rows of all. Chosen
 * on the dev rows of sst2 with DIMP among 1, 2 and 10 (docs/results.md). The lower bound only keeps numbers finite and far
 * below anything that matters.
 */
export const DEFAULT_LOG_WEIGHT_CLIP = { min: -10, max: Math.LN2 } as const;

/** τ of `filter`: the quality checker gives the row's label more than even odds. */
export const DEFAULT_FILTER_THRESHOLD = 0.5;

export const DEFAULT_WEIGHT_SETTINGS: WeightSettings = {
  method: 'imp',
  gamma: 1,
  clip: DEFAULT_LOG_WEIGHT_CLIP,
  selfNormalise: false,
  filterThreshold: DEFAULT_FILTER_THRESHOLD,
};

/** The paper's weights as they are: no clipping, truncation or normalisation. */
export const PAPER_WEIGHT_SETTINGS: WeightSettings = {
  ...DEFAULT_WEIGHT_SETTINGS,
  clip: { min: -Infinity, max: Infinity },
};

/** Log-probabilities below this (the smallest float64, 5e-324) are read as this, so that 0/0 is 1 and never NaN. */
const LOG_FLOOR = Math.log(Number.MIN_VALUE);

export interface WeightInput {
  /** log P̂'(·|x) of every label, [rows, classCount], calibrated or not as the caller decides. */
  logP: Float64Array;
  /** log Q̂(·|x) of every label, [rows, classCount]; needed by `imp` alone. */
  logQ?: Float64Array;
  /** The rows' label ids, [rows], each in 0 … classCount−1. */
  labels: ArrayLike<number>;
  classCount: number;
  settings: WeightSettings;
  /** Where it is known how sure the log-probabilities are. */
  spread?: Spread;
  /** Whether a row is among those that the cap and the mean are taken of; absent: all are. The others are weighted by them. */
  counts?: (row: number) => boolean;
}

/** Standard errors of log-probabilities (`jackknifeSpread`). */
export interface Spread {
  /** Of log P̂', [rows, classCount], ≥ 0; NaN where it is not known. */
  logP: ArrayLike<number>;
  /** Of log Q̂, likewise; where absent or NaN, Q̂ counts as known. */
  logQ?: ArrayLike<number>;
  /** Standard errors to either side (`intervalFacts`), > 0. */
  quantile: number;
}

export interface Weights {
  /** log w, [rows]; −Infinity only for rows that `filter` drops. */
  logWeight: Float64Array;
  /** w, [rows], ≥ 0. */
  weight: Float64Array;
  /** P̂'(y|x) of the row's own label, [rows]. */
  quality: Float64Array;
  /** Q̂(y|x) of the row's own label, [rows]; undefined where no `logQ` was given. */
  diversity: Float64Array | undefined;
  /** Ends of the weight's interval, [rows]; NaN where the spread of a row is not known, undefined where none was given. */
  interval: { low: Float64Array; high: Float64Array } | undefined;
}

/** Weights of all rows; see the top of this file for the formulas. Throws RangeError on input that is not of the shapes described. */
export function computeWeights({ logP, logQ, labels, classCount, settings, spread, counts }: WeightInput): Weights {
  const { method, gamma, clip } = settings;
  if (!(gamma >= 0)) throw new RangeError(`gamma must not be negative, got ${gamma}`);
  if (!(clip.min <= clip.max)) throw new RangeError(`clip.min ${clip.min} must not exceed clip.max ${clip.max}`);
  const logQuality = ownLabel(logP, labels, classCount, "log P̂'");
  const logDiversity = logQ && ownLabel(logQ, labels, classCount, 'log Q̂');

  /** ℓ up to clipping, with log P̂'(y|x) − log Q̂(y|x) moved by so much in each row. */
  const clipped = (shift: (row: number) => number): Float64Array => {
    const logWeight = logQuality.map((value, row) => {
      switch (method) {
        case 'imp':
          if (!logDiversity) throw new RangeError('the importance weight needs log Q̂');
          return gamma * (value - logDiversity[row] + shift(row));
        case 'quality':
          return gamma * (value + shift(row));
        case 'filter': {
          const probability = Math.exp(value + shift(row));
          if (Number.isNaN(probability)) return NaN;
          return probability > settings.filterThreshold ? 0 : -Infinity;
        }
      }
    });
    if (method === 'filter') return logWeight;
    if (settings.priorCorrection) addPriorCorrection(logWeight, labels, classCount, settings.priorCorrection);
    return logWeight.map((value) => Math.min(Math.max(value, clip.min), clip.max));
  };
  const logWeight = clipped(() => 0);
  const counted = (): Float64Array => (counts === undefined ? logWeight : logWeight.filter((_, row) => counts(row)));
  const cap =
    method === 'filter' || settings.truncateQuantile === undefined || counted().length === 0
      ? Infinity
      : quantile(counted(), settings.truncateQuantile);
  truncate(logWeight, cap);
  const mean = settings.selfNormalise ? logMean(counted()) : 0;
  subtract(logWeight, mean);
  const end = (side: -1 | 1, of: Spread): Float64Array => {
    const shift = (row: number): number => {
      const at = row * classCount + labels[row];
      const ofP = of.quantile * of.logP[at];
      const ofQ =
        method !== 'imp' || of.logQ === undefined || Number.isNaN(of.logQ[at]) ? 0 : of.quantile * of.logQ[at];
      // No probability goes above 1. The two checkers share no training rows, so their errors add as squares do.
      return side === 1
        ? Math.hypot(Math.min(ofP, -logQuality[row]), ofQ)
        : -Math.hypot(ofP, Math.min(ofQ, -(logDiversity?.[row] ?? -Infinity)));
    };
    const ends = clipped(shift);
    truncate(ends, cap);
    subtract(ends, mean);
    return ends.map(Math.exp);
  };
  return {
    logWeight,
    weight: logWeight.map(Math.exp),
    quality: logQuality.map(Math.exp),
    diversity: logDiversity?.map(Math.exp),
    interval: spread && { low: end(-1, spread), high: end(1, spread) },
  };
}

/** Effective sample size (Σw)² / Σw² (Kish): between 1 and n; 0 where all weights are 0. */
export function effectiveSampleSize(weight: ArrayLike<number>): number {
  // Relative to the largest weight, so that neither sum overflows or underflows.
  let max = 0;
  for (let i = 0; i < weight.length; i++) max = Math.max(max, weight[i]);
  if (max === 0) return 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i] / max;
    sum += w;
    squares += w * w;
  }
  return (sum * sum) / squares;
}

/** Σw per label, [classCount]; to be set against the real label distribution. */
export function classWeights(weight: ArrayLike<number>, labels: ArrayLike<number>, classCount: number): Float64Array {
  const sums = new Float64Array(classCount);
  for (let row = 0; row < labels.length; row++) sums[labelAt(labels, row, classCount)] += weight[row];
  return sums;
}

/** Number of rows per label, [classCount]. */
export function labelCounts(labels: ArrayLike<number>, classCount: number): number[] {
  const counts = new Array<number>(classCount).fill(0);
  for (let row = 0; row < labels.length; row++) counts[labelAt(labels, row, classCount)]++;
  return counts;
}

/** Share of each label, [classCount], summing to 1; all 0 where there are no rows. */
export function labelPriors(labels: ArrayLike<number>, classCount: number): number[] {
  return labelCounts(labels, classCount).map((count) => count / Math.max(labels.length, 1));
}

/**
 * The `random` control: the same weights dealt to other rows, so that only *which* row has which weight differs from
 * the method it is compared with; mean, variance and ESS are those of `weight`.
 */
export function permuteWeights(weight: Float64Array, seed: number): Float64Array {
  const order = permutation(weight.length, new Random(seed, 'random weights'));
  return weight.map((_, row) => weight[order[row]]);
}

function labelAt(labels: ArrayLike<number>, row: number, classCount: number): number {
  const label = labels[row];
  if (!Number.isInteger(label) || label < 0 || label >= classCount) {
    throw new RangeError(`row ${row} has label id ${label}, expected 0 … ${classCount - 1}`);
  }
  return label;
}

function ownLabel(
  logProbabilities: Float64Array,
  labels: ArrayLike<number>,
  classCount: number,
  name: string,
): Float64Array {
  if (logProbabilities.length !== labels.length * classCount) {
    throw new RangeError(`${name} holds ${logProbabilities.length} numbers, expected ${labels.length} × ${classCount}`);
  }
  const own = new Float64Array(labels.length);
  for (let row = 0; row < own.length; row++) {
    const value = logProbabilities[row * classCount + labelAt(labels, row, classCount)];
    if (Number.isNaN(value)) throw new RangeError(`${name} of row ${row} is not a number`);
    own[row] = Math.max(value, LOG_FLOOR);
  }
  return own;
}

function addPriorCorrection(
  logWeight: Float64Array,
  labels: ArrayLike<number>,
  classCount: number,
  { real, synthetic }: { real: readonly number[]; synthetic: readonly number[] },
): void {
  if (real.length !== classCount || synthetic.length !== classCount) {
    throw new RangeError(`prior correction needs ${classCount} real and ${classCount} synthetic shares`);
  }
  for (let row = 0; row < logWeight.length; row++) {
    const label = labels[row];
    if (!(synthetic[label] > 0))
      throw new RangeError(`label id ${label} occurs but has synthetic share ${synthetic[label]}`);
    logWeight[row] += Math.log(real[label]) - Math.log(synthetic[label]);
  }
}

function truncate(logWeight: Float64Array, cap: number): void {
  for (let i = 0; i < logWeight.length; i++) logWeight[i] = Math.min(logWeight[i], cap);
}

function logMean(logWeight: Float64Array): number {
  const logSum = logSumExp(logWeight);
  // All rows dropped: there is nothing to normalise, and the weights stay 0.
  return logSum === -Infinity ? 0 : logSum - Math.log(logWeight.length);
}

function subtract(logWeight: Float64Array, by: number): void {
  for (let i = 0; i < logWeight.length; i++) logWeight[i] -= by;
}
