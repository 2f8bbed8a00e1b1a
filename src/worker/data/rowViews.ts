/** Rows as the panel lists them. */
import { marksOf } from '../../core/table/table.ts';
import { rowTextLength, type RowView } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';
import { bytesOfRows } from './rowBytes.ts';
import type { WeighedRows } from './weighedRows.ts';

/** A weight of 0 has no logarithm; this is the one of the smallest normal float32. */
const leastLogWeight = Math.log(2 ** -126);

/** Rows with the beginnings of their texts, in the order asked for. */
export async function viewRows(
  { text, rows }: DatasetState,
  weighed: WeighedRows,
  wanted: ArrayLike<number>,
): Promise<RowView[]> {
  const bytes = await bytesOfRows(text, rows, wanted);
  return bytes.map((line, i) => {
    const texts = text.format.textOf(line);
    return viewRow(weighed, wanted[i], beginning(texts.text), texts.textPair && beginning(texts.textPair));
  });
}

/** One row. */
export function viewRow(
  { columns, weightHigh }: WeighedRows,
  row: number,
  text: string,
  textPair: string | undefined,
): RowView {
  const { labels, verdicts, rank } = columns;
  const number = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
  const weight = number(columns.weight[row]);
  return {
    row,
    line: columns.line[row],
    rank: rank[row] === 0 ? undefined : rank[row],
    label: labels[columns.labelId[row]] ?? '',
    suggested: labels[columns.suggestedId[row]],
    weight,
    logWeight: weight === undefined ? undefined : Math.max(Math.log(weight), leastLogWeight),
    weightLow: number(columns.weightLow[row]),
    weightHigh: number(weightHigh[row]),
    quality: number(columns.quality[row]),
    diversity: number(columns.diversity[row]),
    verdict: verdicts[columns.verdictId[row]],
    marks: marksOf(columns.marks[row]),
    text,
    textPair,
  };
}

/** The beginning of a text on one line; never half a character. */
export function beginning(text: string, length = rowTextLength): string {
  return cut(text, length).replace(/[\r\n\u2028\u2029]+/g, ' ');
}

/** At most `length` UTF-16 code units, a surrogate pair never cut in two. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
