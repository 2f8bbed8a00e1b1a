import type { PointText } from '../../protocol/map.ts';
import type { DatasetState } from './dataset.ts';
import { bytesOfRows } from './rowBytes.ts';
import { rowAtLine } from './rowIndex.ts';
import { beginning } from './rowViews.ts';

/** The text of a point of the map; null where the row is gone. @param at Number of a synthetic row, or line of a real one. */
export async function pointText(
  state: DatasetState,
  source: PointText['source'],
  at: number,
): Promise<PointText | null> {
  const { real, shown } = state;
  const file = source === 'real' ? real : state;
  const row = source === 'real' ? (real === undefined ? -1 : rowAtLine(real.rows, at)) : at;
  if (file === undefined || !(row >= 0 && row < file.rows.size)) return null;
  const [bytes] = await bytesOfRows(file.text, file.rows, [row]);
  const { text, textPair } = file.text.format.textOf(bytes);
  const label = source === 'real' ? file.rows.labels[file.rows.fileLabelId[row]] : shown.labels[shown.labelId[row]];
  return {
    ...{ source, line: file.rows.line[row], label: label ?? '' },
    text: textPair === undefined ? beginning(text) : `${beginning(text)} ⏐ ${beginning(textPair)}`,
  };
}
