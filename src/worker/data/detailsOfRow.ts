/** Everything that is known of one row. */
import { detailTextLength, type RowDetails, type WeightControls } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';
import { neighboursOf } from './neighbours.ts';
import { bytesOfRows } from './rowBytes.ts';
import { beginning, cut, viewRow } from './rowViews.ts';

/** A row in full. @throws RangeError where there is no such row. */
export async function detailsOf(state: DatasetState, row: number, controls: WeightControls): Promise<RowDetails> {
  checkRow(state, row);
  const { text, rows, run, shown } = state;
  const [bytes] = await bytesOfRows(text, rows, [row]);
  const { texts } = text.format.parse(bytes, rows.line[row]);
  const weighed = await state.weighed(controls);
  const score = shown.scoreOf?.[row] ?? -1;
  const longest = Math.max(texts.text.length, texts.textPair?.length ?? 0);
  return {
    view: viewRow(weighed, row, beginning(texts.text), texts.textPair && beginning(texts.textPair)),
    text: cut(texts.text, detailTextLength),
    textPair: texts.textPair && cut(texts.textPair, detailTextLength),
    truncated: longest > detailTextLength,
    json: bytes.toString('utf8'),
    probabilities:
      run === undefined || score < 0
        ? undefined
        : run.labels.map((label, id) => ({
            label,
            quality: Math.exp(run.logP[score * run.labels.length + id]),
            diversity: Math.exp(run.logQ[score * run.labels.length + id]),
          })),
    reason: weighed.explain(row),
    ...(await neighboursOf(state, row)),
  };
}

/** @throws RangeError where there is no such row. */
export function checkRow({ rows, path }: DatasetState, row: number): void {
  if (!Number.isInteger(row) || row < 0 || row >= rows.size) {
    throw new RangeError(`${path} has ${rows.size} rows; there is no row ${row}`);
  }
}
