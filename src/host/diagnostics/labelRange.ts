import { parseSource, readLabel } from '../../core/dataset/parseRow.ts';
import { isRowError } from '../../core/dataset/rowError.ts';

/** Where the label's value stands in a line, quotes included; undefined where the line is no row. */
export function labelRange(
  source: string,
  field: string,
): { readonly start: number; readonly end: number } | undefined {
  const parsed = parseSource(source, 1);
  if (isRowError(parsed)) return undefined;
  const label = readLabel(parsed, field);
  return isRowError(label) ? undefined : { start: label.start, end: label.end };
}
