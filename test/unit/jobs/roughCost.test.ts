import { describe, expect, it } from 'vitest';
import { roughCosts } from '../../../src/jobs/roughCost.ts';

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
