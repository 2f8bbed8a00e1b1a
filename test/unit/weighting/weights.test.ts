import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from '../../../src/core/metrics/intervals.ts';
import { logMeanProbabilities, logSoftmax, logSumExp } from '../../../src/core/weighting/softmax.ts';
import {
  DEFAULT_LOG_WEIGHT_CLIP,
  DEFAULT_WEIGHT_SETTINGS,
  PAPER_WEIGHT_SETTINGS,
  classWeights,
  computeWeights,
  effectiveSampleSize,
  labelPriors,
  permuteWeights,
} from '../../../src/core/weighting/weights.ts';
import { readFixture } from '../../fixtures/core/read.ts';

const fixture = readFixture<{ classCount: number; logits: number[]; logP: number[]; logSumExp: number[] }>(
  'metrics.json',
);
const logOf = (rows: number[][]): Float64Array => Float64Array.from(rows.flat(), Math.log);

describe('softmax', () => {
  it('equals SciPy', () => {
    const logits = Float64Array.from(fixture.logits);
    const rows = logits.length / fixture.classCount;
    const logP = logSoftmax(logits, rows, fixture.classCount);
    logP.forEach((value, i) => expect(value).toBeCloseTo(fixture.logP[i], 13));
    for (let row = 0; row < rows; row++) {
      expect(logSumExp(logits, row * fixture.classCount, fixture.classCount)).toBeCloseTo(fixture.logSumExp[row], 13);
    }
  });
  it('does not overflow or underflow', () => {
    expect(Array.from(logSoftmax(Float64Array.from([1000, 0]), 1, 2))).toEqual([0, -1000]);
    expect(Array.from(logSoftmax(Float32Array.from([-1e30, -1e30]), 1, 2))).toEqual([-Math.LN2, -Math.LN2]);
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([NaN, 0])).toBeNaN();
  });
  it('divides by the temperature', () => {
    expect(Array.from(logSoftmax(Float64Array.from([4, 2]), 1, 2, 2))).toEqual(
      Array.from(logSoftmax(Float64Array.from([2, 1]), 1, 2)),
    );
  });
  it('averages probabilities, not logits, and not through underflow', () => {
    const mean = logMeanProbabilities([logOf([[0.9, 0.1]]), logOf([[0.5, 0.5]])]);
    expect(Math.exp(mean[0])).toBeCloseTo(0.7, 15);
    expect(Math.exp(mean[1])).toBeCloseTo(0.3, 15);
    expect(logMeanProbabilities([Float64Array.of(-2000), Float64Array.of(-2000)])[0]).toBeCloseTo(-2000, 12);
    expect(() => logMeanProbabilities([])).toThrow(RangeError);
  });
});

describe('weights, closed form', () => {
  const labels = [0, 1, 1];
  const logP = logOf([
    [0.8, 0.2],
    [0.9, 0.1],
    [0.25, 0.75],
  ]);
  const logQ = logOf([
    [0.4, 0.6],
    [0.5, 0.5],
    [0.25, 0.75],
  ]);

  it('imp: P̂′ over Q̂ of the row’s own label', () => {
    const { weight, logWeight, quality, diversity } = computeWeights({
      logP,
      logQ,
      labels,
      classCount: 2,
      settings: PAPER_WEIGHT_SETTINGS,
    });
    [2, 0.2, 1].forEach((w, row) => {
      expect(weight[row]).toBeCloseTo(w, 14);
      expect(logWeight[row]).toBeCloseTo(Math.log(w), 14);
    });
    [0.8, 0.1, 0.75].forEach((p, row) => expect(quality[row]).toBeCloseTo(p, 15));
    [0.4, 0.5, 0.75].forEach((q, row) => expect(diversity?.[row]).toBeCloseTo(q, 15));
  });

  it('gamma is an exponent', () => {
    const settings = { ...PAPER_WEIGHT_SETTINGS, gamma: 0.5 };
    const { weight } = computeWeights({ logP, logQ, labels, classCount: 2, settings });
    [Math.SQRT2, Math.sqrt(0.2), 1].forEach((w, row) => expect(weight[row]).toBeCloseTo(w, 14));
  });

  it('quality: P̂′ alone, no diversity checker needed', () => {
    const settings = { ...PAPER_WEIGHT_SETTINGS, method: 'quality' as const };
    const { weight, diversity } = computeWeights({ logP, labels, classCount: 2, settings });
    [0.8, 0.1, 0.75].forEach((w, row) => expect(weight[row]).toBeCloseTo(w, 15));
    expect(diversity).toBeUndefined();
  });

  it('filter: 1 above the threshold, 0 below; normalised it keeps the mean at 1', () => {
    const filter = { ...DEFAULT_WEIGHT_SETTINGS, method: 'filter' as const, filterThreshold: 0.5 };
    expect(Array.from(computeWeights({ logP, labels, classCount: 2, settings: filter }).weight)).toEqual([1, 0, 1]);
    const normalised = computeWeights({ logP, labels, classCount: 2, settings: { ...filter, selfNormalise: true } });
    [1.5, 0, 1.5].forEach((w, row) => expect(normalised.weight[row]).toBeCloseTo(w, 14));
    const none = { ...filter, filterThreshold: 0.95, selfNormalise: true };
    expect(Array.from(computeWeights({ logP, labels, classCount: 2, settings: none }).weight)).toEqual([0, 0, 0]);
  });

  it('prior correction multiplies by P_real(y)/P_syn(y), outside gamma', () => {
    const priorCorrection = { real: [0.9, 0.1], synthetic: [0.5, 0.5] };
    const settings = { ...PAPER_WEIGHT_SETTINGS, gamma: 0, priorCorrection };
    const { weight } = computeWeights({ logP, logQ, labels, classCount: 2, settings });
    [1.8, 0.2, 0.2].forEach((w, row) => expect(weight[row]).toBeCloseTo(w, 14));
  });

  it('truncates at the quantile of the clipped log weights', () => {
    const settings = { ...PAPER_WEIGHT_SETTINGS, truncateQuantile: 0.5 };
    const { weight } = computeWeights({ logP, logQ, labels, classCount: 2, settings });
    [1, 0.2, 1].forEach((w, row) => expect(weight[row]).toBeCloseTo(w, 14));
    expect(Math.log(weight[0])).toBeCloseTo(quantile([Math.log(2), Math.log(0.2), 0], 0.5), 14);
  });

  it('sums weights per class', () => {
    expect(Array.from(classWeights([2, 0.5, 1], labels, 3))).toEqual([2, 1.5, 0]);
    expect(labelPriors(labels, 3)).toEqual([1 / 3, 2 / 3, 0]);
  });
});

describe('weights at the edges', () => {
  const settings = DEFAULT_WEIGHT_SETTINGS;

  it('P̂′ = 1e-30 and an over-confident Q̂ are clipped before exp', () => {
    const logP = logOf([
      [1e-30, 1],
      [1, 1e-30],
    ]);
    const logQ = logOf([
      [1, 1e-30],
      [1e-30, 1],
    ]);
    const clipped = computeWeights({ logP, logQ, labels: [0, 0], classCount: 2, settings });
    expect(Array.from(clipped.logWeight)).toEqual([DEFAULT_LOG_WEIGHT_CLIP.min, DEFAULT_LOG_WEIGHT_CLIP.max]);
    expect(clipped.weight[1]).toBeCloseTo(2, 12);
    const raw = computeWeights({ logP, logQ, labels: [0, 0], classCount: 2, settings: PAPER_WEIGHT_SETTINGS });
    expect(raw.logWeight[0]).toBeCloseTo(Math.log(1e-30), 12);
    expect(raw.weight[0] / 1e-30).toBeCloseTo(1, 12);
  });

  it('probabilities of exactly 0 give weight 1 where both are 0, never NaN', () => {
    const zero = logOf([[0, 1]]);
    const { weight } = computeWeights({ logP: zero, logQ: zero, labels: [0], classCount: 2, settings });
    expect(weight[0]).toBe(1);
  });

  it('self-normalisation survives weights that underflow', () => {
    const logP = Float64Array.from([-800, 0, -801, 0]);
    const { weight } = computeWeights({
      logP,
      logQ: new Float64Array(4),
      labels: [0, 0],
      classCount: 2,
      settings: { ...PAPER_WEIGHT_SETTINGS, selfNormalise: true },
    });
    expect(weight[0] + weight[1]).toBeCloseTo(2, 12);
  });

  it('no rows give no weights', () => {
    const empty = new Float64Array(0);
    const all = { ...settings, selfNormalise: true, truncateQuantile: 0.9 };
    expect(computeWeights({ logP: empty, logQ: empty, labels: [], classCount: 2, settings: all }).weight).toHaveLength(
      0,
    );
  });

  it('refuses NaN, wrong shapes, unknown labels and a missing Q̂', () => {
    const logP = logOf([[0.5, 0.5]]);
    const refuse = (input: Partial<Parameters<typeof computeWeights>[0]>): void => {
      expect(() => computeWeights({ logP, logQ: logP, labels: [0], classCount: 2, settings, ...input })).toThrow(
        RangeError,
      );
    };
    refuse({ logP: Float64Array.from([NaN, 0]) });
    refuse({ labels: [0, 1] });
    refuse({ labels: [2] });
    refuse({ logQ: undefined });
    refuse({ settings: { ...settings, gamma: -1 } });
    refuse({ settings: { ...settings, clip: { min: 1, max: 0 } } });
    refuse({ settings: { ...settings, priorCorrection: { real: [0.5, 0.5], synthetic: [0, 1] } } });
  });
});

describe('rows that do not count', () => {
  const logP = Float64Array.from([0.8, 0.4, 0.1, 1].flatMap((p) => [Math.log(p), Math.log(1.000001 - p)]));
  const input = { logP, labels: [0, 0, 0, 0], classCount: 2 };
  const settings = { ...PAPER_WEIGHT_SETTINGS, method: 'quality' as const };
  const counts = (row: number): boolean => row !== 3;

  it('have no say in the mean and the cap, and are weighted by them', () => {
    const mean = (0.8 + 0.4 + 0.1) / 3;
    const normalised = computeWeights({ ...input, counts, settings: { ...settings, selfNormalise: true } });
    [0.8, 0.4, 0.1, 1].forEach((p, row) => expect(normalised.weight[row]).toBeCloseTo(p / mean, 12));
    const capped = computeWeights({ ...input, counts, settings: { ...settings, truncateQuantile: 0.5 } });
    [0.4, 0.4, 0.1, 0.4].forEach((w, row) => expect(capped.weight[row]).toBeCloseTo(w, 12));
  });

  it('leave the weights as they are where no row counts', () => {
    const none = { ...settings, selfNormalise: true, truncateQuantile: 0.5 };
    const { weight } = computeWeights({ ...input, counts: () => false, settings: none });
    [0.8, 0.4, 0.1, 1].forEach((p, row) => expect(weight[row]).toBeCloseTo(p, 12));
  });
});

describe('properties of weights', () => {
  const classCount = 3;
  const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
    minLength: classCount,
    maxLength: classCount,
  });
  const row = fc.record({ p: logits, q: logits, label: fc.nat(classCount - 1) });
  const rows = fc.array(row, { minLength: 1, maxLength: 30 });
  const setting = fc.record({
    method: fc.constantFrom('imp' as const, 'quality' as const),
    gamma: fc.double({ min: 0, max: 3, noNaN: true }),
    clip: fc.constantFrom({ min: -2, max: 1 }, DEFAULT_LOG_WEIGHT_CLIP),
    truncateQuantile: fc.constantFrom(undefined, 0.5, 0.99),
    selfNormalise: fc.boolean(),
    filterThreshold: fc.constant(0.5),
  });
  type Row = { p: number[]; q: number[]; label: number };
  const input = (data: Row[]): Omit<Parameters<typeof computeWeights>[0], 'settings'> => ({
    logP: logSoftmax(Float64Array.from(data.flatMap(({ p }) => p)), data.length, classCount),
    logQ: logSoftmax(Float64Array.from(data.flatMap(({ q }) => q)), data.length, classCount),
    labels: data.map(({ label }) => label),
    classCount,
  });

  it('permuting the rows permutes the weights', () => {
    fc.assert(
      fc.property(rows, setting, (data, settings) => {
        const forward = computeWeights({ ...input(data), settings }).weight;
        const backward = computeWeights({ ...input([...data].reverse()), settings }).weight;
        forward.forEach((w, i) => expect(backward[data.length - 1 - i]).toBeCloseTo(w, 10));
      }),
    );
  });

  it('lie within the clip range, or have mean 1 where normalised', () => {
    fc.assert(
      fc.property(rows, setting, (data, settings) => {
        const { logWeight, weight } = computeWeights({ ...input(data), settings });
        if (settings.selfNormalise) {
          expect(weight.reduce((sum, w) => sum + w, 0) / data.length).toBeCloseTo(1, 10);
        } else {
          for (const value of logWeight) {
            expect(value).toBeGreaterThanOrEqual(settings.clip.min);
            expect(value).toBeLessThanOrEqual(settings.clip.max);
          }
        }
      }),
    );
  });

  it('are exactly 1 where P̂′ = Q̂, whatever gamma and normalisation', () => {
    fc.assert(
      fc.property(rows, setting, (data, settings) => {
        const same = input(data.map((r) => ({ ...r, q: r.p })));
        const { weight } = computeWeights({ ...same, settings: { ...settings, method: 'imp', selfNormalise: false } });
        for (const w of weight) expect(w).toBe(1);
      }),
    );
    const uniform = new Float64Array(12).fill(Math.log(1 / 3));
    const settings = { ...DEFAULT_WEIGHT_SETTINGS, selfNormalise: true };
    const { weight } = computeWeights({ logP: uniform, logQ: uniform, labels: [0, 1, 2, 0], classCount, settings });
    expect(Array.from(weight)).toEqual([1, 1, 1, 1]);
  });

  it('ESS lies between 1 and n, is n for equal weights and does not depend on scale', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), { minLength: 1 }), (weights) => {
        const ess = effectiveSampleSize(weights);
        expect(ess).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(ess).toBeLessThanOrEqual(weights.length * (1 + 1e-12));
      }),
    );
    expect(effectiveSampleSize([1e300, 1e300, 1e300])).toBe(3);
    expect(effectiveSampleSize([1, 2, 3])).toBeCloseTo(36 / 14, 14);
    expect(effectiveSampleSize([0, 5, 0])).toBe(1);
    expect(effectiveSampleSize([0, 0])).toBe(0);
  });

  it('the random control keeps the weights and moves them', () => {
    const weight = Float64Array.from({ length: 50 }, (_, i) => i);
    const dealt = permuteWeights(weight, 7);
    expect(Array.from(dealt).sort((a, b) => a - b)).toEqual(Array.from(weight));
    expect(dealt).not.toEqual(weight);
    expect(permuteWeights(weight, 7)).toEqual(dealt);
  });
});
