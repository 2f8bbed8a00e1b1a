/** Limited-memory BFGS for smooth convex functions (Nocedal & Wright, "Numerical Optimization", algorithm 7.5). */

export interface LbfgsSettings {
  /** Stops once the largest absolute gradient component is at most this. */
  tolerance: number;
  maxIterations: number;
}

export interface LbfgsResult {
  x: Float64Array;
  value: number;
  /** Largest absolute gradient component at x. */
  gradientNorm: number;
  iterations: number;
  /** True where the tolerance was met, or no step improves the value within rounding. */
  converged: boolean;
}

/** Correction pairs kept. */
const MEMORY = 10;
/** Sufficient decrease and curvature constants of the weak Wolfe conditions. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;

/**
 * Minimises a convex function from `start`.
 *
 * @param evaluate Writes the gradient at x into `gradient` and returns the value.
 */
export function minimise(
  start: Float64Array,
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  { tolerance, maxIterations }: LbfgsSettings,
): LbfgsResult {
  const n = start.length;
  let x = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let value = evaluate(x, gradient);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  for (let iterations = 0; ; iterations++) {
    const norm = maxAbs(gradient);
    if (!(norm > tolerance)) return { x, value, gradientNorm: norm, iterations, converged: !Number.isNaN(norm) };
    if (iterations === maxIterations) return { x, value, gradientNorm: norm, iterations, converged: false };

    const direction = descentDirection(gradient, steps, changes);
    const slope = dot(direction, gradient);
    // Weak Wolfe conditions by bracketing (Lewis & Overton 2013): double while the curvature condition fails, bisect
    // while the value has not decreased enough.
    let low = 0;
    let high = Infinity;
    let t = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const rounding = 1e-15 * Math.abs(value);
    let accepted: { x: Float64Array<ArrayBuffer>; gradient: Float64Array<ArrayBuffer>; value: number } | undefined;
    for (let trial = 0; trial < 40 && !accepted; trial++) {
      const trialX = new Float64Array(n);
      for (let i = 0; i < n; i++) trialX[i] = x[i] + t * direction[i];
      const trialGradient = new Float64Array(n);
      const trialValue = evaluate(trialX, trialGradient);
      if (!(trialValue <= value + DECREASE * t * slope + rounding)) high = t;
      else if (dot(trialGradient, direction) < CURVATURE * slope) low = t;
      else accepted = { x: trialX, gradient: trialGradient, value: trialValue };
      t = high < Infinity ? (low + high) / 2 : 2 * low;
    }
    // No step helps any more: as close as rounding lets us come.
    if (!accepted) return { x, value, gradientNorm: norm, iterations, converged: true };

    const step = new Float64Array(n);
    const change = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      step[i] = accepted.x[i] - x[i];
      change[i] = accepted.gradient[i] - gradient[i];
    }
    if (dot(step, change) > 0) {
      steps.push(step);
      changes.push(change);
      if (steps.length > MEMORY) {
        steps.shift();
        changes.shift();
      }
    }
    ({ x, gradient, value } = accepted);
  }
}

/** −H·gradient by the two-loop recursion, H the inverse Hessian that the kept pairs imply. */
function descentDirection(gradient: Float64Array, steps: Float64Array[], changes: Float64Array[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const alpha = new Float64Array(steps.length);
  for (let k = steps.length - 1; k >= 0; k--) {
    alpha[k] = dot(steps[k], direction) / dot(steps[k], changes[k]);
    addScaled(direction, -alpha[k], changes[k]);
  }
  if (steps.length > 0) {
    const last = steps.length - 1;
    const scale = dot(steps[last], changes[last]) / dot(changes[last], changes[last]);
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    const beta = dot(changes[k], direction) / dot(steps[k], changes[k]);
    addScaled(direction, alpha[k] - beta, steps[k]);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(target: Float64Array, scale: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += scale * source[i];
}

function maxAbs(values: Float64Array): number {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
}
