import { expect, it } from 'vitest';
import { summarise } from '../../../src/core/table/summary.ts';
import { markBits, marksOf } from '../../../src/core/table/table.ts';
import { columnsOf } from './support.ts';

it('sums weights per label beside the shares of rows; removed rows no longer count', () => {
  const columns = columnsOf([
    { label: 'ham', weight: 1 },
    { label: 'ham', weight: 1, marks: markBits.kept },
    { label: 'spam', weight: 2, marks: markBits.relabelled | markBits.stale },
    { label: 'spam' },
    { label: 'spam', weight: 100, marks: markBits.removed },
  ]);
  expect(summarise(columns, [30, 10])).toEqual({
    scored: 4,
    // (1 + 1 + 2)² / (1 + 1 + 4)
    ess: 16 / 6,
    perLabel: [
      { label: 'ham', weightShare: 0.5, realShare: 0.75, syntheticShare: 0.5 },
      { label: 'spam', weightShare: 0.5, realShare: 0.25, syntheticShare: 0.5 },
    ],
    marked: { kept: 1, relabelled: 1, removed: 1, stale: 1 },
  });
});

it('has no shares where there is nothing to share', () => {
  const { scored, ess, perLabel } = summarise(columnsOf([{ label: 'ham' }]), []);
  expect({ scored, ess, perLabel }).toEqual({
    scored: 0,
    ess: 0,
    perLabel: [
      { label: 'ham', weightShare: 0, realShare: 0, syntheticShare: 1 },
      { label: 'spam', weightShare: 0, realShare: 0, syntheticShare: 0 },
    ],
  });
});

it('reads marks from their bits', () => {
  expect(marksOf(0)).toEqual([]);
  expect(marksOf(markBits.removed | markBits.kept)).toEqual(['kept', 'removed']);
});
