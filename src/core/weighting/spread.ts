/**
 * How far a log-probability would move with other training rows: the standard error that the fold models themselves show.
 *
 * Each of the K fold models was trained without one group of rows, so they are the replicates of a delete-a-group jackknife
 * (Quenouille 1956; Tukey 1958; Kott, "The delete-a-group jackknife", Journal of Official Statistics 17, 2001):
 *
 *   se² = (K − 1) / K · Σ_k (θ_k − θ̄)²
 *
 * Any two of them share all but two groups, so their plain standard deviation, sqrt(Σ (θ_k − θ̄)² / (K − 1)), is too small, by
 * (K − 1) / √K: 1.8 times for five folds. With K replicates, se² has K − 1 degrees of freedom: an interval takes its quantile
 * from Student's t (Kott 2001), wide where the models are few.
 *
 * What it covers: which rows of the same source the training set happens to hold. What it does not: a real set that is
 * unlike the data to come, rows far from all of it (all fold models may be wrong alike there), wrong labels in it, and what is
 * chosen once for all folds (epochs, C, temperature). Noise of training itself (batches, dropout) counts several times over.
 *
 * Held against checkers of other draws of real rows (logistic probe, five folds) it is of the right size and somewhat too narrow, most
 * with few rows; the plain standard deviation is far too narrow. Fine-tuned checkers were not tried.
 */
import { studentTQuantile } from '../metrics/studentT.ts';
import { logMeanProbabilities } from './softmax.ts';
import type { IntervalFacts } from './sureness.ts';

/** The coverage that intervals aim at. */
export const INTERVAL_LEVEL = 0.95;

/**
 * Delete-a-group jackknife standard error of each number.
 *
 * @param perFold One array per fold model, all of the same shape: e.g. its log-probabilities, [rows, classCount].
 * @returns An array of that shape, ≥ 0; undefined for a single model, which says nothing of its spread.
 */
export function jackknifeSpread(perFold: readonly Float64Array[]): Float64Array | undefined {
  const K = perFold.length;
  if (K < 2) return undefined;
  const length = perFold[0].length;
  if (perFold.some((of) => of.length !== length)) throw new RangeError('the models differ in shape');
  const spread = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    let mean = 0;
    for (let k = 0; k < K; k++) mean += perFold[k][i] / K;
    let squares = 0;
    for (let k = 0; k < K; k++) squares += (perFold[k][i] - mean) ** 2;
    spread[i] = Math.sqrt(((K - 1) / K) * squares);
  }
  return spread;
}

/** What intervals from so many fold models rest on; undefined for fewer than two, which give none. */
export function intervalFacts(models: number, level = INTERVAL_LEVEL): IntervalFacts | undefined {
  return models >= 2 ? { models, level, quantile: studentTQuantile(level, models - 1) } : undefined;
}

/** What several models say together about some rows. */
export interface EnsembleAnswer {
  /** Log of the mean of their probabilities, [rows, classCount]. */
  readonly logP: Float64Array;
  /** Standard error of each number of `logP`; undefined for a single model. */
  readonly spread?: Float64Array;
}

/** The mean of fold models' probabilities and its spread. @param perFold See {@link jackknifeSpread}; at least one. */
export function ensembleAnswer(perFold: readonly Float64Array[]): EnsembleAnswer {
  return { logP: logMeanProbabilities(perFold), spread: jackknifeSpread(perFold) };
}
