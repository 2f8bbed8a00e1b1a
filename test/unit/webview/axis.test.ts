import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, nearestEdge, shownBins, ticks } from '../../../webview/weights/axis.ts';

/** As wide as 7 pixels a character. */
const measure = (label: string): number => 7 * label.length;
const found = (from: number, to: number, width: number): ReturnType<typeof ticks> =>
  ticks(from, to, width, { measure, beyond: 8 });
const labels = (from: number, to: number, width: number): string[] => found(from, to, width).map(({ label }) => label);

describe('the axis of weights', () => {
  it('names 1, 2 and 5 where there is room, powers of ten where there is little', () => {
    expect(labels(-2, 0.4, 600)).toEqual(['0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1', '2']);
    expect(labels(-2, 0.4, 120)).toEqual(['0.01', '0.1', '1']);
    expect(labels(-1, -1, 100)).toEqual([]);
  });

  it('has no two labels that touch, and always weight 1 where it is on it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: -0.5, noNaN: true }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.integer({ min: 60, max: 1500 }),
        (from, to, width) => {
          const all = found(from, to, width);
          expect(all.some(({ at }) => at === 0)).toBe(true);
          for (const { left, label } of all) {
            expect(left).toBeGreaterThanOrEqual(-8);
            expect(left + measure(label)).toBeLessThanOrEqual(width + 8 + 1e-9);
          }
          for (let i = 1; i < all.length; i++) {
            expect(all[i].left - (all[i - 1].left + measure(all[i - 1].label))).toBeGreaterThanOrEqual(12 - 1e-9);
          }
        },
      ),
    );
  });

  it('counts with a label at the end of the axis where it stands, not where its tick is', () => {
    // 0.005 begins at the very edge and is moved inwards: 0.01 beside it would touch it.
    const at = found(Math.log10(0.005), 0.4, 260);
    expect(at.map(({ label }) => label)).not.toContain('0.005');
    expect(at.map(({ label }) => label)).toContain('0.01');
    const alone = ticks(-1.04, 0.1, 300, { measure, beyond: 0 });
    expect(alone[0]).toMatchObject({ label: '0.1', left: expect.closeTo((0.04 / 1.14) * 300 - 10.5, 9) as number });
    expect(ticks(-1.01, 0.1, 300, { measure, beyond: 0 })[0].left).toBeCloseTo(0, 9);
  });

  it('shows the bins that hold rows, and does not shrink while a slider moves', () => {
    const rows = new Array<number>(40).fill(0);
    rows[20] = 5;
    rows[34] = 1;
    expect(shownBins(rows, undefined)).toEqual([18, 37]);
    rows[20] = 0;
    expect(shownBins(rows, [18, 37])).toEqual([18, 37]);
    expect(shownBins(rows, undefined)).toEqual([21, 37]);
    expect(shownBins(new Array<number>(40).fill(0), undefined)).toEqual([0, 40]);
  });

  it('finds edges and bins', () => {
    const edges = [-2, -1, 0, 1];
    expect(nearestEdge(edges, -0.6)).toBe(1);
    expect(nearestEdge(edges, 9)).toBe(3);
    expect(binOf(edges, -2)).toBe(0);
    expect(binOf(edges, -1)).toBe(1);
    expect(binOf(edges, 5)).toBe(2);
  });
});
