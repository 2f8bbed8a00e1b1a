import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ensembleAnswer, intervalFacts, jackknifeSpread } from '../../../src/core/weighting/spread.ts';
import { computeWeights, DEFAULT_WEIGHT_SETTINGS, type WeightSettings } from '../../../src/core/weighting/weights.ts';

describe('spread of fold models', () => {
  it('of leave-one-out means is the standard error of the mean', () => {
    const values = [1, 4, 4, 7, 9, 11];
    const n = values.length;
    const sum = values.reduce((a, b) => a + b);
    const mean = sum / n;
    const replicates = values.map((left) => Float64Array.of((sum - left) / (n - 1)));
    const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1);
    expect(jackknifeSpread(replicates)?.[0]).toBeCloseTo(Math.sqrt(variance / n), 12);
  });

  it('is number by number, and of two models half their difference', () => {
    const spread = jackknifeSpread([Float64Array.of(-1, -2, -3), Float64Array.of(-1, -4, -2.5)]);
    expect(Array.from(spread ?? [])).toEqual([0, 1, 0.25]);
  });

  it('of one model is unknown, not 0', () => {
    expect(jackknifeSpread([Float64Array.of(-1, -2)])).toBeUndefined();
    expect(ensembleAnswer([Float64Array.of(-1, -2)])).toEqual({ logP: Float64Array.of(-1, -2), spread: undefined });
    expect(intervalFacts(1)).toBeUndefined();
    expect(() => jackknifeSpread([new Float64Array(2), new Float64Array(3)])).toThrow(RangeError);
  });

  it('intervals take the quantile of Student’s t: scipy.stats.t.ppf(0.975, K − 1)', () => {
    expect(intervalFacts(2)).toEqual({
      models: 2,
      level: 0.95,
      quantile: expect.closeTo(12.706204736174694, 8) as number,
    });
    expect(intervalFacts(5)?.quantile).toBeCloseTo(2.7764451051977934, 11);
    expect(intervalFacts(10)?.quantile).toBeCloseTo(2.262157162798205, 11);
  });
});

describe('interval of a weight', () => {
  const log = (...p: number[]): Float64Array => Float64Array.from(p, Math.log);
  const base: WeightSettings = { ...DEFAULT_WEIGHT_SETTINGS, clip: { min: -Infinity, max: Infinity } };
  const classCount = 2;
  const input = {
    logP: log(0.2, 0.8, 0.5, 0.5, 0.1, 0.9),
    logQ: log(0.4, 0.6, 0.25, 0.75, 0.2, 0.8),
    labels: [0, 0, 1],
    classCount,
  };
  const spread = { logP: [0.3, 9, 0.1, 9, 9, 0.05], quantile: 2 };

  it('is exp of so many standard errors to either side, times gamma, of the own label', () => {
    const { weight, interval } = computeWeights({ ...input, spread, settings: { ...base, gamma: 0.5 } });
    [0.3, 0.1, 0.05].forEach((se, i) => {
      expect(interval?.low[i]).toBeCloseTo(weight[i] * Math.exp(-0.5 * 2 * se), 12);
      expect(interval?.high[i]).toBeCloseTo(weight[i] * Math.exp(0.5 * 2 * se), 12);
    });
  });

  it('follows a changed label without anything else', () => {
    const { weight, interval } = computeWeights({ ...input, labels: [1, 1, 0], spread, settings: base });
    expect(interval?.low[0]).toBeCloseTo(weight[0] * Math.exp(-18), 12);
    // P̂' = 0.8 cannot become more than 1.
    expect(interval?.high[0]).toBeCloseTo(1 / 0.6, 12);
  });

  it('adds the squares of both checkers’ errors, where the diversity checker has any', () => {
    const logQ = [0.4, 9, NaN, NaN, 9, 0.12];
    const { weight, interval } = computeWeights({ ...input, spread: { ...spread, logQ }, settings: base });
    expect(interval?.low[0]).toBeCloseTo(weight[0] * Math.exp(-2 * 0.5), 12);
    expect(interval?.low[1]).toBeCloseTo(weight[1] * Math.exp(-2 * 0.1), 12);
    expect(interval?.high[2]).toBeCloseTo(weight[2] * Math.exp(Math.hypot(0.1, 0.24)), 12);
    // Quality alone knows nothing of Q̂.
    const quality = computeWeights({ ...input, spread: { ...spread, logQ }, settings: { ...base, method: 'quality' } });
    expect(quality.interval?.low[0]).toBeCloseTo(0.2 * Math.exp(-0.6), 12);
  });

  it('is clipped, truncated and normalised as the weights are', () => {
    const settings: WeightSettings = { ...base, clip: { min: Math.log(0.45), max: Math.log(1.9) } };
    const clipped = computeWeights({ ...input, spread, settings });
    expect(Array.from(clipped.weight)).toEqual([0.5, 1.9, 1.125].map((w) => expect.closeTo(w, 12) as number));
    expect(clipped.interval?.low[0]).toBeCloseTo(0.45, 12);
    expect(clipped.interval?.high[1]).toBeCloseTo(1.9, 12);
    // The cap is the median of the weights, not of their ends.
    const truncated = computeWeights({ ...input, spread, settings: { ...settings, truncateQuantile: 0.5 } });
    expect(truncated.interval?.high[1]).toBeCloseTo(1.125, 12);
    const normalised = computeWeights({ ...input, spread, settings: { ...settings, selfNormalise: true } });
    const mean = (0.5 + 1.9 + 1.125) / 3;
    expect(normalised.interval?.low[0]).toBeCloseTo(0.45 / mean, 12);
    const corrected = computeWeights({
      ...{ ...input, spread },
      settings: { ...base, priorCorrection: { real: [0.2, 0.8], synthetic: [0.4, 0.6] } },
    });
    expect(corrected.interval?.low[0]).toBeCloseTo(0.25 * Math.exp(-0.6), 12);
  });

  it('of the filter says whether the row would be kept at either end', () => {
    const settings: WeightSettings = { ...base, method: 'filter', filterThreshold: 0.45 };
    const { weight, interval } = computeWeights({
      ...input,
      spread: { ...spread, logP: [1, 0, 0.2, 0, 0, 0] },
      settings,
    });
    expect(Array.from(weight)).toEqual([0, 1, 1]);
    expect(Array.from(interval?.low ?? [])).toEqual([0, 0, 1]);
    expect(Array.from(interval?.high ?? [])).toEqual([1, 1, 1]);
  });

  it('is unknown for a row without spread, and absent where none is given', () => {
    const { interval } = computeWeights({
      ...input,
      spread: { ...spread, logP: [NaN, NaN, 0.1, 9, 9, 0.05] },
      settings: base,
    });
    expect(interval?.low[0]).toBeNaN();
    expect(interval?.high[0]).toBeNaN();
    expect(interval?.low[1]).toBeCloseTo(2 * Math.exp(-0.2), 12);
    expect(computeWeights({ ...input, settings: base }).interval).toBeUndefined();
  });

  it('holds the weight, whatever the settings', () => {
    const probability = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    const error = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(probability, probability, error, error, fc.nat(1)), { minLength: 1, maxLength: 8 }),
        fc.record({
          method: fc.constantFrom('imp' as const, 'quality' as const, 'filter' as const),
          gamma: fc.double({ min: 0, max: 2, noNaN: true }),
          max: fc.double({ min: -1, max: 3, noNaN: true }),
          truncateQuantile: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
          selfNormalise: fc.boolean(),
        }),
        (rows, { max, ...settings }) => {
          const of = (f: (row: (typeof rows)[number]) => number[]): Float64Array => Float64Array.from(rows.flatMap(f));
          const { weight, interval } = computeWeights({
            logP: of(([p]) => [Math.log(p), Math.log(1 - p)]),
            logQ: of(([, q]) => [Math.log(q), Math.log(1 - q)]),
            labels: rows.map(([, , , , label]) => label),
            classCount,
            settings: { ...base, ...settings, clip: { min: -10, max } },
            spread: { logP: of(([, , e]) => [e, e]), logQ: of(([, , , e]) => [e, e]), quantile: 2 },
          });
          rows.forEach((_, i) => {
            expect(interval?.low[i]).toBeLessThanOrEqual(weight[i] * (1 + 1e-12));
            expect(interval?.high[i]).toBeGreaterThanOrEqual(weight[i] * (1 - 1e-12));
          });
        },
      ),
    );
  });
});
