/** Rows that an editor marks in the file. */
import { markBits } from '../../core/table/table.ts';
import type { Verdict } from '../../core/weighting/verdicts.ts';
import type { Flag, Flags, WeightControls } from '../../protocol/data.ts';
import { brokenLines } from './indexText.ts';
import { mostBroken, type DatasetState } from './dataset.ts';
import { nearestRealRow } from './neighbours.ts';
import { bytesOfRows } from './rowBytes.ts';
import { firstRowFrom } from './rowIndex.ts';
import { verdicts, type WeighedRows } from './weighedRows.ts';

/** What to mark: misaligned rows, lightest first, then redundant ones; broken rows beside them. */
export async function flagsOf(state: DatasetState, most: number, controls: WeightControls): Promise<Flags> {
  const { text, rows, run } = state;
  const weighed = await state.weighed(controls);
  const misaligned = rowsToMark(weighed, 'misaligned');
  const redundant = rowsToMark(weighed, 'redundant');
  const wanted = [...lightest(weighed, misaligned, most), ...lightest(weighed, redundant, most - misaligned.length)];
  const bytes = await bytesOfRows(text, rows, wanted);
  const broken = await brokenLines(text, Math.min(most, mostBroken, rows.broken));
  return {
    version: state.version,
    flags: wanted.map((row, i) => flagOf(state, weighed, row, bytes[i])),
    broken: broken.map(({ line, column, message }) => ({ line, column, message })),
    misaligned: misaligned.length,
    redundant: redundant.length,
    brokenTotal: rows.broken,
    scored: weighed.summary.scored,
    ess: weighed.summary.ess,
    stale: state.shown.stale,
    preview: run?.record.settings['effort'] === 'preview',
  };
}

/** Weight and verdict of the rows of some lines, 1-based, both ends included. */
export async function lineWeightsOf(
  state: DatasetState,
  fromLine: number,
  toLine: number,
  controls: WeightControls,
): Promise<{ line: number; weight: number; verdict: Verdict; kept: boolean }[]> {
  const { columns } = await state.weighed(controls);
  const found: { line: number; weight: number; verdict: Verdict; kept: boolean }[] = [];
  for (let row = firstRowFrom(state.rows, fromLine); row < columns.size && columns.line[row] <= toLine; row++) {
    if (columns.verdictId[row] < 0) continue;
    found.push({
      line: columns.line[row],
      weight: columns.weight[row],
      verdict: verdicts[columns.verdictId[row]],
      kept: (columns.marks[row] & markBits.kept) !== 0,
    });
  }
  return found;
}

/** Rows of a verdict that the user has neither kept nor removed. */
export function rowsToMark({ columns }: WeighedRows, verdict: Verdict): Int32Array {
  const id = verdicts.indexOf(verdict);
  const found = new Int32Array(columns.size);
  let count = 0;
  for (let row = 0; row < columns.size; row++) {
    if (columns.verdictId[row] !== id || (columns.marks[row] & (markBits.kept | markBits.removed)) !== 0) continue;
    found[count++] = row;
  }
  return found.subarray(0, count);
}

function lightest({ columns }: WeighedRows, rows: Int32Array, most: number): Int32Array {
  const sorted = rows.slice().sort((a, b) => columns.weight[a] - columns.weight[b] || a - b);
  return sorted.subarray(0, Math.max(0, most));
}

function flagOf(state: DatasetState, weighed: WeighedRows, row: number, bytes: Buffer): Flag {
  const { columns } = weighed;
  const { label } = state.text.format.parse(bytes, columns.line[row]);
  return {
    row,
    line: columns.line[row],
    verdict: verdicts[columns.verdictId[row]],
    labelStart: label?.start ?? 0,
    labelEnd: label?.end ?? 0,
    message: weighed.explain(row) ?? '',
    label: columns.labels[columns.labelId[row]],
    suggested: columns.labels[columns.suggestedId[row]],
    weight: columns.weight[row],
    nearestReal: nearestRealRow(state, row),
    provisional: (columns.marks[row] & markBits.relabelled) !== 0,
  };
}
