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

  it('groups the digits of a number of rows as the views do', () => {
    expect(advise({ ...comparisonOf([ce, imp]), testRows: 12_500 })).toContain('on your 12,500 test rows (p = 0.004)');
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

  describe('where a method with the real rows beats CE', () => {
    const withReal = { ...imp, method: 'imp-2+real', title: 'IMP, K = 2, with real rows' };
    const both = { method: 'both', title: 'real + synthetic', gain: 0.015, sd: 0.005, p: 0.01, seconds: 250 };
    const dealt = { ...random, method: 'random+real', title: 'random weights with real rows' };
    const start = 'IMP, K = 2, with real rows beats CE by 2.1 ± 0.6 macro-F1 on your 400 test rows (p = 0.004)';
    const only = 'so the real rows may be all that helps';
    const separated = { mean: 0.006, sd: 0.002, p: 0.03 };

    it('says by how much it beats the same rows without weights, whichever way the pair stands', () => {
      const turned = { 'both/imp-2+real': { ...separated, mean: -0.006 } };
      for (const pairs of [{ 'imp-2+real/both': separated }, turned]) {
        expect(advise(comparisonOf([ce, both, withReal], { pairs }))).toBe(
          `${start}; it beats real + synthetic too, by 0.6 ± 0.2 (p = 0.030).`,
        );
      }
    });

    it('corrects that test for all methods that add the real rows', () => {
      const other = { ...withReal, method: 'dimp+real', title: 'DIMP with real rows', gain: 0.02 };
      const pairs = { 'imp-2+real/both': separated, 'dimp+real/both': { mean: 0.005, p: 0.2 } };
      // Twice 0.03 is no longer below 0.05.
      expect(advise(comparisonOf([ce, both, withReal, other], { pairs }))).toContain(only);
      const clear = { ...pairs, 'imp-2+real/both': { ...separated, p: 0.02 } };
      expect(advise(comparisonOf([ce, both, withReal, other], { pairs: clear }))).toContain(
        'it beats real + synthetic too, by 0.6 ± 0.2 (p = 0.040)',
      );
    });

    it('says that the weights may not be what helps where those are not separated', () => {
      for (const pair of [
        { mean: 0.006, p: 0.05 },
        { mean: -0.006, p: 0.03 },
      ]) {
        const found = advise(
          comparisonOf([ce, both, withReal, dealt], {
            pairs: { 'imp-2+real/both': pair, 'imp-2+real/random+real': 0.4 },
          }),
        );
        expect(found).toBe(
          `${start}; but it is not better than real + synthetic, as far as these rows can tell, ${only}.`,
        );
      }
    });

    it('says it once where the same rows without weights are the cheaper way too', () => {
      const quick = { ...both, seconds: 100 };
      expect(advise(comparisonOf([ce, quick, withReal], { pairs: { 'imp-2+real/both': 0.2 } }))).toBe(
        `${start}; real + synthetic does as well, as far as these rows can tell, for a third of the cost, ${only}.`,
      );
      // Without the real rows of its own, what is cheaper says nothing of them.
      const plain = advise(comparisonOf([ce, quick, imp], { pairs: { 'imp-2/both': 0.2 } }));
      expect(plain).toMatch(/for a third of the cost\.$/);
    });

    it('says that nothing tells the weights from the rows where they were not compared', () => {
      expect(advise(comparisonOf([ce, imp, withReal]))).toContain('beats CE');
      expect(advise(comparisonOf([ce, withReal]))).toBe(
        `${start}; but real + synthetic (both) was not compared, ${only}.`,
      );
    });

    it('doubts the choice of rows by random weights on the same rows, not by those without the real ones', () => {
      const doubt =
        'but it is not separated from random weights with real rows, so the choice of rows may not be what helps';
      const pairs = { 'imp-2+real/both': separated, 'imp-2+real/random': 0.5 };
      const all = [ce, both, withReal, random, dealt];
      expect(advise(comparisonOf(all, { pairs: { ...pairs, 'imp-2+real/random+real': 0.5 } }))).toBe(
        `${start}; it beats real + synthetic too, by 0.6 ± 0.2 (p = 0.030); ${doubt}.`,
      );
      expect(advise(comparisonOf(all, { pairs: { ...pairs, 'imp-2+real/random+real': 0.01 } }))).not.toContain(
        'random',
      );
      // And the other way round.
      const alone = advise(comparisonOf([ce, imp, dealt], { pairs: { 'imp-2/random+real': 0.5 } }));
      expect(alone).not.toContain('random');
    });
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
