import { describe, expect, it } from 'vitest';
import { dataWarnings, essWarnings, qualityCheckerWarnings } from '../../../src/core/weighting/warnings.ts';

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
      realLabels: repeat([12, 130, 58]),
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
