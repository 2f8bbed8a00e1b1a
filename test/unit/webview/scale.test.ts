import { describe, expect, it } from 'vitest';
import { niceTicks, smooth, wholeTicks } from '../../../webview/shared/scale.ts';

describe('ticks', () => {
  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.13, 0.68, 4, [0, 0.2, 0.4, 0.6, 0.8]],
    [88.1, 91.9, 4, [88, 89, 90, 91, 92]],
    [0, 363, 4, [0, 100, 200, 300, 400]],
    [0, 0.3, 3, [0, 0.1, 0.2, 0.3]],
  ])('from %d to %d, about %d', (low, high, count, expected) => {
    expect(niceTicks(low, high, count)).toEqual(expected);
  });

  it('cover a range without width', () => {
    const ticks = niceTicks(0.5, 0.5, 4);
    expect(ticks[0]).toBeLessThanOrEqual(0.5);
    expect(ticks.at(-1)).toBeGreaterThan(0.5);
  });

  it('are none for what is no range', () => {
    expect(niceTicks(NaN, 1, 4)).toEqual([]);
    expect(niceTicks(2, 1, 4)).toEqual([]);
  });

  it('are whole numbers for epochs', () => {
    expect(wholeTicks(3, 6)).toEqual([1, 2, 3]);
    expect(wholeTicks(10, 5)).toEqual([2, 4, 6, 8, 10]);
    expect(wholeTicks(1, 5)).toEqual([1]);
  });
});

describe('smoothing', () => {
  it('leaves a constant alone from its first point on', () => {
    for (const value of smooth([2, 2, 2, 2], 0.9)) expect(value).toBeCloseTo(2, 12);
  });

  it('weights the past by its distance', () => {
    const [first, second] = smooth([1, 3], 0.5);
    expect(first).toBe(1);
    expect(second).toBeCloseTo((0.25 * 1 + 0.5 * 3) / 0.75, 12);
  });
});
