/** What a user reads about a plan: before it is carried out, and afterwards. Knows nothing of VS Code. */
import type { RowActionId } from '../../core/table/actions.ts';
import type { EditPlan } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';

/** Most kinds of change that a question lists. */
const mostCounts = 4;

/** The question before a bulk edit, e.g. "Relabel 12 rows?" */
export function questionOf(plan: Pick<EditPlan, 'action' | 'rows'>, t: Translate): string {
  const rows = plan.rows.toLocaleString();
  if (isRelabel(plan.action)) return t('Relabel {0} rows?', rows);
  if (plan.action === 'remove') return t('Remove {0} rows?', rows);
  if (plan.action === 'keep') return t('Keep {0} rows as they are?', rows);
  return t('Take back the decisions about {0} rows?', rows);
}

/** What changes, kind by kind, and what stays: "positive → negative: 8 · 12 rows have no suggestion". */
export function countsOf(plan: Pick<EditPlan, 'counts' | 'skipped'>, t: Translate): string {
  const shown = plan.counts.slice(0, mostCounts).map(({ what, rows }) => `${what}: ${rows.toLocaleString()}`);
  const more = plan.counts.length - shown.length;
  if (more > 0) shown.push(t('{0} more kinds', more.toLocaleString()));
  return [...shown, ...plan.skipped].join(' · ');
}

/**
 * What was done, e.g. "Relabelled 12 rows; the file is not saved yet."
 * @param inFile Whether the file's text changed, as against decisions that were kept.
 */
export function noticeOf({ action, rows }: Pick<EditPlan, 'action' | 'rows'>, inFile: boolean, t: Translate): string {
  const done = doneOf(action, rows, t);
  return inFile
    ? t('{0}; the file is not saved yet.', done)
    : t('{0}; decisions are honoured by training and export.', done);
}

/** Why nothing changed. */
export function nothingOf(plan: Pick<EditPlan, 'skipped'>, t: Translate): string {
  return plan.skipped.length === 0
    ? t('No row changes.')
    : t('No row changes: {0}.', plan.skipped.join('; ').replace(/\.$/, ''));
}

function doneOf(action: RowActionId, rows: number, t: Translate): string {
  const n = rows.toLocaleString();
  if (isRelabel(action)) return rows === 1 ? t('Relabelled 1 row') : t('Relabelled {0} rows', n);
  if (action === 'remove') return rows === 1 ? t('Removed 1 row') : t('Removed {0} rows', n);
  if (action === 'keep') return rows === 1 ? t('Kept 1 row as it is') : t('Kept {0} rows as they are', n);
  return rows === 1 ? t('Took back the decision about 1 row') : t('Took back the decisions about {0} rows', n);
}

function isRelabel(action: RowActionId): boolean {
  return action === 'relabel' || action === 'relabelTo';
}
