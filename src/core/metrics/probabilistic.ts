/** Metrics of predicted probabilities. */
import { ECE_BINS, reliability } from './reliability.ts';

/**
 * Mean negative log-likelihood in nats, −mean log P(y|x). Nothing is clipped: a label given probability 0 makes it Infinity.
 *
 * @param logP [rows, classCount] natural log-probabilities.
 */
export function logLoss(logP: Float64Array, labels: ArrayLike<number>, classCount: number): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum -= logP[row * classCount + labels[row]];
  return sum / labels.length;
}

/**
 * Expected calibration error over equal-width bins of the top label's probability; see `reliability`.
 *
 * @param logP [rows, classCount] natural log-probabilities.
 */
export function expectedCalibrationError(
  logP: Float64Array,
  labels: ArrayLike<number>,
  classCount: number,
  bins = ECE_BINS,
): number {
  return reliability(logP, labels, classCount, bins).ece;
}

/** Mean entropy of the predicted distributions in nats, between 0 and ln classCount. */
export function meanEntropy(logP: Float64Array, classCount: number): number {
  let sum = 0;
  for (const value of logP) if (value > -Infinity) sum -= value * Math.exp(value);
  return sum / (logP.length / classCount);
}
