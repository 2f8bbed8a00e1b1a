import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { assignFolds, foldsFor, stratifiedSubsample } from '../../../src/core/sampling.ts';

const count = (items: Iterable<number>, size: number): number[] => {
  const counts = new Array<number>(size).fill(0);
  for (const item of items) counts[item]++;
  return counts;
};

describe('number of folds', () => {
  it('is what is asked for, or the smallest class, never below 2', () => {
    expect(foldsFor([50, 60], 5)).toBe(5);
    expect(foldsFor([50, 3], 5)).toBe(3);
    expect(foldsFor([50, 2], 5)).toBe(2);
    expect(foldsFor([50, 2], 1)).toBe(1);
  });
  it('names a label with fewer than two rows', () => {
    const labelNames = ['spam', 'ham'];
    expect(() => foldsFor([50, 1], 5, { labelNames })).toThrow(UserError);
    expect(() => foldsFor([50, 1], 5, { labelNames })).toThrow("Label 'ham' has only 1 row; at least 2 are needed");
    expect(() => foldsFor([0, 50], 1, { labelNames })).toThrow("Label 'spam' has no rows");
    expect(foldsFor([0, 1, 3], 5, { labelNames, smallClasses: 'ignore' })).toBe(3);
    expect(foldsFor([1, 0], 5, { smallClasses: 'ignore' })).toBe(5);
  });
  it('refuses a number of folds that is none', () => {
    expect(() => foldsFor([5, 5], 0)).toThrow(UserError);
    expect(() => foldsFor([5, 5], 2.5)).toThrow(UserError);
  });
});

describe('fold assignment', () => {
  const labelled = fc.array(fc.nat(3), { maxLength: 80 });

  it('spreads every label, and all rows, evenly', () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 1, max: 7 }), fc.integer(), (labels, folds, seed) => {
        const foldOf = assignFolds({ labels, classCount: 4, folds, seed });
        for (const label of [undefined, 0, 1, 2, 3]) {
          const sizes = count(
            foldOf.filter((_, row) => label === undefined || labels[row] === label),
            folds,
          );
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('repeats with its seed and differs with another', () => {
    const labels = Array.from({ length: 60 }, (_, i) => i % 2);
    const folds = (seed: number): Int32Array => assignFolds({ labels, classCount: 2, folds: 5, seed });
    expect(folds(1)).toEqual(folds(1));
    expect(folds(1)).not.toEqual(folds(2));
  });

  it('keeps groups together and still spreads every label over at least two folds', () => {
    const grouped = fc.array(fc.record({ label: fc.nat(2), group: fc.nat(9) }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(grouped, fc.integer({ min: 2, max: 5 }), fc.integer(), (rows, folds, seed) => {
        const labels = rows.map(({ label }) => label);
        // Groups of one label each, as near-duplicates mostly are.
        const groups = rows.map(({ label, group }) => 10 * label + group);
        const foldOf = assignFolds({ labels, classCount: 3, folds, seed, groups });
        for (let label = 0; label < 3; label++) {
          const own = [...labels.keys()].filter((row) => labels[row] === label);
          if (own.length > 1) expect(new Set(own.map((row) => foldOf[row])).size).toBeGreaterThan(1);
          if (new Set(own.map((row) => groups[row])).size < 2) continue;
          for (const row of own) {
            for (const other of own) if (groups[row] === groups[other]) expect(foldOf[row]).toBe(foldOf[other]);
          }
        }
      }),
    );
  });

  it('single-row groups are as even as no groups', () => {
    const labels = Array.from({ length: 103 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const foldOf = assignFolds({ labels, classCount: 2, folds: 5, seed: 3, groups: labels.map((_, i) => i) });
    for (const label of [0, 1]) {
      const sizes = count(
        foldOf.filter((_, row) => labels[row] === label),
        5,
      );
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });
});

describe('stratified subsample', () => {
  it('keeps proportions, takes exactly n, ascending and without repetition', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { maxLength: 200 }),
        fc.integer({ min: 0, max: 220 }),
        fc.integer(),
        (labels, n, seed) => {
          const rows = Array.from(stratifiedSubsample(labels, 4, n, seed));
          expect(rows).toHaveLength(Math.min(n, labels.length));
          expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
          const all = count(labels, 4);
          const taken = count(
            rows.map((row) => labels[row]),
            4,
          );
          const present = all.filter((c) => c > 0).length;
          all.forEach((total, label) => {
            if (n >= 2 * present) expect(taken[label]).toBeGreaterThanOrEqual(Math.min(2, total));
          });
        },
      ),
    );
    const labels = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const rows = stratifiedSubsample(labels, 2, 100, 1);
    expect(
      count(
        Array.from(rows, (row) => labels[row]),
        2,
      ),
    ).toEqual([90, 10]);
    expect(stratifiedSubsample(labels, 2, 100, 1)).toEqual(rows);
    expect(stratifiedSubsample(labels, 2, 100, 2)).not.toEqual(rows);
  });
});
