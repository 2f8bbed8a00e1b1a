import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reliability } from '../../../src/core/metrics/reliability.ts';

interface Case {
  readonly classCount: number;
  readonly bins: number;
  readonly logP: number[];
  readonly labels: number[];
  readonly accuracy: number[];
  readonly confidence: number[];
  readonly rows: number[];
  readonly ece: number;
}
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/calibration/reliability.json', import.meta.url), 'utf8'),
) as Case[];

describe('reliability diagram', () => {
  it.each(cases)('has the bins of calibration_curve: $classCount labels, $bins bins', (fixture) => {
    const { classCount, bins, labels } = fixture;
    const found = reliability(Float64Array.from(fixture.logP), labels, classCount, bins);
    expect(found.rows).toBe(labels.length);
    expect(found.bins.map(({ rows }) => rows)).toEqual(fixture.rows);
    found.bins.forEach((bin, i) => {
      expect(bin.accuracy).toBeCloseTo(fixture.accuracy[i], 12);
      expect(bin.confidence).toBeCloseTo(fixture.confidence[i], 12);
      expect(bin.to - bin.from).toBeCloseTo(1 / bins, 12);
      expect(bin.confidence).toBeGreaterThan(bin.from - 1e-12);
      expect(bin.confidence).toBeLessThan(bin.to + 1e-12);
    });
    expect(found.ece).toBeCloseTo(fixture.ece, 12);
  });

  it('leaves empty bins out, and puts certainty into the last', () => {
    const logP = Float64Array.of(0, -Infinity, Math.log(0.4), Math.log(0.6), 0, -Infinity);
    expect(reliability(logP, [0, 1, 1], 2, 10)).toEqual({
      // Two certain rows, one of them wrong; one at 0.6 that is right.
      ece: expect.closeTo((Math.abs(1 - 2) + Math.abs(1 - 0.6)) / 3, 12) as number,
      rows: 3,
      bins: [
        { from: 0.5, to: 0.6, rows: 1, confidence: expect.closeTo(0.6, 12) as number, accuracy: 1 },
        { from: 0.9, to: 1, rows: 2, confidence: 1, accuracy: 0.5 },
      ],
    });
    expect(reliability(new Float64Array(0), [], 2)).toEqual({ ece: 0, rows: 0, bins: [] });
  });
});
