import { sortKeys, type SortKey } from '../../src/core/table/columns.ts';
import type { Sorting } from '../../src/protocol/data.ts';

/** What stands beside the list: everything about a row, or how far the weights can be trusted. */
export type Side = 'row' | 'sureness';

/** What the panel remembers while it is hidden: VS Code destroys hidden webviews and gives this back. */
export interface ViewState {
  /** Of the synthetic file: the host finds the dataset by it after a reload of the window. */
  readonly path?: string;
  readonly filter: string;
  /** Verdicts and labels that are switched on; none: all rows. */
  readonly verdicts: readonly string[];
  readonly labels: readonly string[];
  /** Range of log₁₀ weight. */
  readonly brush?: readonly [number, number];
  readonly sort: Sorting;
  /** A row and how many pixels below the upper edge of the list it stood. */
  readonly anchor?: { readonly row: number; readonly offset: number };
  /** The row where the keyboard was. */
  readonly lead?: number;
  /** Whether something is open beside the list, and what. */
  readonly details: boolean;
  readonly side: Side;
  /** Whether the overview is unfolded; undefined until the user says so: by the room there is. */
  readonly overview?: boolean;
  /** Whether the rarely needed settings of the weights are unfolded; undefined until the user says so: if one is on. */
  readonly moreSettings?: boolean;
  readonly warnings: boolean;
  /** Width of the details beside the list and their height below it, pixels. */
  readonly detailsWidth: number;
  readonly detailsHeight: number;
}

export const initialState: ViewState = {
  filter: '',
  verdicts: [],
  labels: [],
  sort: { column: 'weight', descending: true },
  details: true,
  side: 'row',
  warnings: false,
  detailsWidth: 380,
  detailsHeight: 260,
};

/** A kept state, whatever wrote it; what cannot be used is as it is at first. */
export function readViewState(kept: unknown): ViewState {
  if (!isRecord(kept)) return initialState;
  const { brush, sort, anchor, lead } = kept;
  return {
    path: typeof kept.path === 'string' ? kept.path : undefined,
    filter: typeof kept.filter === 'string' ? kept.filter : initialState.filter,
    verdicts: strings(kept.verdicts),
    labels: strings(kept.labels),
    brush:
      Array.isArray(brush) && brush.length === 2 && isNumber(brush[0]) && isNumber(brush[1])
        ? [brush[0], brush[1]]
        : undefined,
    sort:
      isRecord(sort) && isSortKey(sort.column)
        ? { column: sort.column, descending: sort.descending === true }
        : initialState.sort,
    anchor:
      isRecord(anchor) && isNumber(anchor.row) && isNumber(anchor.offset)
        ? { row: anchor.row, offset: anchor.offset }
        : undefined,
    lead: isNumber(lead) ? lead : undefined,
    details: kept.details !== false,
    side: kept.side === 'sureness' ? 'sureness' : 'row',
    overview: typeof kept.overview === 'boolean' ? kept.overview : undefined,
    moreSettings: typeof kept.moreSettings === 'boolean' ? kept.moreSettings : undefined,
    warnings: kept.warnings === true,
    detailsWidth: isNumber(kept.detailsWidth) ? kept.detailsWidth : initialState.detailsWidth,
    detailsHeight: isNumber(kept.detailsHeight) ? kept.detailsHeight : initialState.detailsHeight,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isSortKey(value: unknown): value is SortKey {
  return sortKeys.some((key) => key === value);
}
