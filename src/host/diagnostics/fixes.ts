/** The quick fixes of a flagged row, from the table of row actions. Knows nothing of VS Code. */
import { quote } from '../../core/dataset/quote.ts';
import { rowActions, type RowActionId } from '../../core/table/actions.ts';
import type { Flag, Flags } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';

export interface Fix {
  readonly title: string;
  /** `show`: the row in the weights panel. */
  readonly action: RowActionId | 'show';
  /** Every row with the verdict of this one, instead of it alone. */
  readonly all: boolean;
}

/** What the fixes of a row depend on. */
export type FlaggedRow = Pick<Flag, 'verdict' | 'label' | 'suggested'>;

/** The fixes of one row, in the order of the menu: the row itself, the panel, then all rows of its verdict. */
export function fixesOf(flag: FlaggedRow, { misaligned, redundant }: Flags, t: Translate): Fix[] {
  const offered = rowActions.filter(({ quickFix }) => quickFix).map(({ id }) => id);
  const fixes: Fix[] = [];
  for (const action of offered) {
    const title = titleOf(action, flag, t);
    if (title !== undefined) fixes.push({ title, action, all: false });
  }
  fixes.push({ title: t('Open in weights panel'), action: 'show', all: false });
  const total = flag.verdict === 'misaligned' ? misaligned : flag.verdict === 'redundant' ? redundant : 0;
  if (total < 2) return fixes;
  const rows = total.toLocaleString();
  if (flag.verdict === 'misaligned') {
    fixes.push({ title: t('Relabel all {0} misaligned rows', rows), action: 'relabel', all: true });
    fixes.push({ title: t('Remove all {0} misaligned rows', rows), action: 'remove', all: true });
  } else {
    fixes.push({ title: t('Remove all {0} redundant rows', rows), action: 'remove', all: true });
  }
  return fixes;
}

function titleOf(action: RowActionId, { label, suggested }: FlaggedRow, t: Translate): string | undefined {
  if (action === 'relabel') {
    return suggested === undefined || suggested === label ? undefined : t('Relabel to {0}', quote(suggested));
  }
  if (action === 'remove') return t('Remove row');
  return action === 'keep' ? t('Keep as it is') : undefined;
}
