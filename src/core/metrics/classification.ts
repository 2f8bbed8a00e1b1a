/** Metrics of predicted labels. Definitions and edge cases are scikit-learn's. */

export interface ClassMetrics {
  /** TP / (TP + FP); 0 where the label is never predicted. */
  precision: number;
  /** TP / (TP + FN); 0 where the label never occurs. */
  recall: number;
  /** 2·TP / (2·TP + FP + FN); 0 where the label neither occurs nor is predicted. */
  f1: number;
  /** Rows that truly have the label. */
  support: number;
}

export interface ClassificationReport {
  /** Share of rows predicted correctly. */
  accuracy: number;
  /**
   * Unweighted mean of F1 over the labels that occur in the truth or the predictions: scikit-learn's
   * `f1_score(truth, predicted, average='macro', zero_division=0)` with `labels=None`. A label of the map that occurs in
   * neither does not count as 0.
   */
  macroF1: number;
  /** In label order, every label of the map. */
  perClass: ClassMetrics[];
  /** [classCount, classCount] row-major: rows are the truth, columns the predictions. */
  confusion: Int32Array;
}

/**
 * Counts of (truth, predicted) pairs, [classCount, classCount] row-major, truth in rows.
 *
 * @param rows The rows to count (for the bootstrap, with repetition); all of them unless given.
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
  rows?: ArrayLike<number>,
): Int32Array {
  if (truth.length !== predicted.length) {
    throw new RangeError(`${truth.length} true labels but ${predicted.length} predictions`);
  }
  const matrix = new Int32Array(classCount * classCount);
  const count = rows ? rows.length : truth.length;
  for (let i = 0; i < count; i++) {
    const row = rows ? rows[i] : i;
    const t = truth[row];
    const p = predicted[row];
    if (!(t >= 0 && t < classCount && p >= 0 && p < classCount)) {
      throw new RangeError(`row ${row} has label id ${t}, predicted ${p}, expected 0 … ${classCount - 1}`);
    }
    matrix[t * classCount + p]++;
  }
  return matrix;
}

/** Everything that follows from a confusion matrix. NaN accuracy and macro-F1 where there are no rows. */
export function reportOf(confusion: Int32Array, classCount: number): ClassificationReport {
  const perClass: ClassMetrics[] = [];
  let correct = 0;
  let total = 0;
  let f1Sum = 0;
  let occurring = 0;
  for (let c = 0; c < classCount; c++) {
    const hits = confusion[c * classCount + c];
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classCount; other++) {
      support += confusion[c * classCount + other];
      predicted += confusion[other * classCount + c];
    }
    const f1 = support + predicted > 0 ? (2 * hits) / (support + predicted) : 0;
    perClass.push({
      precision: predicted > 0 ? hits / predicted : 0,
      recall: support > 0 ? hits / support : 0,
      f1,
      support,
    });
    correct += hits;
    total += support;
    f1Sum += f1;
    if (support + predicted > 0) occurring++;
  }
  return { accuracy: correct / total, macroF1: f1Sum / occurring, perClass, confusion };
}

/** Accuracy, macro-F1, per-class metrics and confusion matrix of predicted label ids. */
export function classificationReport(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): ClassificationReport {
  return reportOf(confusionMatrix(truth, predicted, classCount), classCount);
}

/** The most probable label of every row of [rows, classCount] scores (logits or probabilities); ties go to the lowest id. */
export function argmaxRows(scores: Float32Array | Float64Array, classCount: number): Int32Array {
  const best = new Int32Array(scores.length / classCount);
  for (let row = 0; row < best.length; row++) {
    let argmax = 0;
    for (let c = 1; c < classCount; c++) {
      if (scores[row * classCount + c] > scores[row * classCount + argmax]) argmax = c;
    }
    best[row] = argmax;
  }
  return best;
}

export interface MajorityCheck {
  /** The most frequent true label (lowest id of equals). */
  majorityLabel: number;
  /** Its share of the rows: the accuracy of always answering it. */
  majorityShare: number;
  /** The label the model predicts for every single row, if there is one. */
  constantPrediction: number | undefined;
  /** The model answers one label only, or is right no more often than always answering the majority label. */
  noBetterThanMajority: boolean;
}

/** Is a model any better than always answering the most frequent label? At least one row. */
export function checkMajority(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): MajorityCheck {
  const { perClass, accuracy } = classificationReport(truth, predicted, classCount);
  let majorityLabel = 0;
  perClass.forEach(({ support }, label) => {
    if (support > perClass[majorityLabel].support) majorityLabel = label;
  });
  const majorityShare = perClass[majorityLabel].support / truth.length;
  const constant = Array.prototype.every.call(predicted, (label) => label === predicted[0]);
  const constantPrediction = constant && predicted.length > 0 ? predicted[0] : undefined;
  return {
    majorityLabel,
    majorityShare,
    constantPrediction,
    noBetterThanMajority: constantPrediction !== undefined || accuracy <= majorityShare,
  };
}
