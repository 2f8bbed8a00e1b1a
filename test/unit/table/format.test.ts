import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundShares } from '../../../src/core/format.ts';
import {
  formatCount,
  formatLogWeight,
  formatPercent,
  formatShares,
  formatWeight,
} from '../../../src/core/table/format.ts';

test.each([
  [0, '0 %'],
  [0.0099, '< 1 %'],
  [0.01, '1 %'],
  [0.974, '97 %'],
  [0.99, '99 %'],
  [0.991, '> 99 %'],
  [1, '100 %'],
  [NaN, '–'],
])('share %d is %s', (share, shown) => {
  expect(formatPercent(share)).toBe(shown);
});

test.each([
  [0, '0.00'],
  [0.0099, '< 0.01'],
  [0.031, '0.03'],
  [1.8, '1.80'],
  [9.994, '9.99'],
  [12.34, '12.3'],
  [NaN, '–'],
])('weight %d is %s', (weight, shown) => {
  expect(formatWeight(weight)).toBe(shown);
});

test.each([
  [-4, '0.0001'],
  [-1.5, '0.03'],
  [-1, '0.1'],
  [0, '1'],
  [0.25, '1.8'],
  [1, '10'],
])('log₁₀ weight %d is %s', (log10, shown) => {
  expect(formatLogWeight(log10)).toBe(shown);
});

test('counts are grouped', () => {
  expect([0, 999, 1000, 10_000_000].map(formatCount)).toEqual(['0', '999', '1,000', '10,000,000']);
});

test.each([
  [
    [0.125, 0.875],
    ['13 %', '87 %'],
  ],
  [
    [1 / 3, 1 / 3, 1 / 3],
    ['34 %', '33 %', '33 %'],
  ],
  [
    [0.145, 0.145, 0.71],
    ['15 %', '14 %', '71 %'],
  ],
  [
    [0.29, 0.71],
    ['29 %', '71 %'],
  ],
  [
    [0.004, 0.996],
    ['< 1 %', '> 99 %'],
  ],
  [
    [0, 1],
    ['0 %', '100 %'],
  ],
  [
    [0, 0],
    ['0 %', '0 %'],
  ],
  [
    [NaN, NaN],
    ['–', '–'],
  ],
  [[], []],
])('shares %j of one whole are %j', (shares, shown) => {
  expect(formatShares(shares)).toEqual(shown);
});

test('shares of any whole add to 100 % and are less than a unit off', () => {
  const counts = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 60 }).filter((rows) => rows.some((n) => n > 0));
  fc.assert(
    fc.property(counts, fc.constantFrom(0, 1), (rows, digits) => {
      const whole = rows.reduce((sum, n) => sum + n, 0);
      const shares = rows.map((n) => n / whole);
      const units = 100 * 10 ** digits;
      const rounded = roundShares(shares, digits);
      expect(rounded.reduce((sum, share) => sum + Math.round(share * units), 0)).toBe(units);
      rounded.forEach((share, i) => {
        expect(Math.abs(share - shares[i]) * units).toBeLessThan(1);
      });
    }),
  );
});
