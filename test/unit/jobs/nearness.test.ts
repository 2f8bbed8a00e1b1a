import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { copiesByHash, nearDuplicates, nearest } from '../../../src/jobs/nearness.ts';

/** Rows of length 1 at the given angles (degrees) in the plane, padded with zeros to an odd width. */
function atAngles(...degrees: number[]): Float32Array {
  return Float32Array.from(
    degrees.flatMap((degree) => {
      const angle = (degree * Math.PI) / 180;
      return [Math.cos(angle), 0, Math.sin(angle), 0, 0];
    }),
  );
}

describe('nearest', () => {
  it('is 1 − cosine to the nearest', async () => {
    const { distance: distances } = await nearest(atAngles(0, 60, 180), atAngles(0, 90), 5);
    expect(distances[0]).toBe(0);
    expect(distances[1]).toBeCloseTo(1 - Math.cos(Math.PI / 6), 6);
    expect(distances[2]).toBeCloseTo(1, 6);
  });

  it('leaves a row itself out among its own', async () => {
    const { distance: distances } = await nearest(atAngles(0, 60), atAngles(0, 60), 5, { self: true });
    expect(distances[0]).toBeCloseTo(0.5, 6);
    const { distance, count } = await nearest(atAngles(0), atAngles(0), 5, { self: true });
    expect({ distance: [...distance], count }).toEqual({ distance: [Infinity], count: 0 });
  });

  it('keeps the best few of each, best first, earlier ones first where equal', async () => {
    const references = atAngles(90, 10, 200, 10, 45);
    const { index, cosine, count } = await nearest(atAngles(0, 90), references, 5, { most: 3 });
    expect(count).toBe(3);
    expect([...index]).toEqual([1, 3, 4, 0, 4, 1]);
    expect(cosine[0]).toBeCloseTo(Math.cos(Math.PI / 18), 6);
    expect(cosine[4]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('stops when told to', async () => {
    const rows = new Float32Array(5 * 200).fill(1);
    await expect(nearest(rows, rows, 5, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      exitCode: 130,
    });
  });
});

describe('nearDuplicates', () => {
  it('counts those within the cosine and links them into groups', async () => {
    // cos 18° = 0.951, cos 19° = 0.946: a chain of three, a pair, and one alone.
    const { counts, clusterOf } = await nearDuplicates(atAngles(90, 0, 18, 36, 200, 218, 300), 5);
    expect([...counts]).toEqual([0, 1, 2, 1, 1, 1, 0]);
    expect([...clusterOf]).toEqual([-1, 0, 0, 0, 1, 1, -1]);
    expect([...(await nearDuplicates(atAngles(0, 19), 5)).counts]).toEqual([0, 0]);
  });

  it('agrees with comparing every pair by hand', async () => {
    const random = new Random(3, 'near');
    const width = 7;
    const rows = Float32Array.from({ length: 90 * width }, () => random.normal());
    for (let i = 0; i < 90; i++) {
      const row = rows.subarray(i * width, (i + 1) * width);
      if (i % 3 === 1) row.set(rows.subarray((i - 1) * width, i * width).map((x) => x + 0.1 * random.normal()));
      const norm = Math.hypot(...row);
      row.forEach((x, k) => (row[k] = x / norm));
    }
    const { counts } = await nearDuplicates(rows, width);
    for (let i = 0; i < 90; i++) {
      let expected = 0;
      for (let j = 0; j < 90; j++) {
        let cosine = 0;
        for (let k = 0; k < width; k++) cosine += rows[i * width + k] * rows[j * width + k];
        if (i !== j && cosine >= 0.95) expected++;
      }
      expect(counts[i]).toBe(expected);
    }
    expect(counts.reduce((a, b) => a + b)).toBeGreaterThan(10);
  });
});

describe('copiesByHash', () => {
  it('counts the other rows of the same text', () => {
    const { counts, clusterOf } = copiesByHash(['a', 'b', 'a', 'c', 'a', 'c']);
    expect([...counts]).toEqual([2, 0, 2, 1, 2, 1]);
    expect([...clusterOf]).toEqual([0, -1, 0, 1, 0, 1]);
  });
});
