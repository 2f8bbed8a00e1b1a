/** Log-probabilities from logits, and averages of probabilities, without leaving log space. */

/** Row-major numbers of either precision; results are always computed and returned in float64. */
export type Floats = Float32Array | Float64Array;

/**
 * log Σ exp(values[start … start+count−1]), shifted by the maximum so that it neither overflows nor underflows.
 * An empty range gives −Infinity; a NaN anywhere gives NaN.
 */
export function logSumExp(values: ArrayLike<number>, start = 0, count = values.length - start): number {
  let max = -Infinity;
  for (let i = start; i < start + count; i++) max = Math.max(max, values[i]);
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += Math.exp(values[i] - max);
  return max + Math.log(sum);
}

/**
 * Row-wise log softmax(logits / temperature).
 *
 * @param logits [rowCount, classCount], row-major.
 * @param temperature Positive divisor of the logits; 1 leaves them as they are.
 * @returns [rowCount, classCount] natural log-probabilities.
 */
export function logSoftmax(logits: Floats, rowCount: number, classCount: number, temperature = 1): Float64Array {
  if (logits.length !== rowCount * classCount) {
    throw new RangeError(`logits hold ${logits.length} numbers, expected ${rowCount} × ${classCount}`);
  }
  if (!(temperature > 0)) throw new RangeError(`temperature must be positive, got ${temperature}`);
  const logP = new Float64Array(logits.length);
  for (let i = 0; i < logP.length; i++) logP[i] = logits[i] / temperature;
  for (let row = 0; row < rowCount; row++) {
    const start = row * classCount;
    const end = start + classCount;
    // The maximum goes first: adding log Σ exp to a large logit would round it away.
    let max = -Infinity;
    for (let c = start; c < end; c++) max = Math.max(max, logP[c]);
    for (let c = start; c < end; c++) logP[c] -= max;
    const normaliser = logSumExp(logP, start, classCount);
    for (let c = start; c < end; c++) logP[c] -= normaliser;
  }
  return logP;
}

/**
 * The log of the mean of several models' probabilities, element by element: log (1/M) Σ_m exp(logP_m).
 * This is how the fold models' predictions become one `P̂'` (a mean of probabilities, not of logits).
 *
 * @param models One array of log-probabilities per model, all of the same shape; at least one.
 */
export function logMeanProbabilities(models: readonly Float64Array[]): Float64Array {
  if (models.length === 0) throw new RangeError('the mean of no models is undefined');
  const length = models[0].length;
  if (models.some((logP) => logP.length !== length)) throw new RangeError('the models differ in shape');
  const mean = new Float64Array(length);
  const column = new Float64Array(models.length);
  const logCount = Math.log(models.length);
  for (let i = 0; i < length; i++) {
    for (let m = 0; m < models.length; m++) column[m] = models[m][i];
    mean[i] = logSumExp(column) - logCount;
  }
  return mean;
}
