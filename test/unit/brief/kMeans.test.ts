import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { assign, kMeans } from '../../../src/core/brief/kMeans.ts';
import { denseMatrix, type CsrMatrix, type DenseMatrix } from '../../../src/core/probe/features.ts';

/** Rows of length 1 around some directions. */
function around(directions: readonly (readonly number[])[], each: number, spread: number, seed = 1): DenseMatrix {
  const random = new Random(seed, 'test');
  const width = directions[0].length;
  const rows = directions.flatMap((direction) =>
    Array.from({ length: each }, () => {
      const row = direction.map((x) => x + spread * random.normal());
      const length = Math.hypot(...row);
      return row.map((x) => x / length);
    }),
  );
  return denseMatrix(Float64Array.from(rows.flat()), rows.length, width);
}

function sparse({ values, rowCount, columnCount }: DenseMatrix): CsrMatrix {
  return {
    ...{ kind: 'csr', rowCount, columnCount },
    rowStart: Int32Array.from({ length: rowCount + 1 }, (_, i) => i * columnCount),
    columns: Int32Array.from(values, (_, i) => i % columnCount),
    values: Float64Array.from(values),
  };
}

const axes = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];
const ones = (count: number): Float64Array => new Float64Array(count).fill(1);

describe('kMeans', () => {
  it('finds clusters that are there, the same for the same seed, and the same for sparse rows', () => {
    const rows = around(axes, 20, 0.1);
    const found = kMeans(rows, ones(60), { clusters: 3, seed: 5 });
    expect(found.count).toBe(3);
    const names = axes.map((_, k) => [...new Set(found.clusterOf.subarray(20 * k, 20 * k + 20))]);
    expect(names.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(new Set(names.flat()).size).toBe(3);
    expect(kMeans(rows, ones(60), { clusters: 3, seed: 5 })).toEqual(found);
    expect([...kMeans(sparse(rows), ones(60), { clusters: 3, seed: 5 }).clusterOf]).toEqual([...found.clusterOf]);
  });

  it('ends where every row is at its nearest centroid and every centroid is its rows’ direction', () => {
    const rows = around(axes, 30, 0.8);
    const mass = Float64Array.from({ length: 90 }, (_, i) => 1 + (i % 3));
    const { clusterOf, centroids, count, cosine, objective } = kMeans(rows, mass, { clusters: 5, seed: 2 });
    expect([...assign(rows, centroids, count).clusterOf]).toEqual([...clusterOf]);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const direction = [0, 0, 0, 0];
      clusterOf.forEach((cluster, row) => {
        if (cluster === k) direction.forEach((_, j) => (direction[j] += mass[row] * rows.values[4 * row + j]));
      });
      const length = Math.hypot(...direction);
      direction.forEach((x, j) => expect(centroids[4 * k + j]).toBeCloseTo(x / length, 10));
      // Σ mass · cosine of a cluster is the length of its sum.
      sum += mass.reduce((total, m, row) => total + (clusterOf[row] === k ? m : 0), 0) - length;
    }
    expect(objective).toBeCloseTo(sum, 10);
    cosine.forEach((value, row) => {
      const own = [0, 1, 2, 3].reduce((s, j) => s + rows.values[4 * row + j] * centroids[4 * clusterOf[row] + j], 0);
      expect(value).toBeCloseTo(own, 10);
    });
  });

  it('is as good as the best of all partitions of a few rows', () => {
    const rows = around(axes, 3, 0.5, 4);
    const n = rows.rowCount;
    let best = Infinity;
    for (let code = 0; code < 2 ** (n - 1); code++) {
      const sums = [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ];
      for (let row = 0; row < n; row++) {
        for (let j = 0; j < 4; j++) sums[(code >> row) & 1][j] += rows.values[4 * row + j];
      }
      best = Math.min(best, n - Math.hypot(...sums[0]) - Math.hypot(...sums[1]));
    }
    expect(kMeans(rows, ones(n), { clusters: 2, seed: 1, tries: 20 }).objective).toBeCloseTo(best, 10);
  });

  it('lets heavy rows decide where a centroid goes', () => {
    const rows = denseMatrix(Float64Array.from([1, 0, 0, 1]), 2, 2);
    const { centroids, count } = kMeans(rows, [3, 1], { clusters: 1, seed: 1 });
    expect(count).toBe(1);
    expect(centroids[0] / centroids[1]).toBeCloseTo(3, 10);
  });

  it('makes no more clusters than there are different rows, and bears rows of zeros', () => {
    const same = denseMatrix(Float64Array.from([1, 0, 1, 0, 1, 0]), 3, 2);
    expect(kMeans(same, ones(3), { clusters: 3, seed: 1 })).toMatchObject({ count: 1, objective: 0 });
    const zeros = denseMatrix(new Float64Array(6), 3, 2);
    expect(kMeans(zeros, ones(3), { clusters: 2, seed: 1 }).count).toBe(1);
    const mixed = denseMatrix(Float64Array.from([0, 0, 1, 0, 0, 1]), 3, 2);
    const { clusterOf, count } = kMeans(mixed, ones(3), { clusters: 2, seed: 1 });
    expect(count).toBe(2);
    expect(clusterOf[1]).not.toBe(clusterOf[2]);
  });
});
