import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowView } from '../../../src/protocol/data.ts';
import { followRow, type RowsNow } from '../../../webview/weights/followRow.ts';

/** Rows of a file, shown in the order of the file. */
const file = (texts: readonly string[], hidden: readonly number[] = []): RowsNow => {
  const order = texts.map((_, row) => row).filter((row) => !hidden.includes(row));
  return {
    place: (row) => Promise.resolve(order.indexOf(row)),
    at: (index) => Promise.resolve({ row: order[index], text: texts[order[index]] } as unknown as RowView),
  };
};

describe('followRow', () => {
  it('finds the row again after lines came or went above it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.nat(5),
        fc.nat(),
        async (texts, which, added, where) => {
          const row = which % texts.length;
          const at = where % (texts.length + 1);
          const fresh = Array.from({ length: added }, (_, i) => `new row ${String(i)} of a test`);
          const now = [...texts.slice(0, at), ...fresh, ...texts.slice(at)];
          const index = now.indexOf(texts[row]);
          expect(await followRow(row, texts[row], added, file(now))).toMatchObject({ row: index, index });
          // And back again.
          expect(await followRow(index, texts[row], -added, file(texts))).toMatchObject({ row, index: row });
        },
      ),
    );
  });

  it('follows a line that changed places with its neighbour, and stays with a text that was edited', async () => {
    expect(await followRow(1, 'b', 0, file(['a', 'c', 'b']))).toMatchObject({ row: 2 });
    expect(await followRow(1, 'b', 0, file(['a', 'B!', 'c']))).toMatchObject({ row: 1 });
  });

  it('takes no other row for one that is gone', async () => {
    expect(await followRow(1, 'b', -1, file(['a', 'c', 'd']))).toBeUndefined();
    expect(await followRow(0, 'a', -1, file(['b', 'c']))).toBeUndefined();
    expect(await followRow(1, undefined, 1, file(['x', 'a', 'b']))).toBeUndefined();
    expect(await followRow(1, 'b', 0, file(['a', 'b', 'c'], [1]))).toBeUndefined();
    expect(await followRow(1, undefined, 0, file(['a', 'b']))).toMatchObject({ row: 1, index: 1 });
  });
});
