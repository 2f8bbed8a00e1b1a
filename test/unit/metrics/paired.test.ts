import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classificationReport, confusionMatrix, reportOf } from '../../../src/core/metrics/classification.ts';
import { bootstrap, bootstrapInterval, meanAndSd, percentileInterval } from '../../../src/core/metrics/intervals.ts';
import { discordantRows, holm, mcnemarExact, pairedDifference } from '../../../src/core/metrics/pairedTests.ts';
import { studentTQuantile, studentTTwoSided } from '../../../src/core/metrics/studentT.ts';

interface Interval {
  low: number;
  high: number;
  se: number;
}
interface Fixture {
  classCount: number;
  truth: number[];
  first: number[][];
  second: number[][];
  accuracy: number;
  macroF1: number;
  accuracyInterval: Interval;
  macroF1Interval: Interval;
  meanDifference: number;
  meanDifferenceInterval: Interval;
  onlyFirst: number;
  onlySecond: number;
  mcnemar: { onlyFirst: number; onlySecond: number; p: number }[];
  holm: { p: number[]; corrected: number[] };
  t: { t: number; df: number; twoSided: number }[];
  quantiles: { df: number; t: number }[];
  twoFactor: { bySeed: number[]; rowVariance: number; rows: number; low: number; high: number; p: number }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/metrics/paired.json', import.meta.url), 'utf8'),
) as Fixture;
const { truth, first, second, classCount } = fixture;

/** Equal to so many digits, whatever the size. */
function expectClose(actual: number, wanted: number, digits: number): void {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(10 ** -digits * Math.abs(wanted));
}

describe("Student's t against SciPy", () => {
  it('the two-sided tail, far out too', () => {
    for (const { t, df, twoSided } of fixture.t) {
      // Of a million degrees of freedom, Γ is the difference of large logarithms.
      expectClose(studentTTwoSided(t, df), twoSided, df > 1000 ? 8 : 11);
    }
  });
  it('quantiles', () => {
    for (const { df, t } of fixture.quantiles) expectClose(studentTQuantile(0.95, df), t, df > 1000 ? 8 : 11);
  });
  it('refuses what has no distribution', () => {
    expect(() => studentTTwoSided(1, 0)).toThrow(RangeError);
    expect(() => studentTQuantile(1, 3)).toThrow(RangeError);
  });
});

describe('McNemar against scipy.stats.binomtest', () => {
  it('p-values from none to a hundred thousand discordant rows', () => {
    for (const { onlyFirst, onlySecond, p } of fixture.mcnemar) {
      // A hundred thousand logarithms are summed up for the largest case.
      expectClose(mcnemarExact(onlyFirst, onlySecond), p, onlyFirst > 10_000 ? 8 : 11);
    }
  });
  it('no discordant row tells nothing, and the order does not matter', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), (a, b) => {
        const p = mcnemarExact(a, b);
        expect(p).toBe(mcnemarExact(b, a));
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
      }),
    );
  });
  it('counts the rows that one model alone gets right', () => {
    const { onlyFirst, onlySecond } = fixture;
    expect(discordantRows(truth, first[0], second[0])).toEqual({ onlyFirst, onlySecond });
    expect(() => discordantRows([0, 1], [0], [0, 1])).toThrow(RangeError);
  });
});

describe('Holm', () => {
  it('corrects as its definition says, ties and unsorted ones included', () => {
    holm(fixture.holm.p).forEach((p, i) => expect(p).toBeCloseTo(fixture.holm.corrected[i], 14));
    expect(holm([])).toEqual([]);
    expect(holm([0.3])).toEqual([0.3]);
  });
  it('never makes a p-value smaller, keeps their order and stays below Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (p) => {
        const corrected = holm(p);
        p.forEach((value, i) => {
          expect(corrected[i]).toBeGreaterThanOrEqual(value);
          expect(corrected[i]).toBeLessThanOrEqual(Math.min(1, p.length * value));
          p.forEach((other, j) => {
            if (value < other) expect(corrected[i]).toBeLessThanOrEqual(corrected[j]);
          });
        });
      }),
    );
  });
});

describe('bootstrap over test rows against scipy.stats.bootstrap', () => {
  const macroF1 = (predicted: number[], rows?: Int32Array): number =>
    reportOf(confusionMatrix(truth, predicted, classCount, rows), classCount).macroF1;
  // Percentiles of 4000 resamples are known to about a thirtieth of the interval's width.
  const settings = { seed: 3, resamples: 4000 };
  const expectInterval = (actual: { low: number; high: number }, wanted: Interval): void => {
    expect(Math.abs(actual.low - wanted.low)).toBeLessThan((wanted.high - wanted.low) / 30);
    expect(Math.abs(actual.high - wanted.high)).toBeLessThan((wanted.high - wanted.low) / 30);
  };

  it('accuracy and macro-F1 of one model', () => {
    const report = classificationReport(truth, first[0], classCount);
    expect(report.accuracy).toBeCloseTo(fixture.accuracy, 14);
    expect(report.macroF1).toBeCloseTo(fixture.macroF1, 14);
    const accuracy = (rows: Int32Array): number =>
      reportOf(confusionMatrix(truth, first[0], classCount, rows), classCount).accuracy;
    expectInterval(bootstrapInterval(truth.length, accuracy, settings), fixture.accuracyInterval);
    expectInterval(
      bootstrapInterval(truth.length, (rows) => macroF1(first[0], rows), settings),
      fixture.macroF1Interval,
    );
  });

  it('the paired difference of two methods, mean over seeds', () => {
    const difference = (rows?: Int32Array): number =>
      first.reduce((sum, predicted, s) => sum + macroF1(predicted, rows) - macroF1(second[s], rows), 0) / first.length;
    expect(difference()).toBeCloseTo(fixture.meanDifference, 14);
    const distribution = bootstrap(truth.length, difference, settings);
    expectInterval(percentileInterval(distribution), fixture.meanDifferenceInterval);
    expect(meanAndSd(distribution).sd / fixture.meanDifferenceInterval.se).toBeCloseTo(1, 1);
  });
});

describe('pairedDifference', () => {
  it('rows and seeds together, against the same formula in SciPy', () => {
    for (const { bySeed, rowVariance, rows, low, high, p } of fixture.twoFactor) {
      const result = pairedDifference(bySeed, rowVariance, rows);
      expect(result.low).toBeCloseTo(low, 10);
      expect(result.high).toBeCloseTo(high, 10);
      expect(result.p).toBeCloseTo(p, 10);
      expect(result.sd === undefined).toBe(bySeed.length === 1);
    }
  });
  it('says that equal predictions do not differ', () => {
    expect(pairedDifference([0, 0, 0], 0, 100)).toEqual({ mean: 0, sd: 0, low: 0, high: 0, p: 1 });
  });
  it('is less sure where seeds disagree than where they agree on the same mean', () => {
    const agree = pairedDifference([0.02, 0.02, 0.02], 0.00004, 500);
    const disagree = pairedDifference([0.06, 0.02, -0.02], 0.00004, 500);
    expect(agree.mean).toBeCloseTo(disagree.mean, 15);
    expect(agree.p).toBeLessThan(0.01);
    expect(disagree.p).toBeGreaterThan(0.3);
    expect(disagree.high - disagree.low).toBeGreaterThan(3 * (agree.high - agree.low));
  });
  it('holds its level where there is no difference: rows and seeds drawn anew, 5 % are false alarms', () => {
    // Scores of two equal methods: a row effect they share per seed pair, a seed effect, and noise.
    let state = 12345;
    const uniform = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const [draws, rows] = [2000, 400];
    let alarms = 0;
    for (let draw = 0; draw < draws; draw++) {
      const ofRows = 0.01 * normal();
      const bySeed = Array.from({ length: 3 }, () => ofRows + 0.01 * normal());
      if (pairedDifference(bySeed, 0.01 ** 2, rows).p < 0.05) alarms++;
    }
    expect(alarms / draws).toBeLessThan(0.065);
    expect(alarms / draws).toBeGreaterThan(0.015);
  });
});
