import fc from 'fast-check';
import { expect, test } from 'vitest';
import { occurrenceCounter } from '../../../../src/worker/data/identityTable.ts';

/** Hashes of which many share their last bits, their first bits, or all. */
const hashes = fc.array(
  fc.tuple(fc.constantFrom(0, 1, 0x80000000, 0x80000001, 0xffffffff), fc.constantFrom(0, 16, 32, 0xfffffff0, 7)),
  { maxLength: 400 },
);

test('counts what came before, whatever hashes have in common', () => {
  fc.assert(
    fc.property(hashes, fc.nat(40), (texts, unasked) => {
      // Lines without a text stand in the columns too.
      const high = Uint32Array.from([...texts.map(([h]) => h), ...new Array<number>(unasked).fill(0)]);
      const low = Uint32Array.from([...texts.map(([, l]) => l), ...new Array<number>(unasked).fill(0)]);
      const counter = occurrenceCounter(texts.length, high, low);
      const seen = new Map<string, number>();
      texts.forEach((text, index) => {
        const before = seen.get(text.join()) ?? 0;
        expect(counter.count(index)).toBe(before);
        seen.set(text.join(), before + 1);
      });
      for (const [h, l] of texts) expect(counter.counted(h, l)).toBe(seen.get(`${String(h)},${String(l)}`));
      expect(counter.counted(5, 5)).toBe(0);
    }),
  );
});

test('counts more copies than a byte holds', () => {
  const high = new Uint32Array(1000).fill(0xdeadbeef);
  const counter = occurrenceCounter(1000, high, high);
  for (let i = 0; i < 1000; i++) expect(counter.count(i)).toBe(i);
  expect(counter.counted(0xdeadbeef, 0xdeadbeef)).toBe(1000);
});
