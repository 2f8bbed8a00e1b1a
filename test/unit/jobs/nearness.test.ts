import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/jobs/nearness.ts';

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
