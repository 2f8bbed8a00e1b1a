/** Metrics of predicted probabilities. */

/** Number of confidence bins of the expected calibration error, as in Guo et al. 2017. */
export const ECE_BINS = 15;

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
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): Σ_b (n_b / n) · |accuracy_b − mean confidence_b| over
 * equal-width bins (lower, upper] of the top label's probability.
 *
 * @param logP [rows, classCount] natural log-probabilities.
 */
export function expectedCalibrationError(
  logP: Float64Array,
  labels: ArrayLike<number>,
  classCount: number,
  bins = ECE_BINS,
): number {
  const confidence = new Float64Array(bins);
  const hits = new Float64Array(bins);
  for (let row = 0; row < labels.length; row++) {
    let top = 0;
    for (let c = 1; c < classCount; c++) {
      if (logP[row * classCount + c] > logP[row * classCount + top]) top = c;
    }
    const p = Math.exp(logP[row * classCount + top]);
    const bin = Math.min(Math.max(Math.ceil(p * bins) - 1, 0), bins - 1);
    confidence[bin] += p;
    if (top === labels[row]) hits[bin]++;
  }
  let error = 0;
  for (let b = 0; b < bins; b++) error += Math.abs(hits[b] - confidence[b]);
  return error / labels.length;
}

/** Mean entropy of the predicted distributions in nats, between 0 and ln classCount. */
export function meanEntropy(logP: Float64Array, classCount: number): number {
  let sum = 0;
  for (const value of logP) if (value > -Infinity) sum -= value * Math.exp(value);
  return sum / (logP.length / classCount);
}
