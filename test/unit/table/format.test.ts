import { expect, test } from 'vitest';
import { formatCount, formatLogWeight, formatPercent, formatWeight } from '../../../src/core/table/format.ts';

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
