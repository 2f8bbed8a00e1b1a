import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { logLoss } from '../../../src/core/metrics/probabilistic.ts';
import { logSoftmax } from '../../../src/core/weighting/softmax.ts';
import { TEMPERATURE_RANGE, fitTemperature } from '../../../src/core/weighting/temperature.ts';
import { readFixture } from '../../fixtures/core/read.ts';

interface Case {
  classCount: number;
  logits: number[];
  labels: number[];
  temperature: number;
  nllBefore: number;
  nllAfter: number;
}

describe('temperature', () => {
  for (const reference of readFixture<Case[]>('temperature.json')) {
    it(`equals SciPy's minimize_scalar (T = ${reference.temperature.toFixed(3)})`, () => {
      const fit = fitTemperature(Float64Array.from(reference.logits), reference.labels, reference.classCount);
      expect(fit.temperature / reference.temperature).toBeCloseTo(1, 6);
      expect(fit.nllBefore).toBeCloseTo(reference.nllBefore, 12);
      expect(fit.nllAfter).toBeCloseTo(reference.nllAfter, 12);
      expect(fit.atBound).toBe(false);
    });
  }

  it('is the closed form for two classes with constant logits: T = z / log(right / wrong)', () => {
    const logits = Float64Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 2 : 0));
    const labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
    expect(fitTemperature(logits, labels, 2).temperature).toBeCloseTo(2 / Math.log(7 / 3), 10);
  });

  it('is close to 1 on calibrated data, and multiplies with the logits', () => {
    const random = new Random(1);
    const n = 20_000;
    const logits = Float64Array.from({ length: 3 * n }, () => 1.5 * random.normal());
    const logP = logSoftmax(logits, n, 3);
    const labels = Int32Array.from({ length: n }, (_, row) => {
      const u = random.uniform();
      const first = Math.exp(logP[3 * row]);
      return u < first ? 0 : u < first + Math.exp(logP[3 * row + 1]) ? 1 : 2;
    });
    const { temperature } = fitTemperature(logits, labels, 3);
    expect(Math.abs(temperature - 1)).toBeLessThan(0.03);
    const scaled = fitTemperature(
      logits.map((z) => 3 * z),
      labels,
      3,
    );
    expect(scaled.temperature / temperature).toBeCloseTo(3, 8);
  });

  it('stops at the bounds: all right, all wrong', () => {
    const logits = Float64Array.from([3, 0, 3, 0]);
    const right = fitTemperature(logits, [0, 0], 2);
    expect(right).toMatchObject({ temperature: TEMPERATURE_RANGE.min, atBound: true });
    const wrong = fitTemperature(logits, [1, 1], 2);
    expect(wrong).toMatchObject({ temperature: TEMPERATURE_RANGE.max, atBound: true });
    expect(wrong.nllAfter).toBeLessThan(wrong.nllBefore);
  });

  it('reports the NLL that logLoss gives, and never makes it worse', () => {
    const random = new Random(2);
    for (let trial = 0; trial < 50; trial++) {
      const logits = Float64Array.from({ length: 30 }, () => random.normal() * 10 ** (4 * random.uniform() - 2));
      const labels = Int32Array.from({ length: 10 }, () => random.integer(3));
      const fit = fitTemperature(logits, labels, 3);
      expect(fit.nllAfter).toBeLessThanOrEqual(fit.nllBefore);
      expect(fit.nllAfter).toBeCloseTo(logLoss(logSoftmax(logits, 10, 3, fit.temperature), labels, 3), 10);
    }
  });

  it('leaves T at 1 where it makes no difference', () => {
    expect(fitTemperature(new Float64Array(4), [0, 1], 2)).toMatchObject({ temperature: 1, atBound: false });
    expect(fitTemperature(new Float64Array(0), [], 2).temperature).toBe(1);
    expect(() => fitTemperature(Float64Array.from([NaN, 0]), [0], 2)).toThrow(RangeError);
  });
});
