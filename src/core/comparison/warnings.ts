/** What to know of the test rows before a comparison on them is believed. */
import { labelCounts } from '../weighting/weights.ts';

/** Fewer test rows of a label than this are reported: one row more or less right then moves its F1 by points. */
export const fewTestRows = 20;

/** Warnings in plain words; none where every label has enough rows. */
export function testRowWarnings(truth: ArrayLike<number>, labels: readonly string[]): string[] {
  const few = labelCounts(truth, labels.length)
    .map((count, id) => ({ count, label: labels[id] }))
    .filter(({ count }) => count < fewTestRows)
    .map(({ count, label }) => `'${label}' (${String(count)})`);
  if (few.length === 0) return [];
  return [
    `Few test rows of ${few.join(', ')}: the F1 of such a label is a matter of luck and macro-F1 with it; add test rows of it.`,
  ];
}
