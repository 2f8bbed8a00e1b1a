import { columns, type Column, type ColumnId } from '../../src/core/table/columns.ts';

/** Columns that hold something before anything is scored. */
const unscored: ReadonlySet<ColumnId> = new Set(['label', 'line', 'text']);
/** What gives way first where the list is narrow. */
const givesWay: readonly ColumnId[] = ['rank', 'diversity', 'line', 'quality'];

/** What decides which columns there are and how wide. */
export interface GridShape {
  readonly scored: boolean;
  /** Whether weights have intervals. */
  readonly intervals: boolean;
  /** Characters of the longest label. */
  readonly longestLabel: number;
}

export interface GridLayout {
  readonly shown: readonly Column[];
  /** For `grid-template-columns`. */
  readonly template: string;
  /** The label's cell shows the suggestion too, and the verdict's only its icon. */
  readonly tight: boolean;
}

/**
 * Which columns fit a list of `width` pixels, and how wide they are.
 */
export function gridLayout(width: number, { scored, intervals, longestLabel }: GridShape): GridLayout {
  const label = Math.min(150, Math.max(56, 7.2 * longestLabel + 18));
  const tight = scored && width < 560;
  let shown = columns.filter(({ id }) => (scored || unscored.has(id)) && !(tight && id === 'suggested'));
  const widths: Readonly<Record<ColumnId, number>> = {
    rank: 56,
    // A line needs more room than a bar.
    weight: tight ? 90 : intervals ? 132 : 106,
    label: tight ? Math.min(150, label * 1.6 + 16) : label,
    suggested: Math.max(100, label + 14),
    quality: 70,
    diversity: 70,
    verdict: tight ? 28 : 114,
    line: 64,
    // The text is what a row is about.
    text: Math.min(320, Math.max(160, 0.3 * width)),
  };
  for (const column of givesWay) {
    if (shown.reduce((sum, { id }) => sum + widths[id], 0) <= width) break;
    shown = shown.filter(({ id }) => id !== column);
  }
  const template = shown.map(({ id }) => (id === 'text' ? 'minmax(0, 1fr)' : `${Math.round(widths[id])}px`)).join(' ');
  return { shown, template, tight };
}
