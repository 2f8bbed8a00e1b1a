import { describe, expect, it } from 'vitest';
import { advise, points, pValue, standingOf } from '../../../src/core/comparison/advice.ts';
import { comparisonOf } from './support.ts';

const ce = { method: 'ce', title: 'CE', seconds: 60 };
const imp = { method: 'imp-2', title: 'IMP, K = 2', gain: 0.021, sd: 0.006, p: 0.004, seconds: 300 };
const filter = { method: 'filter-0.5', title: 'filter, τ = 0.5', gain: 0.019, sd: 0.004, p: 0.02, seconds: 150 };
const random = { method: 'random', title: 'random weights', gain: 0.001, sd: 0.01, p: 1, seconds: 300 };

describe('advise', () => {
  it('names the method that beats CE, by how much and how sure', () => {
    expect(advise(comparisonOf([ce, imp]))).toBe(
      'IMP, K = 2 beats CE by 2.1 ± 0.6 macro-F1 on your 400 test rows (p = 0.004).',
    );
  });

  it('names a cheaper one that does as well', () => {
    const advice = advise(comparisonOf([ce, imp, filter], { pairs: { 'imp-2/filter-0.5': 0.6 } }));
    expect(advice).toBe(
      'IMP, K = 2 beats CE by 2.1 ± 0.6 macro-F1 on your 400 test rows (p = 0.004); filter, τ = 0.5 does as well, as far as these rows can tell, for half the cost.',
    );
  });

  it('does not where the best is separated from it, it is not cheaper, or does not beat CE itself', () => {
    const separated = comparisonOf([ce, imp, filter], { pairs: { 'imp-2/filter-0.5': 0.01 } });
    const dear = comparisonOf([ce, imp, { ...filter, seconds: 250 }], { pairs: { 'imp-2/filter-0.5': 0.6 } });
    const unsure = comparisonOf([ce, imp, { ...filter, p: 0.2 }], { pairs: { 'imp-2/filter-0.5': 0.6 } });
    for (const comparison of [separated, dear, unsure]) expect(advise(comparison)).not.toContain('does as well');
  });

  it('doubts weights that random ones are not separated from, whichever way the pair stands', () => {
    for (const pair of ['imp-2/random', 'random/imp-2']) {
      const advice = advise(comparisonOf([ce, imp, random], { pairs: { [pair]: 0.3 } }));
      expect(advice).toContain('but it is not separated from random weights');
    }
    expect(advise(comparisonOf([ce, imp, random], { pairs: { 'imp-2/random': 0.01 } }))).not.toContain('random');
    // Real rows are no weights.
    const both = { ...imp, method: 'both', title: 'real + synthetic' };
    const advice = advise(comparisonOf([ce, both, random], { pairs: { 'both/random': 0.3 } }));
    expect(advice).toMatch(/^Adding the real rows to the synthetic ones beats CE by 2\.1/);
    expect(advice).not.toContain('random');
  });

  it('says when the real rows alone are better than the synthetic ones', () => {
    expect(advise(comparisonOf([ce, { ...imp, method: 'real', title: 'real only' }]))).toMatch(
      /^Training on the real rows alone beats CE on the synthetic ones by 2\.1 ± 0\.6/,
    );
  });

  it('claims nothing where nothing is separated', () => {
    const advice = advise(comparisonOf([ce, { ...filter, p: 0.31 }, { ...imp, p: 0.06 }]));
    expect(advice).toBe(
      'No method is separated from CE by these 3 seeds and 400 test rows: the largest gain is IMP, K = 2, +2.1 ± 0.6 macro-F1 (p = 0.060). Plain CE will do, until more test rows or seeds say otherwise.',
    );
    expect(advice).not.toContain('beats');
  });

  it('names what is worse, beside a winner or none', () => {
    const focal = { method: 'focal', title: 'focal', gain: -0.03, sd: 0.01, p: 0.001 };
    const real = { method: 'real', title: 'real only', gain: -0.1, sd: 0.01, p: 0.0001 };
    expect(advise(comparisonOf([ce, imp, focal]))).toMatch(/\(p = 0\.004\)\. focal is worse than CE\.$/);
    expect(advise(comparisonOf([ce, random, focal, real]))).toMatch(
      /otherwise\. focal and real only are worse than CE\.$/,
    );
    expect(advise(comparisonOf([ce, focal, real]))).toBe(
      'CE is the best of these on your 400 test rows; the next is focal, -3.0 ± 1.0 macro-F1.',
    );
  });

  it('warns of one seed, and gives no standard deviation then', () => {
    const advice = advise(comparisonOf([ce, { ...imp, sd: undefined }], { seeds: [1] }));
    expect(advice).toBe(
      'IMP, K = 2 beats CE by 2.1 macro-F1 on your 400 test rows (p = 0.004). One seed cannot tell a better method from luck in training: compare with three seeds or more.',
    );
    expect(advise(comparisonOf([ce, { ...imp, p: 0.5 }], { seeds: [1] }))).toContain(
      'by this 1 seed and 400 test rows',
    );
  });

  it('says what could not be run, and when there is nothing to say', () => {
    const failed = { method: 'dimp', title: 'DIMP', failures: [{ seed: 2, reason: 'the loss broke' }] };
    expect(advise(comparisonOf([ce, imp, failed]))).toMatch(
      /DIMP could not be run with every seed: the report says why\.$/,
    );
    expect(advise(comparisonOf([ce]))).toBe('Only CE was run: there is nothing to compare it with.');
    const without = comparisonOf([{ ...failed, method: 'other' }, random]);
    expect(advise(without)).toMatch(/^CE could not be run, and every method is held against it\./);
  });
});

describe('words', () => {
  it('separates below five percent only', () => {
    expect([standingOf({ mean: 0.1, corrected: 0.049 }), standingOf({ mean: -0.1, corrected: 0.049 })]).toEqual([
      'better',
      'worse',
    ]);
    expect([standingOf({ mean: 0.1, corrected: 0.05 }), standingOf({ mean: 0, corrected: 0 })]).toEqual([
      'not separated',
      'not separated',
    ]);
  });
  it('writes points and p-values', () => {
    expect([points({ mean: 0.0214, sd: 0.006 }), points({ mean: -0.02 }), points({ mean: 0.02 }, false)]).toEqual([
      '+2.1 ± 0.6',
      '-2.0',
      '2.0',
    ]);
    expect([0.0004, 0.0123, 0.3456, 1].map(pValue)).toEqual(['p < 0.001', 'p = 0.012', 'p = 0.35', 'p = 1.00']);
  });
});
