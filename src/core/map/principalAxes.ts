/** The directions in which rows differ most: where a layout starts from. Pure. */
import { Random } from '../../base/random.ts';

/** Power iterations of each axis: the layout that follows moves every row anyway. */
const iterations = 40;

/**
 * Coordinates of rows along their first principal axes, by power iteration with deflation.
 *
 * @param values [rows, width] row-major.
 * @param axes How many.
 * @returns [rows · axes], centred; each axis with the sign that makes its largest coordinate (by size) positive.
 */
export function principalCoordinates(values: Float32Array, width: number, axes: number, seed: number): Float64Array {
  const rows = values.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width] += values[i] / rows;
  const random = new Random(seed, 'principal axes');
  const found: Float64Array[] = [];
  const coordinates = new Float64Array(rows * axes);
  const along = new Float64Array(rows);
  for (let axis = 0; axis < axes; axis++) {
    let direction = unit(
      orthogonal(
        Float64Array.from({ length: width }, () => random.normal()),
        found,
      ),
    );
    for (let pass = 0; pass < iterations; pass++) {
      project(values, mean, direction, along);
      const next = new Float64Array(width);
      for (let row = 0; row < rows; row++) {
        const by = along[row];
        for (let k = 0; k < width; k++) next[k] += by * (values[row * width + k] - mean[k]);
      }
      direction = unit(orthogonal(next, found));
    }
    project(values, mean, direction, along);
    found.push(direction);
    const farthest = along.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const sign = farthest < 0 ? -1 : 1;
    for (let row = 0; row < rows; row++) coordinates[row * axes + axis] = sign * along[row];
  }
  return coordinates;
}

function project(values: Float32Array, mean: Float64Array, direction: Float64Array, into: Float64Array): void {
  const width = direction.length;
  for (let row = 0; row < into.length; row++) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += direction[k] * (values[row * width + k] - mean[k]);
    into[row] = sum;
  }
}

function orthogonal(vector: Float64Array, axes: readonly Float64Array[]): Float64Array {
  for (const axis of axes) {
    const along = vector.reduce((sum, x, k) => sum + x * axis[k], 0);
    for (let k = 0; k < vector.length; k++) vector[k] -= along * axis[k];
  }
  return vector;
}

/** Of length 1; rows that do not differ at all leave nothing to divide by. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return length > 1e-12 ? vector.map((x) => x / length) : vector;
}
