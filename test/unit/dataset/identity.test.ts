import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactCopies, exactCopiesAcross } from '../../../src/core/dataset/copies.ts';
import { occurrenceCounter, textHash } from '../../../src/core/dataset/identity.ts';
import { anyText } from './support.ts';

test('the first 16 digits of the SHA-256 of the text', () => {
  // FIPS 180-2, appendix B.1.
  expect(textHash('abc')).toBe('ba7816bf8f01cfea');
});

test('property: as Node computes it, of pairs too', () => {
  fc.assert(
    fc.property(anyText, fc.option(anyText, { nil: undefined }), (text, pair) => {
      const joined = pair === undefined ? text : `${text}\0${pair}`;
      expect(textHash(text, pair)).toBe(createHash('sha256').update(joined, 'utf8').digest('hex').slice(0, 16));
    }),
  );
});

test('occurrences count up for each hash by itself', () => {
  const occurrenceOf = occurrenceCounter();
  expect(['a', 'b', 'a', 'a', 'b', '__proto__'].map(occurrenceOf)).toEqual([0, 0, 1, 2, 1, 0]);
});

test('exact copies within a set and across two', () => {
  const rows = (...hashes: string[]): { textHash: string }[] => hashes.map((hash) => ({ textHash: hash }));
  expect(exactCopies(rows())).toBe(0);
  expect(exactCopies(rows('a', 'b', 'a', 'a', 'b'))).toBe(3);
  expect(exactCopiesAcross(rows('a', 'b', 'a', 'a'), rows('a', 'c', 'd'))).toEqual({ inFirst: 3, inSecond: 1 });
  expect(exactCopiesAcross(rows('a'), rows('b'))).toEqual({ inFirst: 0, inSecond: 0 });
});
