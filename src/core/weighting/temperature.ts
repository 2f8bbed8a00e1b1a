/** Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017). */
import type { Floats } from './softmax.ts';

/** The range a temperature is looked for in. */
export const TEMPERATURE_RANGE = { min: 0.05, max: 20 } as const;

export interface TemperatureFit {
  /** The temperature T > 0 that minimises the NLL of softmax(logits / T), within TEMPERATURE_RANGE. */
  temperature: number;
  /** Mean negative log-likelihood in nats at T = 1. */
  nllBefore: number;
  /** The same at the fitted temperature; never above `nllBefore`. */
  nllAfter: number;
  /** True where the optimum lies at or beyond a bound: e.g. every row classified correctly, so that T → 0. */
  atBound: boolean;
}

/**
 * Fits one temperature on logits of rows the models did not train on (out-of-fold).
 *
 * The NLL is convex in β = 1/T, with dNLL/dβ = mean(E_p[z] − z_y) and d²NLL/dβ² = mean(Var_p[z]); its root is found by
 * Newton's method kept inside a shrinking bracket. No rows: T = 1.
 *
 * @param logits [rows, classCount], row-major, finite.
 * @param labels [rows] label ids.
 */
export function fitTemperature(logits: Floats, labels: ArrayLike<number>, classCount: number): TemperatureFit {
  if (logits.length !== labels.length * classCount) {
    throw new RangeError(`logits hold ${logits.length} numbers, expected ${labels.length} × ${classCount}`);
  }
  if (labels.length === 0) return { temperature: 1, nllBefore: 0, nllAfter: 0, atBound: false };
  const at = (beta: number): Derivatives => nllAt(logits, labels, classCount, beta);

  const before = at(1);
  if (!Number.isFinite(before.nll)) throw new RangeError('the logits hold a number that is not finite');
  let low = 1 / TEMPERATURE_RANGE.max;
  let high = 1 / TEMPERATURE_RANGE.min;
  let beta = 1;
  const atLow = at(low).slope >= 0;
  const atHigh = at(high).slope <= 0;
  // A slope of 0 everywhere (constant logits) means that T makes no difference: leave it at 1.
  if (atLow && atHigh) return { temperature: 1, nllBefore: before.nll, nllAfter: before.nll, atBound: false };
  if (atLow) beta = low;
  else if (atHigh) beta = high;
  else {
    let current = before;
    for (let iteration = 0; iteration < 200 && high / low > 1 + 1e-12; iteration++) {
      if (current.slope === 0) break;
      if (current.slope > 0) high = beta;
      else low = beta;
      const newton = beta - current.slope / current.curvature;
      const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
      const converged = Math.abs(next - beta) <= 1e-13 * beta;
      beta = next;
      if (converged) break;
      current = at(beta);
    }
  }
  const after = at(beta).nll;
  // Rounding may leave the optimum a last digit above T = 1 where they coincide.
  if (after > before.nll) return { temperature: 1, nllBefore: before.nll, nllAfter: before.nll, atBound: false };
  return { temperature: 1 / beta, nllBefore: before.nll, nllAfter: after, atBound: atLow || atHigh };
}

interface Derivatives {
  nll: number;
  slope: number;
  curvature: number;
}

function nllAt(logits: Floats, labels: ArrayLike<number>, classCount: number, beta: number): Derivatives {
  let nll = 0;
  let slope = 0;
  let curvature = 0;
  for (let row = 0; row < labels.length; row++) {
    const start = row * classCount;
    let max = -Infinity;
    for (let c = 0; c < classCount; c++) max = Math.max(max, logits[start + c]);
    // Sums of exp, z·exp and z²·exp with z measured from the row's maximum.
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < classCount; c++) {
      const z = logits[start + c] - max;
      const e = Math.exp(beta * z);
      sum += e;
      first += z * e;
      second += z * z * e;
    }
    const own = logits[start + labels[row]] - max;
    const mean = first / sum;
    nll += Math.log(sum) - beta * own;
    slope += mean - own;
    curvature += second / sum - mean * mean;
  }
  const n = labels.length;
  return { nll: nll / n, slope: slope / n, curvature: curvature / n };
}
