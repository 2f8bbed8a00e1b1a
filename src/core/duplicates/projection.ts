/**
 * Directions in which rows differ most. Products of rows projected onto them, with what is left over as one number more,
 * bound the products of the whole rows from above: by Cauchy and Schwarz a·b = Pa·Pb + (a−Pa)·(b−Pb) ≤ Pa·Pb +
 * |a−Pa|·|b−Pb|. So pairs of a large cosine are found among short rows, and none is missed whatever the directions are;
 * better ones only leave fewer pairs to check.
 */
import { Random } from '../../base/random.ts';

/** Rounds of subspace iteration: the bound holds after any number, and more than these hardly sharpen it. */
const rounds = 4;
/** Rows that the directions are found by. */
const sampled = 2048;

/**
 * Orthonormal directions, the rows' main ones: subspace iteration on the uncentred second moments of a sample.
 *
 * @param values [n, width]
 * @param count Directions; at most `width`.
 * @returns [count, width]
 */
export function mainDirections(values: Float32Array, width: number, count: number): Float32Array {
  const n = values.length / width;
  const rows = Math.min(n, sampled);
  const moments = new Float64Array(width * width);
  for (let i = 0; i < rows; i++) {
    const at = Math.floor((i * n) / rows) * width;
    for (let a = 0; a < width; a++) {
      const x = values[at + a];
      for (let b = a; b < width; b++) moments[a * width + b] += x * values[at + b];
    }
  }
  for (let a = 0; a < width; a++) for (let b = 0; b < a; b++) moments[a * width + b] = moments[b * width + a];

  const random = new Random(1, 'directions');
  let directions = Float64Array.from({ length: count * width }, () => random.normal());
  orthonormalise(directions, width, random);
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(count * width);
    for (let d = 0; d < count; d++) {
      for (let a = 0; a < width; a++) {
        let sum = 0;
        for (let b = 0; b < width; b++) sum += moments[a * width + b] * directions[d * width + b];
        next[d * width + a] = sum;
      }
    }
    directions = next;
    orthonormalise(directions, width, random);
  }
  return Float32Array.from(directions);
}

/** Gram–Schmidt, twice over for precision; a direction that vanishes (rows of a lower rank) is drawn anew. */
function orthonormalise(directions: Float64Array, width: number, random: Random): void {
  const count = directions.length / width;
  for (let d = 0; d < count; d++) {
    const own = directions.subarray(d * width, (d + 1) * width);
    const before = Math.hypot(...own);
    for (let pass = 0; pass < 2; pass++) {
      for (let e = 0; e < d; e++) {
        const other = directions.subarray(e * width, (e + 1) * width);
        let product = 0;
        for (let k = 0; k < width; k++) product += own[k] * other[k];
        for (let k = 0; k < width; k++) own[k] -= product * other[k];
      }
    }
    const norm = Math.hypot(...own);
    if (norm > 1e-9 * before) for (let k = 0; k < width; k++) own[k] /= norm;
    else {
      for (let k = 0; k < width; k++) own[k] = random.normal();
      d--;
    }
  }
}
