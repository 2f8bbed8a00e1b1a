import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, nearestEdge, shownBins, ticks } from '../../../webview/weights/axis.ts';

const labels = (from: number, to: number, width: number): string[] => ticks(from, to, width).map(({ label }) => label);

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
          const found = ticks(from, to, width);
          expect(found.some(({ at }) => at === 0)).toBe(true);
          for (let i = 1; i < found.length; i++) {
            const distance = ((found[i].at - found[i - 1].at) * width) / (to - from);
            expect(distance).toBeGreaterThanOrEqual(7 * (found[i].label.length + found[i - 1].label.length) * 0.5);
          }
        },
      ),
    );
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
