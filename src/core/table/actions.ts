/**
 * What can be done with rows. The one table from which keybindings, menus, quick fixes and palette entries come;
 * a test holds package.json against it.
 */

import type { Verdict } from '../weighting/verdicts.ts';
import type { Mark } from './table.ts';

export const rowActionIds = [
  'open',
  'relabel',
  'relabelTo',
  'remove',
  'keep',
  'clear',
  'copyText',
  'copyJson',
  'similar',
] as const;
export type RowActionId = (typeof rowActionIds)[number];

export interface RowAction {
  readonly id: RowActionId;
  /** Command id. */
  readonly command: string;
  /** Command title, sentence case. */
  readonly title: string;
  /** Key in the row list, as package.json writes it. */
  readonly key?: string;
  /** Offered for many rows at a time. */
  readonly bulk: boolean;
  /** Changes the file or the decisions. */
  readonly edits: boolean;
  /** Offered as a quick fix in the JSONL file. */
  readonly quickFix: boolean;
}

export const rowActions: readonly RowAction[] = [
  {
    id: 'open',
    command: 'counterweight.row.open',
    title: 'Open line in file',
    key: 'enter',
    bulk: false,
    edits: false,
    quickFix: false,
  },
  {
    id: 'relabel',
    command: 'counterweight.row.relabel',
    title: 'Relabel to the suggestion',
    key: 'r',
    bulk: true,
    edits: true,
    quickFix: true,
  },
  {
    id: 'relabelTo',
    command: 'counterweight.row.relabelTo',
    title: 'Relabel to …',
    key: 'shift+r',
    bulk: true,
    edits: true,
    quickFix: false,
  },
  {
    id: 'remove',
    command: 'counterweight.row.remove',
    title: 'Remove from the file',
    key: 'x',
    bulk: true,
    edits: true,
    quickFix: true,
  },
  {
    id: 'keep',
    command: 'counterweight.row.keep',
    title: 'Keep as it is',
    key: 'k',
    bulk: true,
    edits: true,
    quickFix: true,
  },
  {
    id: 'clear',
    command: 'counterweight.row.clear',
    title: 'Take back the decision',
    key: 'u',
    bulk: true,
    edits: true,
    quickFix: false,
  },
  {
    id: 'copyText',
    command: 'counterweight.row.copyText',
    title: 'Copy text',
    bulk: true,
    edits: false,
    quickFix: false,
  },
  {
    id: 'copyJson',
    command: 'counterweight.row.copyJson',
    title: 'Copy JSON',
    bulk: true,
    edits: false,
    quickFix: false,
  },
  {
    id: 'similar',
    command: 'counterweight.row.similar',
    title: 'Find similar rows',
    bulk: false,
    edits: false,
    quickFix: false,
  },
];

/** The action of an id. */
export function rowAction(id: RowActionId): RowAction {
  const found = rowActions.find((action) => action.id === id);
  if (found === undefined) throw new RangeError(`no row action "${id}"`);
  return found;
}

/** What matters of a row for what can be done with it. */
export interface ActionContext {
  /** Undefined: not scored. */
  readonly verdict?: Verdict;
  readonly label?: string;
  /** The label that the quality checker prefers, if any. */
  readonly suggested?: string;
  readonly marks: readonly Mark[];
}

/** The actions that make sense for a row, in the order of `rowActions`. */
export function availableActions(row: ActionContext): RowActionId[] {
  return rowActionIds.filter((id) => isAvailable(id, row));
}

/** The actions that are offered in the JSONL file for a row with a diagnostic, in the order of `rowActions`. */
export function quickFixesOf(row: ActionContext): RowActionId[] {
  if (row.verdict !== 'misaligned' && row.verdict !== 'redundant') return [];
  return availableActions(row).filter(
    (id) => rowAction(id).quickFix && (id !== 'relabel' || row.verdict === 'misaligned'),
  );
}

function isAvailable(id: RowActionId, { label, suggested, marks }: ActionContext): boolean {
  const removed = marks.includes('removed');
  switch (id) {
    case 'open':
    case 'copyText':
    case 'copyJson':
      return true;
    case 'relabel':
      return !removed && suggested !== undefined && suggested !== label;
    case 'relabelTo':
    case 'remove':
      return !removed;
    case 'keep':
      return !removed && !marks.includes('kept');
    case 'clear':
      return removed || marks.includes('kept') || marks.includes('relabelled');
    case 'similar':
      // Nothing is known of a text that was not scored.
      return !marks.includes('stale');
  }
}
