import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clampTop,
  maxTop,
  maxTrack,
  pageRows,
  rowHeight,
  scale,
  topToAnchor,
  topToKeep,
  topToReveal,
  trackHeight,
  visibleRange,
} from '../../../webview/weights/scroll.ts';

const extents = fc.record({
  count: fc.integer({ min: 1, max: 10_000_000 }),
  viewport: fc.integer({ min: 40, max: 2000 }),
});

describe('the scrollbar', () => {
  it('is as long as the rows while they fit, and of bounded length beyond', () => {
    expect(trackHeight({ count: 1000, viewport: 500 })).toBe(22_000);
    expect(scale({ count: 1000, viewport: 500 })).toBe(1);
    expect(trackHeight({ count: 1_000_000, viewport: 500 })).toBe(maxTrack);
    expect(scale({ count: 1_000_000, viewport: 500 })).toBeCloseTo((22_000_000 - 500) / (1_500_000 - 500), 9);
  });

  it('reaches the last row exactly, whatever the number of rows', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        const way = trackHeight(extent) - extent.viewport;
        const top = clampTop(Math.max(0, way) * scale(extent), extent);
        expect(top).toBeCloseTo(maxTop(extent), 3);
        expect(visibleRange(top, extent).last).toBe(extent.count - 1);
      }),
    );
  });
});

describe('rows on screen', () => {
  it('are those that show at least in part', () => {
    const extent = { count: 100, viewport: 110 };
    expect(visibleRange(0, extent)).toEqual({ first: 0, last: 4 });
    expect(visibleRange(1, extent)).toEqual({ first: 0, last: 5 });
    expect(visibleRange(22, extent)).toEqual({ first: 1, last: 5 });
    expect(visibleRange(maxTop(extent), extent)).toEqual({ first: 95, last: 99 });
    expect(visibleRange(0, { count: 0, viewport: 110 })).toEqual({ first: 0, last: -1 });
  });

  it('keeps a row that showed whole in sight where the list gets lower', () => {
    const [before, after] = [
      { count: 100, viewport: 10 * rowHeight },
      { count: 100, viewport: 6 * rowHeight },
    ];
    const end = 90 * rowHeight;
    expect(topToKeep(96, end, before, after)).toBe(91 * rowHeight);
    expect(topToKeep(93, end, before, after)).toBe(end);
    // What did not show before, or does not matter, moves nothing.
    expect(topToKeep(80, end, before, after)).toBe(end);
    expect(topToKeep(undefined, end, before, after)).toBe(end);
    expect(topToKeep(96, end, before, before)).toBe(end);
  });

  it('are revealed by the shortest way, whole', () => {
    const extent = { count: 100, viewport: 110 };
    expect(topToReveal(2, 0, extent)).toBe(0);
    expect(topToReveal(5, 0, extent)).toBe(22);
    expect(topToReveal(3, 200, extent)).toBe(66);
    fc.assert(
      fc.property(extents, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (extent, row, share) => {
        const index = row % extent.count;
        const top = topToReveal(index, share * maxTop(extent), extent);
        expect(index * rowHeight).toBeGreaterThanOrEqual(top);
        expect(index * rowHeight + rowHeight).toBeLessThanOrEqual(top + extent.viewport + 1e-6);
      }),
    );
  });

  it('stand where they are anchored, as far as the ends of the list allow', () => {
    const extent = { count: 100, viewport: 110 };
    expect(topToAnchor(50, 30, extent)).toBe(50 * 22 - 30);
    expect(topToAnchor(0, 30, extent)).toBe(0);
    expect(topToAnchor(99, 0, extent)).toBe(maxTop(extent));
  });

  it('are paged so that one stays in sight', () => {
    expect(pageRows({ count: 100, viewport: 110 })).toBe(4);
    expect(pageRows({ count: 100, viewport: 10 })).toBe(1);
  });
});
