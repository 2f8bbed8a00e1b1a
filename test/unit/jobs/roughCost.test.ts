import { describe, expect, it } from 'vitest';
import { roughComparison, roughCosts } from '../../../src/jobs/roughCost.ts';

describe('roughCosts', () => {
  const small = { rows: 1000, bytes: 1000 * 140, realRows: 200, threads: 2 };

  it('counts the passes that the recipes make', () => {
    const { preview, standard, paper } = roughCosts(small);
    expect(preview).toMatchObject({ forwardRows: 1200, backwardRows: 0 });
    // Quality: 5 folds of 6 epochs, and on average 3 again, over 4/5 of 200 rows. Diversity: 2 folds over half of the rows,
    // 3 epochs each.
    expect(standard.backwardRows).toBe(9 * 5 * 160 + 2 * 3 * 500);
    const large = roughCosts({ ...small, rows: 10_000, bytes: 10_000 * 140 });
    expect(large.standard.backwardRows).toBe(9 * 5 * 160 + 2 * 3 * 5000);
    // Paper: five epochs of each checker, in-sample.
    expect(paper.backwardRows).toBe(5 * 200 + 5 * 1000);
  });

  it('is near what was measured with the default encoder on two cores', () => {
    // 1000 tweet-length rows and 200 real ones: preview in seconds, standard in minutes.
    const { preview, standard } = roughCosts(small);
    expect(preview.seconds).toBeGreaterThan(3);
    expect(preview.seconds).toBeLessThan(30);
    expect(standard.seconds).toBeGreaterThan(120);
    expect(standard.seconds).toBeLessThan(900);
  });

  it('grows with rows and length, and falls with threads', () => {
    const seconds = (changes: object): number => roughCosts({ ...small, ...changes }).standard.seconds;
    expect(seconds({ rows: 4000, bytes: 4000 * 140 })).toBeGreaterThan(seconds({}));
    expect(seconds({ bytes: 1000 * 400 })).toBeGreaterThan(seconds({}));
    // No row has more tokens than are read of it.
    expect(seconds({ bytes: 1e9 })).toBe(seconds({ bytes: 2e9 }));
    expect(seconds({ threads: 16 })).toBeLessThan(seconds({}));
  });

  it('has an answer for files without rows', () => {
    for (const cost of Object.values(roughCosts({ rows: 0, bytes: 0, realRows: 0 }))) {
      expect(Number.isFinite(cost.seconds)).toBe(true);
    }
  });
});

describe('roughComparison', () => {
  const sizes = {
    ...{ rows: 1000, bytes: 1000 * 140, realRows: 200, devRows: 400, testRows: 500, threads: 2 },
    ...{ methods: ['ce', 'real', 'imp-2'], seeds: [1, 2], effort: 'standard' as const },
  };

  it('counts trainings and passes, checkers once a seed', () => {
    const cost = roughComparison(sizes);
    expect(cost.trainings).toBe(6);
    // 1000 rows take 6 epochs to make 180 steps, 200 real ones 26; the checkers as in `roughCosts`.
    const checkers = 9 * 5 * 160 + 2 * 3 * 500;
    expect(cost.backwardRows).toBe(2 * (checkers + 2 * 6 * 1000 + 26 * 200));
    expect(roughComparison({ ...sizes, methods: ['ce', 'imp-2', 'imp-2', 'ce', 'real'] })).toEqual(cost);
    // CE is always among them.
    expect(roughComparison({ ...sizes, methods: ['real', 'imp-2'] })).toEqual(cost);
    const another = roughComparison({ ...sizes, methods: [...sizes.methods, 'quality'] });
    expect(another.backwardRows - cost.backwardRows).toBe(2 * 6 * 1000);
    // 1200 rows take 5 epochs; the real ones are trained on too, whatever their number.
    const withReal = roughComparison({ ...sizes, methods: [...sizes.methods, 'imp-2+real'] });
    expect(withReal.backwardRows - cost.backwardRows).toBe(2 * 5 * 1200);
    expect(withReal.trainings).toBe(8);
  });

  it('costs less with preview checkers, and more memory with longer rows', () => {
    const { seconds, memoryBytes } = roughComparison(sizes);
    expect(roughComparison({ ...sizes, effort: 'preview' }).seconds).toBeLessThan(seconds);
    expect(memoryBytes).toBeGreaterThan(0.5e9);
    expect(memoryBytes).toBeLessThan(4e9);
    expect(roughComparison({ ...sizes, bytes: 1000 * 600 }).memoryBytes).toBeGreaterThan(memoryBytes);
  });
});
