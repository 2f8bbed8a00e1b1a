/** What the commands of quick fixes and hovers are given. Knows nothing of VS Code. */
import { rowActionIds, type RowActionId } from '../../core/table/actions.ts';
import { verdicts, type Verdict } from '../../core/weighting/verdicts.ts';

/** Commands behind quick fixes, hover and CodeLens; not in the palette. */
export const fixCommands = {
  /** Does something with the row of a line, or with all rows of a verdict. */
  act: 'counterweight.fix.act',
  /** Shows the row of a line in the weights panel. */
  show: 'counterweight.fix.show',
} as const;

/** Which row is meant: places are those of one version of the document. */
export interface RowPlace {
  /** Absolute path of the dataset. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** `TextDocument.version`. */
  readonly version: number;
}

export type FixArguments = { readonly action: RowActionId } & (
  RowPlace | { readonly path: string; readonly verdict: Verdict }
);

/** Reads what a command was given: links and other extensions may hand over anything. */
export function readFixArguments(value: unknown): FixArguments | undefined {
  if (!isRecord(value)) return undefined;
  const action = rowActionIds.find((id) => id === value.action);
  if (action === undefined) return undefined;
  const verdict = verdicts.find((known) => known === value.verdict);
  if (verdict !== undefined && typeof value.path === 'string') return { action, path: value.path, verdict };
  const place = readRowPlace(value);
  return place && { action, ...place };
}

export function readRowPlace(value: unknown): RowPlace | undefined {
  if (!isRecord(value)) return undefined;
  const { path, line, version } = value;
  if (typeof path !== 'string' || typeof line !== 'number' || typeof version !== 'number') return undefined;
  return Number.isSafeInteger(line) && line >= 1 ? { path, line, version } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
