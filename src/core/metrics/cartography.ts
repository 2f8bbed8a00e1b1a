/**
 * Dataset cartography (Swayamdipta et al. 2020, "Dataset Cartography: Mapping and Diagnosing Datasets with Training
 * Dynamics"): what the epochs of a training say of each row. Rows that are learnt at once are easy, rows that never are
 * (low confidence, low variability) are often mislabelled, rows that the model keeps changing its mind about teach most.
 */

/** What each epoch said, epoch by epoch. */
export interface Dynamics {
  readonly epochs: number;
  readonly rows: number;
  /** [epochs · rows] log P̂θ(y|x), natural logarithm; NaN where nothing is known. */
  readonly logProbability: ArrayLike<number>;
  /** [epochs · rows] 1 where the row's label was the likeliest. */
  readonly correct: ArrayLike<number>;
}

export interface Cartography {
  /** [rows] mean of P̂θ(y|x) over the epochs, 0 to 1; NaN for a row of which nothing is known. */
  readonly confidence: Float32Array;
  /** [rows] standard deviation of P̂θ(y|x) over the epochs (of the population, as in the paper), 0 to 0.5. */
  readonly variability: Float32Array;
  /** [rows] share of the epochs in which the label was the likeliest, 0 to 1. */
  readonly correctness: Float32Array;
}

/** Confidence, variability and correctness of every row. */
export function cartography({ epochs, rows, logProbability, correct }: Dynamics): Cartography {
  const confidence = new Float32Array(rows).fill(NaN);
  const variability = new Float32Array(rows).fill(NaN);
  const correctness = new Float32Array(rows).fill(NaN);
  for (let row = 0; row < rows; row++) {
    let [known, sum, right] = [0, 0, 0];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const log = logProbability[epoch * rows + row];
      if (Number.isNaN(log)) continue;
      known++;
      sum += Math.exp(log);
      right += correct[epoch * rows + row];
    }
    if (known === 0) continue;
    const mean = sum / known;
    let squares = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const log = logProbability[epoch * rows + row];
      if (!Number.isNaN(log)) squares += (Math.exp(log) - mean) ** 2;
    }
    confidence[row] = mean;
    variability[row] = Math.sqrt(squares / known);
    correctness[row] = right / known;
  }
  return { confidence, variability, correctness };
}
