import { describe, expect, it } from 'vitest';
import type { Reliability } from '../../../src/core/metrics/reliability.ts';
import { calibrationBasis, calibrationWords, isScaled } from '../../../webview/weights/calibrationWords.ts';
import { intervalWords, whiskerOf } from '../../../webview/weights/interval.ts';

const measured = (ece: number, rows = 200): Reliability => ({ ece, rows, bins: [] });

describe('calibration in words', () => {
  const calibration = (temperature: number, before: number, after: number) => ({
    ...{ temperature, before: measured(before), after: measured(after), outOfFold: true },
  });

  it('says which way a checker was wrong, by its temperature', () => {
    expect(calibrationWords(calibration(1.83, 0.1339, 0.0271))).toBe(
      'Its probabilities are off by 2.7 points on average (ECE 0.027). Before temperature scaling it was surer than right, off by 13.4 points; dividing its logits by 1.83 corrects that.',
    );
    expect(calibrationWords(calibration(0.6, 0.08, 0.02))).toContain('it was less sure than right, off by 8.0 points');
  });

  it('does not praise a scaling that did not help', () => {
    expect(calibrationWords(calibration(1.2, 0.03, 0.04))).toBe(
      'Its probabilities are off by 4.0 points on average (ECE 0.040). Before temperature scaling, by 1.20, they were off by 3.0 points: it did not help here.',
    );
  });

  it('names one number where nothing was scaled', () => {
    expect(isScaled(calibration(1.01, 0.03, 0.03))).toBe(false);
    expect(calibrationWords(calibration(1, 0.03, 0.03))).toBe(
      'Its probabilities are off by 3.0 points on average (ECE 0.030).',
    );
  });

  it('says what it rests on', () => {
    const small = calibration(1, 0.03, 0.03);
    expect(calibrationBasis(small)).toBe(
      'Measured on 200 rows, each judged by a model that was not trained on it. Small dots stand for few rows and are off by chance too.',
    );
    expect(calibrationBasis({ ...small, after: measured(0.03, 2000), outOfFold: false })).toBe(
      'Measured on the 2,000 rows that it was trained on, which flatters it.',
    );
  });
});

describe('the interval of a weight', () => {
  it('stands on the bar in shares of the weight that fills it', () => {
    expect(whiskerOf({ weight: 0.5, weightLow: 0.2, weightHigh: 1.5 }, 2)).toEqual({
      from: 0.1,
      to: 0.75,
      isCut: false,
    });
    expect(whiskerOf({ weight: 2, weightLow: 1, weightHigh: 2 }, 2)).toEqual({ from: 0.5, to: 1, isCut: false });
    expect(whiskerOf({ weight: 3, weightLow: 1, weightHigh: 9 }, 4)).toEqual({ from: 0.25, to: 1, isCut: true });
    expect(whiskerOf({ weight: 9, weightLow: 5, weightHigh: 12 }, 4)).toEqual({ from: 1, to: 1, isCut: true });
    expect(whiskerOf({ weight: 1 }, 2)).toBeUndefined();
  });

  it('is told with the weight', () => {
    expect(intervalWords({ weight: 0.12, weightLow: 0.05, weightHigh: 0.31 })).toBe(
      'Weight 0.12, between 0.05 and 0.31',
    );
    expect(intervalWords({ weight: 0.12 })).toBeUndefined();
  });
});
