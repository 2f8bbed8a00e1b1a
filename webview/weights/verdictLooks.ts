import type { Verdict } from '../../src/core/weighting/verdicts.ts';
import type { RowMark } from '../../src/protocol/data.ts';
import type { IconName } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';

/** How a verdict looks everywhere in the panel: an icon and a word; the colour (by class) only repeats what they say. */
export interface VerdictLook {
  readonly icon: IconName;
  readonly className: string;
  readonly word: string;
  /** What it means and what to do. */
  readonly help: string;
}

/** @param preview The scores are those of a preview, which never calls a row misaligned: it only suspects it. */
export function verdictLook(verdict: Verdict, preview: boolean): VerdictLook {
  const isSuspect = verdict === 'misaligned' && preview;
  const { icon, word, help } = isSuspect ? suspect : looks[verdict];
  return { icon, word: t(word), help: t(help), className: `verdict-${isSuspect ? 'suspect' : verdict}` };
}

const suspect = {
  icon: 'eye',
  word: 'suspect',
  help: 'At a first look real data contradicts the label; standard scores decide whether the row is misaligned',
} as const;

const looks: Readonly<Record<Verdict, Omit<VerdictLook, 'className'>>> = {
  misaligned: {
    icon: 'warning',
    word: 'misaligned',
    help: 'Real data contradicts the label and clearly prefers another: relabel or remove',
  },
  redundant: {
    icon: 'files',
    word: 'redundant',
    help: 'A near-copy of an earlier row: remove it, or leave it',
  },
  unsure: {
    icon: 'question',
    word: 'unsure',
    help: 'Real data cannot tell, or the text is unlike every real row: collect real rows like it',
  },
  informative: {
    icon: 'sparkle',
    word: 'informative',
    help: 'Real data agrees, and the generator rarely writes such rows: keep',
  },
  ok: { icon: 'check', word: 'ok', help: 'Nothing special' },
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
