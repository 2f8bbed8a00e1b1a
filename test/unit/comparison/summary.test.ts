import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pairOf, summarise, type Outcome } from '../../../src/core/comparison/summary.ts';

/** Predictions of two methods with three seeds on the same rows, and SciPy's numbers about them. */
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/metrics/paired.json', import.meta.url), 'utf8')) as {
  truth: number[];
  first: number[][];
  second: number[][];
  macroF1: number;
  meanDifference: number;
  meanDifferenceInterval: { low: number; high: number; se: number };
  mcnemar: { p: number }[];
};
const truth = Int32Array.from(fixture.truth);
const outcome = (method: string, seed: number, predicted: readonly number[]): Outcome => ({
  ...{ method, seed, predicted, trainedRows: 100, seconds: { training: 10 * seed, checkers: 1 }, warnings: [] },
});
const outcomes = [
  ...fixture.first.map((predicted, s) => outcome('imp-2', s + 1, predicted)),
  ...fixture.second.map((predicted, s) => outcome('ce', s + 1, predicted)),
];
const methods = [
  { name: 'ce', title: 'CE' },
  { name: 'imp-2', title: 'IMP, K = 2' },
];
const input = { labels: ['a', 'b', 'c'], truth, methods, seeds: [1, 2, 3], outcomes };

describe('summarise', () => {
  const summary = summarise(input);
  const [ce, imp] = summary.methods;

  it('means, standard deviations and intervals of both methods', () => {
    expect(imp.macroF1?.bySeed[0]).toBeCloseTo(fixture.macroF1, 14);
    for (const { macroF1, accuracy } of [ce, imp]) {
      for (const spread of [macroF1, accuracy]) {
        expect(spread?.low).toBeLessThan(spread?.mean ?? NaN);
        expect(spread?.high).toBeGreaterThan(spread?.mean ?? NaN);
        expect(spread?.sd).toBeGreaterThan(0);
      }
    }
    expect(imp.seconds).toEqual({ training: 20, checkers: 1 });
    expect(Object.keys(imp.perClass)).toEqual(['a', 'b', 'c']);
    expect((imp.perClass['a'].mean + imp.perClass['b'].mean + imp.perClass['c'].mean) / 3).toBeCloseTo(
      imp.macroF1?.mean ?? NaN,
      14,
    );
  });

  it('macro-F1 on the dev rows over the seeds that have them, absent where none has', () => {
    expect([ce, imp].map((method) => 'dev' in method)).toEqual([false, false]);
    const dev = (macroF1: number): Outcome['dev'] => ({ accuracy: 0.9, macroF1, logLoss: 0.4 });
    const some = outcomes.map((of) =>
      of.method === 'ce' && of.seed > 1 ? { ...of, dev: dev(0.6 + of.seed / 10) } : of,
    );
    const [withDev, without] = summarise({ ...input, outcomes: some }).methods;
    expect(withDev.dev?.mean).toBeCloseTo(0.85, 14);
    expect(withDev.dev?.sd).toBeCloseTo(Math.SQRT1_2 / 10, 14);
    expect(without.dev).toBeUndefined();
    const [one] = summarise({ ...input, seeds: [2], outcomes: some }).methods;
    expect(one.dev).toEqual({ mean: 0.8 });
  });

  it('the paired difference is SciPy’s, widened by the seeds', () => {
    const { mean, low, high, p, corrected } = imp.difference?.macroF1 ?? {
      mean: NaN,
      low: NaN,
      high: NaN,
      p: NaN,
      corrected: NaN,
    };
    expect(mean).toBeCloseTo(fixture.meanDifference, 14);
    expect(low).toBeLessThan(fixture.meanDifferenceInterval.low);
    expect(high).toBeGreaterThan(fixture.meanDifferenceInterval.high);
    expect((low + high) / 2).toBeCloseTo(mean, 12);
    // One method only: nothing to correct for.
    expect(corrected).toBe(p);
    expect(ce.difference).toBeUndefined();
    expect(imp.difference?.mcnemar).toHaveLength(3);
    expect(imp.difference?.mcnemar[0]).toBeCloseTo(fixture.mcnemar[0].p, 10);
  });

  it('is the same each time, and compares any two methods either way round', () => {
    expect(summarise(input)).toEqual(summary);
    const forth = pairOf(summary, 'ce', 'imp-2');
    const back = pairOf(summary, 'imp-2', 'ce');
    expect(back?.mean).toBeCloseTo(fixture.meanDifference, 14);
    expect(forth).toMatchObject({ mean: -(back?.mean ?? NaN), low: -(back?.high ?? NaN), p: back?.p });
    expect(pairOf(summary, 'ce', 'dimp')).toBeUndefined();
  });

  it('corrects for all methods: the same difference counts less among more of them', () => {
    const more = [...methods, { name: 'focal', title: 'focal' }, { name: 'dimp', title: 'DIMP' }];
    const same = (name: string): Outcome[] => fixture.second.map((predicted, s) => outcome(name, s + 1, predicted));
    const wide = summarise({ ...input, methods: more, outcomes: [...outcomes, ...same('focal'), ...same('dimp')] });
    const [, ofImp, ofFocal] = wide.methods;
    expect(ofImp.difference?.macroF1.p).toBe(imp.difference?.macroF1.p);
    expect(ofImp.difference?.macroF1.corrected).toBeCloseTo(Math.min(1, 3 * (imp.difference?.macroF1.p ?? NaN)), 14);
    expect(ofFocal.difference?.macroF1).toMatchObject({ mean: 0, p: 1, corrected: 1 });
    expect(ofFocal.difference?.mcnemar).toEqual([1, 1, 1]);
  });

  it('pairs the seeds that both methods have, and tells why others are missing', () => {
    const partly = outcomes.map((of): Outcome =>
      of.method === 'imp-2' && of.seed === 2 ? { ...of, predicted: undefined, failed: 'the loss broke' } : of,
    );
    const [, some] = summarise({ ...input, outcomes: partly }).methods;
    expect(some.seeds).toEqual([1, 3]);
    expect(some.failures).toEqual([{ seed: 2, reason: 'the loss broke' }]);
    const [first, , third] = imp.macroF1?.bySeed ?? [];
    const [ofCe, , ofCe3] = ce.macroF1?.bySeed ?? [];
    expect(some.difference?.macroF1.mean).toBeCloseTo((first - ofCe + third - ofCe3) / 2, 14);
  });

  it('leaves out what was not asked for, and has nothing to compare where nothing ran', () => {
    const one = summarise({ ...input, seeds: [2], methods: [...methods, { name: 'dimp', title: 'DIMP' }] });
    expect(one.methods[1].macroF1?.bySeed).toHaveLength(1);
    expect(one.methods[1].macroF1?.sd).toBeUndefined();
    expect(one.methods[2]).toMatchObject({ seeds: [], failures: [], macroF1: undefined, difference: undefined });
    expect(one.pairs).toHaveLength(1);
    expect(summarise({ ...input, outcomes: [] }).pairs).toEqual([]);
  });
});
