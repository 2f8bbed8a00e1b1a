import { describe, expect, it } from 'vitest';
import {
  argmaxRows,
  checkMajority,
  classificationReport,
  confusionMatrix,
  reportOf,
} from '../../../src/core/metrics/classification.ts';
import { bootstrapInterval, meanAndSd, quantile } from '../../../src/core/metrics/intervals.ts';
import { expectedCalibrationError, logLoss, meanEntropy } from '../../../src/core/metrics/probabilistic.ts';
import { auroc, averageRanks, spearman } from '../../../src/core/metrics/rank.ts';
import { Random } from '../../../src/base/random.ts';
import { readFixture } from '../../fixtures/core/read.ts';

interface MetricsFixture {
  classCount: number;
  truth: number[];
  predicted: number[];
  accuracy: number;
  macroF1: number;
  precision: number[];
  recall: number[];
  f1: number[];
  support: number[];
  confusion: number[];
  logP: number[];
  logLoss: number;
  ece: number;
  a: number[];
  b: number[];
  spearman: number;
  positive: number[];
  scores: number[];
  auroc: number;
  values: number[];
  quantiles: Record<string, number>;
  mean: number;
  sd: number;
}
const fixture = readFixture<MetricsFixture>('metrics.json');
const { truth, predicted, classCount } = fixture;
const logP = Float64Array.from(fixture.logP);

describe('classification metrics against scikit-learn', () => {
  const report = classificationReport(truth, predicted, classCount);

  it('accuracy and macro-F1, with a label that is never predicted and one that never occurs', () => {
    expect(report.accuracy).toBeCloseTo(fixture.accuracy, 14);
    expect(report.macroF1).toBeCloseTo(fixture.macroF1, 14);
  });

  it('precision, recall, F1 and support of every label', () => {
    report.perClass.forEach((metrics, label) => {
      expect(metrics.precision).toBeCloseTo(fixture.precision[label], 14);
      expect(metrics.recall).toBeCloseTo(fixture.recall[label], 14);
      expect(metrics.f1).toBeCloseTo(fixture.f1[label], 14);
      expect(metrics.support).toBe(fixture.support[label]);
    });
    expect(report.perClass).toHaveLength(classCount);
  });

  it('the confusion matrix has the truth in rows', () => {
    expect(Array.from(report.confusion)).toEqual(fixture.confusion);
    expect(Array.from(confusionMatrix([0, 0, 1], [1, 1, 0], 2))).toEqual([0, 2, 1, 0]);
  });

  it('counts drawn rows with repetition', () => {
    expect(Array.from(confusionMatrix([0, 1], [0, 0], 2, [1, 1, 0]))).toEqual([1, 0, 2, 0]);
    expect(reportOf(confusionMatrix([0, 1], [0, 0], 2, [1, 1, 0]), 2).accuracy).toBeCloseTo(1 / 3, 15);
  });

  it('refuses labels outside the map and unequal lengths', () => {
    expect(() => confusionMatrix([0, 2], [0, 0], 2)).toThrow(RangeError);
    expect(() => confusionMatrix([0, 1], [0], 2)).toThrow(RangeError);
  });
});

describe('majority check', () => {
  it('finds a constant prediction', () => {
    expect(checkMajority([0, 1, 1, 2], [1, 1, 1, 1], 3)).toEqual({
      majorityLabel: 1,
      majorityShare: 0.5,
      constantPrediction: 1,
      noBetterThanMajority: true,
    });
  });
  it('accepts a model that beats the majority, not one that only equals it', () => {
    expect(checkMajority([0, 1, 1, 2], [0, 1, 1, 1], 3).noBetterThanMajority).toBe(false);
    expect(checkMajority([0, 1, 1, 2], [0, 1, 2, 1], 3).noBetterThanMajority).toBe(true);
  });
});

describe('metrics of probabilities', () => {
  it('log-loss equals scikit-learn', () => {
    expect(logLoss(logP, truth, classCount)).toBeCloseTo(fixture.logLoss, 12);
  });
  it('ECE equals the NumPy reference', () => {
    expect(expectedCalibrationError(logP, truth, classCount)).toBeCloseTo(fixture.ece, 12);
  });
  it('ECE of certain and right predictions is 0, of certain and wrong ones 1', () => {
    const certain = Float64Array.from([0, -Infinity, 0, -Infinity]);
    expect(expectedCalibrationError(certain, [0, 0], 2)).toBe(0);
    expect(expectedCalibrationError(certain, [1, 1], 2)).toBe(1);
  });
  it('entropy of the uniform distribution is ln C, of a certain one 0', () => {
    expect(meanEntropy(new Float64Array(8).fill(Math.log(1 / 4)), 4)).toBeCloseTo(Math.log(4), 14);
    expect(meanEntropy(Float64Array.from([0, -Infinity]), 2)).toBeCloseTo(0, 15);
  });
  it('argmax takes the first of equals', () => {
    expect(Array.from(argmaxRows(Float64Array.from([1, 1, 0, 2, 3, 3]), 3))).toEqual([0, 1]);
  });
});

describe('rank statistics against SciPy and scikit-learn', () => {
  it('average ranks of ties', () => {
    expect(Array.from(averageRanks([10, 20, 10, 5]))).toEqual([2.5, 4, 2.5, 1]);
  });
  it('spearman with ties', () => {
    expect(spearman(fixture.a, fixture.b)).toBeCloseTo(fixture.spearman, 12);
    expect(spearman([1, 2, 3], [9, 4, 1])).toBeCloseTo(-1, 15);
    expect(spearman([1, 2, 3], [7, 7, 7])).toBeNaN();
  });
  it('AUROC with ties', () => {
    expect(auroc(fixture.scores, fixture.positive)).toBeCloseTo(fixture.auroc, 14);
    expect(auroc([0.1, 0.9], [false, true])).toBe(1);
    expect(auroc([0.5, 0.5], [0, 1])).toBe(0.5);
    expect(auroc([0.1, 0.9], [1, 1])).toBeNaN();
  });
});

describe('spread', () => {
  it('quantiles equal NumPy', () => {
    for (const [q, value] of Object.entries(fixture.quantiles)) {
      expect(quantile(fixture.values, Number(q))).toBeCloseTo(value, 13);
    }
    expect(quantile([-Infinity, -Infinity, 0], 0.25)).toBe(-Infinity);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
  it('mean and standard deviation with n − 1', () => {
    const { mean, sd } = meanAndSd(fixture.values);
    expect(mean).toBeCloseTo(fixture.mean, 13);
    expect(sd).toBeCloseTo(fixture.sd, 13);
    expect(meanAndSd([3])).toEqual({ mean: 3, sd: NaN });
  });
  it('the bootstrap interval of a mean has the width theory gives, and repeats with its seed', () => {
    const random = new Random(5);
    const values = Float64Array.from({ length: 400 }, () => random.normal());
    const meanOf = (rows: Int32Array): number => rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
    const interval = bootstrapInterval(400, meanOf, { seed: 1, resamples: 2000 });
    const { mean, sd } = meanAndSd(values);
    const half = (1.96 * sd) / 20;
    expect(Math.abs(interval.low - (mean - half))).toBeLessThan(0.15 * half);
    expect(Math.abs(interval.high - (mean + half))).toBeLessThan(0.15 * half);
    expect(bootstrapInterval(400, meanOf, { seed: 1, resamples: 2000 })).toEqual(interval);
    expect(bootstrapInterval(400, meanOf, { seed: 2, resamples: 2000 })).not.toEqual(interval);
  });
});
