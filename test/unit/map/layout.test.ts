import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { layOut } from '../../../src/core/map/layout.ts';
import { principalCoordinates } from '../../../src/core/map/principalAxes.ts';
import { trustworthiness } from './trustworthiness.ts';

const width = 24;
const groups = 6;

/** Rows of length 1 around a few directions. */
function rowsAround(count: number, seed = 1): { values: Float32Array; rows: Float32Array[]; groupOf: number[] } {
  const random = new Random(seed, 'rows around directions');
  const centres = Array.from({ length: groups }, () => Array.from({ length: width }, () => random.normal()));
  const values = new Float32Array(count * width);
  const groupOf = Array.from({ length: count }, (_, i) => i % groups);
  const rows = groupOf.map((group, i) => {
    const row = values.subarray(i * width, (i + 1) * width);
    for (let k = 0; k < width; k++) row[k] = centres[group][k] + 0.45 * random.normal();
    const length = Math.hypot(...row);
    for (let k = 0; k < width; k++) row[k] /= length;
    return row;
  });
  return { values, rows, groupOf };
}

function run(values: Float32Array, seed: number): { places: Float32Array; told: number[] } {
  const layout = layOut(values, width, seed);
  const told: number[] = [];
  for (;;) {
    const { done, value } = layout.next();
    if (done === true) return { places: value, told };
    told.push(value);
  }
}

const pairs = (places: Float32Array): Float32Array[] =>
  Array.from({ length: places.length / 2 }, (_, i) => places.subarray(2 * i, 2 * i + 2));

describe('trustworthiness of the tests', () => {
  it('is that of scikit-learn', () => {
    // sklearn.manifold.trustworthiness(X, Y, n_neighbors=k), scikit-learn 1.9.1.
    const t = Array.from({ length: 24 }, (_, i) => i);
    const x = t.map((i) => [Math.cos(i * 0.9), Math.sin(i * 0.9), 0.15 * i, Math.cos(i * 2.3)]);
    const y = t.map((i) => [Math.cos(i * 0.9), 0.15 * i]);
    expect(trustworthiness(x, y, 1)).toBeCloseTo(0.7159090909090908, 12);
    expect(trustworthiness(x, y, 3)).toBeCloseTo(0.7785087719298246, 12);
    expect(trustworthiness(x, y, 5)).toBeCloseTo(0.8484375, 12);
    expect(trustworthiness(x, y, 7)).toBeCloseTo(0.8557692307692308, 12);
  });
});

describe('principal coordinates', () => {
  it('are the largest directions of variance, at right angles', () => {
    // Variance 9 along one axis, 4 along another, little along the rest; shifted, which must not matter.
    const random = new Random(3, 'ellipsoid');
    const rows = 400;
    const values = Float32Array.from({ length: rows * 4 }, (_, i) => 5 + random.normal() * [0.2, 3, 0.2, 2][i % 4]);
    const found = principalCoordinates(values, 4, 2, 7);
    const [first, second] = [0, 1].map((axis) => Array.from({ length: rows }, (_, i) => found[2 * i + axis]));
    const own = (axis: number): number[] => {
      const column = Array.from({ length: rows }, (_, i) => values[4 * i + axis]);
      const mean = column.reduce((sum, x) => sum + x, 0) / rows;
      return column.map((x) => x - mean);
    };
    const cosine = (a: number[], b: number[]): number =>
      a.reduce((sum, x, i) => sum + x * b[i], 0) / (Math.hypot(...a) * Math.hypot(...b));
    expect(Math.abs(cosine(first, own(1)))).toBeGreaterThan(0.995);
    expect(Math.abs(cosine(second, own(3)))).toBeGreaterThan(0.995);
    expect(cosine(first, second)).toBeCloseTo(0, 6);
  });
});

describe('layout', () => {
  const { values, rows, groupOf } = rowsAround(240);
  const { places, told } = run(values, 42);

  it('is the same bits for the same rows and seed, and another for another seed', () => {
    expect(run(values, 42).places).toEqual(places);
    expect(run(values, 43).places).not.toEqual(places);
  });

  it('keeps neighbours, far better than two principal axes', () => {
    const layout = pairs(places);
    expect(trustworthiness(rows, layout, 10)).toBeGreaterThan(0.93);
    const axes = principalCoordinates(values, width, 2, 1);
    const flat = Array.from({ length: rows.length }, (_, i) => axes.subarray(2 * i, 2 * i + 2));
    expect(trustworthiness(rows, layout, 10)).toBeGreaterThan(trustworthiness(rows, flat, 10));
  });

  it('puts groups apart: the nearest point is of the same group', () => {
    const layout = pairs(places);
    const same = layout.filter((own, i) => {
      let [nearest, least] = [-1, Infinity];
      layout.forEach((other, j) => {
        const squared = (own[0] - other[0]) ** 2 + (own[1] - other[1]) ** 2;
        if (j !== i && squared < least) [nearest, least] = [j, squared];
      });
      return groupOf[nearest] === groupOf[i];
    });
    expect(same.length / layout.length).toBeGreaterThan(0.98);
  });

  it('lies in the unit square, touching its sides along the longer axis, and tells how far it is', () => {
    expect(places.every((x) => x >= 0 && x <= 1)).toBe(true);
    const spans = [0, 1].map((axis) => {
      const along = pairs(places).map((place) => place[axis]);
      return Math.max(...along) - Math.min(...along);
    });
    expect(Math.max(...spans)).toBeCloseTo(1, 6);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBeGreaterThan(0.99);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('takes copies, and the fewest rows there may be; fewer are refused', () => {
    const copies = new Float32Array(16 * width);
    for (let i = 0; i < 16; i++) copies[i * width] = 1;
    expect(run(copies, 1).places.every((x) => Number.isFinite(x))).toBe(true);
    expect(() => run(copies.subarray(0, 15 * width), 1)).toThrow(RangeError);
  });
});
