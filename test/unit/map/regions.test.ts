import { describe, expect, it } from 'vitest';
import { findRegions } from '../../../src/core/map/regions.ts';
import { denseMatrix } from '../../../src/core/probe/features.ts';

/** Rows of one of three directions, slightly turned. */
function rows(counts: readonly number[], from: number): number[][] {
  return counts.flatMap((count, group) =>
    Array.from({ length: count }, (_, i) => {
      const row = [0, 0, 0, 0.05 * Math.sin(from + i)];
      row[group] = 1;
      const length = Math.hypot(...row);
      return row.map((x) => x / length);
    }),
  );
}

const words = ['refund please', 'meeting tomorrow', 'lottery winner'];
const textsOf = (counts: readonly number[]): string[] =>
  counts.flatMap((count, group) => Array.from({ length: count }, (_, i) => `${words[group]} ${String(i)}`));

/** Real rows 30, 30, 0 of three kinds; synthetic ones 10, 300, 290. */
const synthetic = [10, 300, 290];
const real = [30, 30, 0];
const all = [...rows(synthetic, 1), ...rows(real, 2)];
const features = denseMatrix(Float32Array.from(all.flat()), all.length, 4);
const texts = [...textsOf(synthetic), ...textsOf(real)];

describe('regions', () => {
  const { regions, regionOf } = findRegions(features, 600, texts, 42);
  const regionOfKind = (kind: number): number => regionOf[synthetic.slice(0, kind).reduce((sum, n) => sum + n, 0)];
  /** Regions of a kind together: k-means may cut one in two. */
  const total = (kind: number): { real: number; synthetic: number } => {
    const offsets = {
      synthetic: synthetic.slice(0, kind).reduce((s, n) => s + n, 0),
      real: 600 + real.slice(0, kind).reduce((s, n) => s + n, 0),
    };
    const own = new Set(
      [...Array(synthetic[kind]).keys()]
        .map((i) => regionOf[offsets.synthetic + i])
        .concat([...Array(real[kind]).keys()].map((i) => regionOf[offsets.real + i])),
    );
    return {
      real: [...own].reduce((sum, i) => sum + regions[i].realRows, 0),
      synthetic: [...own].reduce((sum, i) => sum + regions[i].syntheticRows, 0),
    };
  };

  it('hold every row once, and no two kinds together', () => {
    expect(regions.reduce((sum, { realRows }) => sum + realRows, 0)).toBe(60);
    expect(regions.reduce((sum, { syntheticRows }) => sum + syntheticRows, 0)).toBe(600);
    expect([0, 1, 2].map(total)).toEqual([
      { real: 30, synthetic: 10 },
      { real: 30, synthetic: 300 },
      { real: 0, synthetic: 290 },
    ]);
  });

  it('say where synthetic rows lack and where they flood', () => {
    // Half of the real rows but 1.7 % of the synthetic ones; none of the real rows but half of the synthetic ones.
    expect(regions[regionOfKind(0)].standing).toBe('lacking');
    expect(regions[regionOfKind(0)].ratio).toBeGreaterThan(5);
    expect(regions[regionOfKind(2)].standing).toBe('flooded');
    expect(regions[regionOfKind(1)].standing).toBe('level');
  });

  it('are named by the words of their rows', () => {
    expect(regions[regionOfKind(0)].theme).toEqual(expect.arrayContaining(['refund', 'please']));
    expect(regions[regionOfKind(2)].theme).toEqual(expect.arrayContaining(['lottery', 'winner']));
  });

  it('are the same for the same seed', () => {
    expect(findRegions(features, 600, texts, 42)).toEqual({ regions, regionOf });
  });

  it('are none where one side is empty', () => {
    const alone = findRegions(denseMatrix(features.values.slice(0, 40), 10, 4), 10, [], 42);
    expect(alone).toEqual({ regions: [], regionOf: new Int32Array(10).fill(-1) });
  });
});
