import type { Verdict } from '../../src/core/weighting/verdicts.ts';
import type { RowMark } from '../../src/protocol/data.ts';
import type { IconName } from '../shared/icons.ts';

/** How verdicts look everywhere in the panel: an icon and a word; the colour (by class) only repeats what they say. */
export const verdictLooks: Readonly<Record<Verdict, { readonly icon: IconName; readonly help: string }>> = {
  misaligned: {
    icon: 'warning',
    help: 'Real data contradicts the label and clearly prefers another: relabel or remove',
  },
  redundant: {
    icon: 'files',
    help: 'Near-copies abound and the label is easily foreseen: remove copies, or leave them down-weighted',
  },
  unsure: {
    icon: 'question',
    help: 'Real data cannot tell, or the text is unlike every real row: collect real rows like it',
  },
  informative: { icon: 'sparkle', help: 'Real data agrees, and the generator rarely writes such rows: keep' },
  ok: { icon: 'check', help: 'Nothing special' },
};

/** In the order in which they ask for attention. */
export const verdictOrder: readonly Verdict[] = ['misaligned', 'redundant', 'unsure', 'informative', 'ok'];

/** What is special about a row beside its verdict. */
export const markLooks: Readonly<Record<RowMark, { readonly icon: IconName; readonly help: string }>> = {
  kept: { icon: 'pinned', help: 'Kept: you decided that the row stays as it is' },
  relabelled: { icon: 'edit', help: 'Relabelled since scoring: weight and verdict are provisional' },
  removed: { icon: 'trash', help: 'Removed: left out of training and of corrected exports' },
  stale: { icon: 'history', help: 'The text changed or is new since scoring: re-score changed rows' },
};
