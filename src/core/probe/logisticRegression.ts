/**
 * L2-regularised multinomial logistic regression, the probe behind the preview checkers.
 *
 * The objective is scikit-learn's `LogisticRegression(C)`: Σ_i s_i · −log softmax(x_i·Wᵀ + b)_{y_i} + ‖W‖² / (2C), the
 * intercept unpenalised; divided by Σ_i s_i, which moves nothing but makes the gradient tolerance independent of n. With
 * two classes scikit-learn fits one vector w = W_1 − W_0 and penalises ‖w‖² / (2C), and so does this.
 */
import { type Features, addTransposedProduct, multiply } from './features.ts';
import { minimise } from './lbfgs.ts';

export interface LogisticSettings {
  /** Inverse regularisation strength, > 0; larger fits the training rows more closely. Default 1. */
  C?: number;
  /** Largest gradient component to stop at; the objective is a mean over rows. Default 1e-6. */
  tolerance?: number;
  /** Default 500. */
  maxIterations?: number;
  /** [rows], ≥ 0, not all 0; all 1 unless given. */
  sampleWeights?: ArrayLike<number>;
  /** A model of the same shape to start from (e.g. of the previous C). */
  start?: LogisticModel;
}

export interface LogisticModel {
  classCount: number;
  featureCount: number;
  /** [classCount, featureCount], row-major; columns sum to 0 over the classes. */
  coefficients: Float64Array;
  /** [classCount] */
  intercepts: Float64Array;
  /** Iterations taken, and whether they were enough. */
  iterations: number;
  converged: boolean;
}

/**
 * Intercept of a label that no training row has: its probability is about 2e-22, its log finite, so it can be stored and
 * weighted.
 */
export const ABSENT_LABEL_INTERCEPT = -50;

/**
 * Fits the model. Labels of the map without training rows (or with weight 0 only) get zero coefficients and
 * ABSENT_LABEL_INTERCEPT; the others are fitted as if those did not exist.
 *
 * @param labels [features.rowCount] ids in 0 … classCount−1.
 */
export function fitLogisticRegression(
  features: Features,
  labels: ArrayLike<number>,
  classCount: number,
  settings: LogisticSettings = {},
): LogisticModel {
  const { C = 1, tolerance = 1e-6, maxIterations = 500, sampleWeights, start } = settings;
  const { rowCount, columnCount: d } = features;
  if (labels.length !== rowCount) throw new RangeError(`${labels.length} labels for ${rowCount} rows of features`);
  if (sampleWeights && sampleWeights.length !== rowCount) {
    throw new RangeError(`${sampleWeights.length} weights for ${rowCount} rows of features`);
  }
  if (start && (start.classCount !== classCount || start.featureCount !== d)) {
    throw new RangeError('the model to start from is of another shape');
  }
  if (!(C > 0)) throw new RangeError(`C must be positive, got ${C}`);

  const totals = new Float64Array(classCount);
  let total = 0;
  for (let i = 0; i < rowCount; i++) {
    if (!(labels[i] >= 0 && labels[i] < classCount)) throw new RangeError(`row ${i} has label id ${labels[i]}`);
    const weight = sampleWeights ? sampleWeights[i] : 1;
    if (!(weight >= 0)) throw new RangeError(`row ${i} has weight ${weight}`);
    totals[labels[i]] += weight;
    total += weight;
  }
  const present = Array.from(totals.keys()).filter((label) => totals[label] > 0);
  if (present.length === 0) throw new RangeError('logistic regression needs a row with a positive weight');

  const model: LogisticModel = {
    classCount,
    featureCount: d,
    coefficients: new Float64Array(classCount * d),
    intercepts: new Float64Array(classCount).fill(ABSENT_LABEL_INTERCEPT),
    iterations: 0,
    converged: true,
  };
  if (present.length === 1) {
    model.intercepts[present[0]] = 0;
    return model;
  }

  const target = new Int32Array(rowCount);
  for (let i = 0; i < rowCount; i++) target[i] = present.indexOf(labels[i]);
  const rowWeight = Float64Array.from({ length: rowCount }, (_, i) => (sampleWeights ? sampleWeights[i] : 1) / total);
  const outputs = present.length === 2 ? 1 : present.length;
  const scores = new Float64Array(rowCount * outputs);
  const lossAndResidual = outputs === 1 ? binaryLoss : softmaxLoss;
  const penalty = 1 / (C * total);

  // Parameters: coefficients [outputs, d], then intercepts [outputs].
  const evaluate = (x: Float64Array, gradient: Float64Array): number => {
    multiply(features, x.subarray(0, outputs * d), outputs, scores);
    for (let i = 0; i < scores.length; i++) scores[i] += x[outputs * d + (i % outputs)];
    const loss = lossAndResidual(scores, target, rowWeight, outputs);
    let squares = 0;
    for (let j = 0; j < outputs * d; j++) {
      squares += x[j] * x[j];
      gradient[j] = penalty * x[j];
    }
    addTransposedProduct(features, scores, outputs, gradient.subarray(0, outputs * d));
    gradient.fill(0, outputs * d);
    for (let i = 0; i < scores.length; i++) gradient[outputs * d + (i % outputs)] += scores[i];
    return loss + (penalty / 2) * squares;
  };
  const result = minimise(startingPoint(start, present, outputs, d), evaluate, {
    tolerance,
    maxIterations,
  });

  present.forEach((label, k) => {
    // Two classes: the one fitted vector is split evenly, so that the rows still sum to 0.
    const sign = outputs === 1 ? (k === 1 ? 0.5 : -0.5) : 1;
    const row = outputs === 1 ? 0 : k;
    for (let j = 0; j < d; j++) model.coefficients[label * d + j] = sign * result.x[row * d + j];
    model.intercepts[label] = sign * result.x[outputs * d + row];
  });
  model.iterations = result.iterations;
  model.converged = result.converged;
  return model;
}

/** Logits of new rows, [features.rowCount, classCount]. */
export function logisticLogits(model: LogisticModel, features: Features): Float64Array {
  if (features.columnCount !== model.featureCount) {
    throw new RangeError(`the model has ${model.featureCount} features, the rows have ${features.columnCount}`);
  }
  const logits = new Float64Array(features.rowCount * model.classCount);
  multiply(features, model.coefficients, model.classCount, logits);
  for (let i = 0; i < logits.length; i++) logits[i] += model.intercepts[i % model.classCount];
  return logits;
}

function startingPoint(start: LogisticModel | undefined, present: number[], outputs: number, d: number): Float64Array {
  const x = new Float64Array(outputs * (d + 1));
  if (!start) return x;
  for (let k = 0; k < outputs; k++) {
    const label = outputs === 1 ? present[1] : present[k];
    const scale = outputs === 1 ? 2 : 1;
    for (let j = 0; j < d; j++) x[k * d + j] = scale * start.coefficients[label * d + j];
    x[outputs * d + k] = scale * start.intercepts[label];
  }
  return x;
}

/** Mean −log σ(±z), and in place of the scores z the residuals s·(σ(z) − y). */
function binaryLoss(z: Float64Array, target: Int32Array, rowWeight: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < target.length; i++) {
    const score = z[i];
    const e = Math.exp(-Math.abs(score));
    const positive = (score >= 0 ? 1 : e) / (1 + e);
    const margin = target[i] === 1 ? score : -score;
    loss += rowWeight[i] * (Math.log1p(e) + Math.max(-margin, 0));
    z[i] = rowWeight[i] * (positive - target[i]);
  }
  return loss;
}

/** Mean −log softmax(z)_y, and in place of the scores z the residuals s·(softmax(z) − onehot(y)). */
function softmaxLoss(z: Float64Array, target: Int32Array, rowWeight: Float64Array, classes: number): number {
  let loss = 0;
  for (let i = 0; i < target.length; i++) {
    const start = i * classes;
    let max = z[start];
    for (let c = 1; c < classes; c++) if (z[start + c] > max) max = z[start + c];
    const own = z[start + target[i]] - max;
    let sum = 0;
    for (let c = start; c < start + classes; c++) {
      z[c] = Math.exp(z[c] - max);
      sum += z[c];
    }
    loss += rowWeight[i] * (Math.log(sum) - own);
    const scale = rowWeight[i] / sum;
    for (let c = start; c < start + classes; c++) z[c] *= scale;
    z[start + target[i]] -= rowWeight[i];
  }
  return loss;
}
