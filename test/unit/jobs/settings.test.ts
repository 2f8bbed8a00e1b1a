import { describe, expect, it } from 'vitest';
import { recipe } from '../../../src/jobs/recipes.ts';
import { classifierSettings } from '../../../src/jobs/settings.ts';

const { leastSteps } = recipe('default');

describe('steps of small sets', () => {
  it.each([
    [2, Math.ceil(leastSteps / 1)],
    [469, Math.ceil(leastSteps / 15)],
    // 2000 rows take 63 steps an epoch: the recipe's three are enough.
    [2000, 3],
    [1_000_000, 3],
  ])('%i rows go through %i epochs', (rows, epochs) => {
    expect(classifierSettings('default', {}, rows).epochs).toBe(epochs);
  });

  it('leaves epochs alone that the user or the paper set', () => {
    expect(classifierSettings('default', { epochs: 1 }, 40).epochs).toBe(1);
    expect(classifierSettings('paper', {}, 40).epochs).toBe(5);
  });
});
