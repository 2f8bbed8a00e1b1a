import { expect, it } from 'vitest';
import { testRowWarnings } from '../../../src/core/comparison/warnings.ts';

it('names the labels with too few test rows, none at all included', () => {
  const truth = [...Array<number>(20).fill(0), ...Array<number>(19).fill(1)];
  expect(testRowWarnings(truth, ['a', 'b', 'c'])).toEqual([
    "Few test rows of 'b' (19), 'c' (0): the F1 of such a label is a matter of luck and macro-F1 with it; add test rows of it.",
  ]);
  expect(testRowWarnings(truth, ['a', 'b'])).toHaveLength(1);
  expect(testRowWarnings([...truth, 1], ['a', 'b'])).toEqual([]);
});
