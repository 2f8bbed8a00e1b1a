import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Selection, shifted } from '../../../webview/weights/selection.ts';

describe('Selection', () => {
  it('targets single rows in file order, or the view', () => {
    const selection = new Selection();
    expect(selection.target(4)).toBeUndefined();
    selection.only({ index: 0, row: 9 });
    selection.toggle({ index: 3, row: 2 });
    expect(selection.target(4)).toEqual({ rows: [2, 9] });
    expect(selection.size(100)).toBe(2);
    selection.toggle({ index: 0, row: 9 });
    expect(selection.target(4)).toEqual({ rows: [2] });
    selection.selectAll();
    expect(selection.target(4)).toEqual({ view: 4 });
    expect(selection.size(1_000_000)).toBe(1_000_000);
    expect(selection.rows.size).toBe(0);
  });

  it('comes back from "all" to one row', () => {
    const selection = new Selection();
    selection.only({ index: 1, row: 5 });
    selection.selectAll();
    selection.collapse();
    expect(selection.target(1)).toEqual({ rows: [5] });
    selection.selectAll();
    selection.toggle({ index: 2, row: 6 });
    expect(selection.target(1)).toEqual({ rows: [6] });
  });

  it('follows rows that moved up when others were removed', () => {
    const selection = new Selection();
    selection.range([2, 3, 4, 10], { index: 0, row: 10 });
    selection.shift([1, 3]);
    expect(selection.target(1)).toEqual({ rows: [1, 2, 8] });
    expect(selection.lead).toEqual({ index: 0, row: 8 });
    selection.shift([8]);
    expect(selection.lead?.row).toBeUndefined();
  });
});

it('numbers rows as a file without the removed ones does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat({ max: 59 })), (rows, some) => {
      const removed = [...new Set(some)].filter((row) => row < rows).sort((a, b) => a - b);
      const left = Array.from({ length: rows }, (_, row) => row).filter((row) => !removed.includes(row));
      for (let row = 0; row < rows; row++) {
        expect(shifted(row, removed)).toBe(removed.includes(row) ? undefined : left.indexOf(row));
      }
    }),
  );
});
