import { describe, expect, it } from 'vitest';
import { farRows } from '../../../src/core/weighting/farRows.ts';
import {
  dataWarnings,
  essWarnings,
  farRowsWarnings,
  lackedLabelWarnings,
  qualityCheckerWarnings,
} from '../../../src/core/weighting/warnings.ts';

const repeat = (counts: number[]): number[] => counts.flatMap((count, label) => new Array<number>(count).fill(label));
const labelNames = ['negative', 'neutral', 'positive'];

describe('warnings', () => {
  it('small effective sample size', () => {
    expect(essWarnings(400, 2000)).toEqual([]);
    const [warning] = essWarnings(41.3, 2000);
    expect(warning.code).toBe('small-ess');
    expect(warning.message).toContain('2000 synthetic rows count as much as 41 equally weighted ones');
    expect(essWarnings(0, 0)).toEqual([]);
  });

  it('nothing to say about balanced, sufficient data', () => {
    expect(
      dataWarnings({ labelNames, realLabels: repeat([70, 70, 60]), syntheticLabels: repeat([9, 10, 11]) }),
    ).toEqual([]);
  });

  it('few real rows, in all and of one label', () => {
    const warnings = dataWarnings({
      labelNames,
      realLabels: repeat([3, 30, 20]),
      syntheticLabels: repeat([6, 60, 40]),
    });
    expect(warnings.map(({ code }) => code)).toEqual(['few-real-rows', 'few-rows-of-label']);
    expect(warnings[0].message).toContain('Only 53 real rows');
    expect(warnings[1].message).toContain("'negative' (3)");
  });

  it('different priors name the label with the widest gap', () => {
    const [warning, ...rest] = dataWarnings({
      labelNames,
      realLabels: repeat([28, 130, 42]),
      syntheticLabels: repeat([33, 18, 49]),
    });
    expect(warning.code).toBe('different-priors');
    expect(warning.message).toContain("'neutral' is 65 % of the real rows but 18 % of the synthetic ones");
    expect(rest).toEqual([]);
  });

  it('a label no synthetic row has', () => {
    const warnings = dataWarnings({
      labelNames,
      realLabels: repeat([20, 90, 90]),
      syntheticLabels: repeat([0, 50, 50]),
    });
    expect(warnings.map(({ code }) => code)).toEqual(['label-not-in-synthetic']);
    expect(warnings[0].message).toContain("'negative'");
  });

  it('imbalanced real rows, unless the rare label was named already', () => {
    const warnings = (real: number[]): string[] =>
      dataWarnings({ labelNames, realLabels: repeat(real), syntheticLabels: [] }).map(({ code }) => code);
    expect(warnings([12, 130, 58])).toEqual(['imbalanced-real']);
    expect(warnings([27, 130, 58])).toEqual([]);
    expect(warnings([26, 130, 58])).toEqual(['imbalanced-real']);
    expect(warnings([9, 130, 58])).toEqual(['few-rows-of-label']);
    const [{ message }] = dataWarnings({ labelNames, realLabels: repeat([12, 130, 58]), syntheticLabels: [] });
    expect(message).toContain("130 are 'neutral' and only 12 'negative'");
  });

  it('labels that the real rows lack', () => {
    expect(lackedLabelWarnings([], 0)).toEqual([]);
    const [{ code, message }] = lackedLabelWarnings(['mixed', 'other'], 12);
    expect(code).toBe('label-not-in-real');
    expect(message).toContain("12 synthetic rows have the label 'mixed' and 'other', which no real row has");
    expect(lackedLabelWarnings(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 7)[0].message).toContain("'e' and 2 others");
    expect(lackedLabelWarnings(['a'], 1)[0].message).toContain("1 synthetic row has the label 'a'");
  });

  it('synthetic rows far from all real ones', () => {
    // 0.00, 0.01 … 1.00: the 95th percentile is 0.95.
    const among = Array.from({ length: 101 }, (_, i) => i / 100);
    const found = farRows([0.2, 0.95, 0.96, 1.3], among);
    expect(found).toEqual({ share: 0.5, distance: expect.closeTo(0.95, 12) as number });
    const [{ code, message }] = farRowsWarnings(found ?? { share: 0, distance: 0 });
    expect(code).toBe('far-from-real');
    expect(message).toContain('50 % of the synthetic rows lie farther from every real row than 95 % of the real rows');
    expect(message).toContain('(cosine distance above 0.95; 5 % would be usual)');
    expect(farRowsWarnings({ share: 0.2, distance: 0.5 })).toEqual([]);
    expect(farRows([], among)).toBeUndefined();
    expect(farRows([1], [0])).toBeUndefined();
  });

  it('a quality checker that says nothing, or no more than the majority', () => {
    const names = ['a', 'b'];
    const rows = (pairs: number[][]): Float64Array => Float64Array.from(pairs.flat(), Math.log);
    const good = rows([
      [0.9, 0.1],
      [0.2, 0.8],
      [0.9, 0.1],
    ]);
    expect(qualityCheckerWarnings(good, [0, 1, 0], names)).toEqual([]);
    const uniform = rows([
      [0.51, 0.49],
      [0.49, 0.51],
      [0.51, 0.49],
    ]);
    expect(qualityCheckerWarnings(uniform, [0, 1, 0], names).map(({ code }) => code)).toEqual(['quality-near-uniform']);
    const constant = rows([
      [0.9, 0.1],
      [0.8, 0.2],
      [0.9, 0.1],
    ]);
    const [warning] = qualityCheckerWarnings(constant, [0, 1, 0], names);
    expect(warning.code).toBe('quality-no-better-than-majority');
    expect(warning.message).toContain("right 67 % of the time; always answering 'a' is right 67 %");
  });
});
