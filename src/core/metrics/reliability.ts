/** How well predicted probabilities agree with how often they are right: the reliability diagram and the ECE. */

/** Number of confidence bins, as in Guo et al. 2017. */
export const ECE_BINS = 15;

/** One bar of a reliability diagram: the rows whose top label has a probability in (from, to]. */
export interface ReliabilityBin {
  /** Excluded, but for 0. */
  readonly from: number;
  /** Included. */
  readonly to: number;
  /** At least 1: empty bins are left out. */
  readonly rows: number;
  /** Mean probability of the top label, 0 to 1. */
  readonly confidence: number;
  /** Share of the rows whose top label is theirs, 0 to 1. */
  readonly accuracy: number;
}

export interface Reliability {
  /** Expected calibration error, 0 to 1; 0 where there are no rows. */
  readonly ece: number;
  readonly rows: number;
  /** By confidence, ascending. */
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Reliability diagram over equal-width bins (from, to] of the top label's probability (DeGroot and Fienberg 1983), and the
 * expected calibration error Σ_b (n_b / n) · |accuracy_b − confidence_b| (Naeini et al. 2015; Guo et al. 2017). The bins are
 * those of scikit-learn's `calibration_curve(strategy='uniform')` on "the top label is right" against its probability.
 *
 * @param logP [rows, classCount] natural log-probabilities.
 * @param labels [rows] label ids.
 */
export function reliability(
  logP: Float64Array,
  labels: ArrayLike<number>,
  classCount: number,
  bins = ECE_BINS,
): Reliability {
  const rows = new Float64Array(bins);
  const confidence = new Float64Array(bins);
  const hits = new Float64Array(bins);
  for (let row = 0; row < labels.length; row++) {
    let top = 0;
    for (let c = 1; c < classCount; c++) {
      if (logP[row * classCount + c] > logP[row * classCount + top]) top = c;
    }
    const p = Math.exp(logP[row * classCount + top]);
    const bin = Math.min(Math.max(Math.ceil(p * bins) - 1, 0), bins - 1);
    rows[bin]++;
    confidence[bin] += p;
    if (top === labels[row]) hits[bin]++;
  }
  let error = 0;
  const filled: ReliabilityBin[] = [];
  for (let b = 0; b < bins; b++) {
    error += Math.abs(hits[b] - confidence[b]);
    if (rows[b] === 0) continue;
    filled.push({
      ...{ from: b / bins, to: (b + 1) / bins, rows: rows[b] },
      ...{ confidence: confidence[b] / rows[b], accuracy: hits[b] / rows[b] },
    });
  }
  return { ece: labels.length === 0 ? 0 : error / labels.length, rows: labels.length, bins: filled };
}
