// Both checkers as one judge: p(y|x) ∝ P̂'(y|x)^a · Q̂(y|x)^b, with the exponents under which the given labels are likeliest.
// Wrong labels are among those, but two numbers cannot learn which. Where P̂' does not know these labels, a goes to 0.
import { logSoftmax, logSumExp } from '../../src/core/weighting/softmax.ts';
import { labelPriors } from '../../src/core/weighting/weights.ts';

export interface BothCheckers {
  /** [rows, classCount] log-probabilities of models that were not trained on the rows. */
  readonly logP: ArrayLike<number>;
  readonly logQ: ArrayLike<number>;
  /** [rows] given label ids. */
  readonly labels: ArrayLike<number>;
  readonly classCount: number;
}

/** The exponents, each at least 0, by Newton's method: the log-likelihood is concave in them. */
export function fitExponents(input: BothCheckers): { a: number; b: number } {
  let both = newton(input, [0.5, 1], [true, true]);
  // The best on the border, where the best of all lies beyond it.
  if (both[0] < 0) both = newton(input, [0, 1], [false, true]);
  else if (both[1] < 0) both = newton(input, [1, 0], [true, false]);
  return { a: Math.max(0, both[0]), b: Math.max(0, both[1]) };
}

/** [rows] log of what both together give each row's label. */
export function togetherLogProbability(input: BothCheckers, { a, b }: { a: number; b: number }): Float64Array {
  const { logP, logQ, labels, classCount } = input;
  return Float64Array.from({ length: labels.length }, (_, row) => {
    const sum = (label: number): number => a * logP[row * classCount + label] + b * logQ[row * classCount + label];
    return sum(labels[row]) - logSumExp(Array.from({ length: classCount }, (_, label) => sum(label)));
  });
}

/**
 * Log-probabilities with each label raised or lowered by one number until, on average over the rows, it is as probable as it is
 * frequent among the given labels: a checker's lean to some labels, of its training or of other label shares, goes.
 *
 * @param logP [rows, classCount]
 * @param labels [rows]
 */
export function balancedLogProbabilities(
  logP: ArrayLike<number>,
  labels: ArrayLike<number>,
  classCount: number,
): Float64Array {
  const rows = labels.length;
  const shares = labelPriors(labels, classCount);
  const shift = new Float64Array(classCount);
  for (let iteration = 0; ; iteration++) {
    const shifted = Float64Array.from({ length: rows * classCount }, (_, at) => logP[at] + shift[at % classCount]);
    const moved = logSoftmax(shifted, rows, classCount);
    if (iteration === 100) return Float64Array.from(moved);
    const means = new Float64Array(classCount);
    moved.forEach((value, at) => (means[at % classCount] += Math.exp(value) / rows));
    // A label that no row has keeps its place.
    means.forEach((mean, label) => (shift[label] += shares[label] === 0 ? 0 : Math.log(shares[label] / mean)));
  }
}

function newton(
  { logP, logQ, labels, classCount }: BothCheckers,
  start: readonly [number, number],
  free: readonly [boolean, boolean],
): [number, number] {
  let [a, b] = start;
  for (let iteration = 0; iteration < 50; iteration++) {
    // Gradient and curvature of the mean log-likelihood: own value less the mean under the model, and the covariance under it.
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (let row = 0; row < labels.length; row++) {
      const at = row * classCount;
      const logits = Array.from({ length: classCount }, (_, label) => a * logP[at + label] + b * logQ[at + label]);
      const norm = logSumExp(logits);
      let [p, q, pp, pq, qq] = [0, 0, 0, 0, 0];
      logits.forEach((logit, label) => {
        const share = Math.exp(logit - norm);
        const [x, y] = [logP[at + label], logQ[at + label]];
        p += share * x;
        q += share * y;
        pp += share * x * x;
        pq += share * x * y;
        qq += share * y * y;
      });
      ga += logP[at + labels[row]] - p;
      gb += logQ[at + labels[row]] - q;
      haa += pp - p * p;
      hab += pq - p * q;
      hbb += qq - q * q;
    }
    if (!free[0]) [ga, hab, haa] = [0, 0, 1];
    if (!free[1]) [gb, hab, hbb] = [0, 0, 1];
    const determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) break;
    const [stepA, stepB] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // At most 1 a step, so that a far start does not overshoot.
    const scale = 1 / Math.max(1, Math.abs(stepA), Math.abs(stepB));
    a += scale * stepA;
    b += scale * stepB;
    if (Math.max(Math.abs(stepA), Math.abs(stepB)) < 1e-9) break;
  }
  return [a, b];
}
