/** Rows to label by hand: spread over the file, every label represented, each text once. Always the same ones. */
import { Random, permutation } from '../../base/random.ts';
import type { OccurrenceCounter } from './identityTable.ts';
import { bytesOfRows } from './rowBytes.ts';
import type { IndexedText } from './indexText.ts';
import type { RowIndex } from './rowIndex.ts';

export interface SampledRow {
  readonly line: number;
  readonly text: string;
  readonly textPair?: string;
}

/** Real rows of a label below which its weights are rough; a sample has as many of each where it can. */
const fewest = 10;

/**
 * A sample of rows, in mixed order: a file sorted by label would bias who labels it.
 * @param known Texts that are not chosen.
 */
export async function sampleRows(
  text: IndexedText,
  rows: RowIndex,
  count: number,
  known?: OccurrenceCounter,
): Promise<SampledRow[]> {
  const chosen = chooseRows(rows, count, known);
  const order = permutation(chosen.length, new Random(1, 'order of rows to label'));
  const mixed = Array.from(order, (i) => chosen[i]);
  const bytes = await bytesOfRows(text, rows, mixed);
  return bytes.map((line, i) => ({ line: rows.line[mixed[i]], ...text.format.textOf(line) }));
}

/** Rows spread evenly within each label, labels by their shares. Ascending. */
export function chooseRows(
  { size, occurrence, fileLabelId, labels, line, lines }: RowIndex,
  count: number,
  known?: OccurrenceCounter,
): number[] {
  const groups: number[][] = Array.from({ length: Math.max(1, labels.length) }, () => []);
  const isKnown = (row: number): boolean => {
    const i = line[row] - 1;
    return known !== undefined && known.counted(lines.hashHigh[i], lines.hashLow[i]) > 0;
  };
  for (let row = 0; row < size; row++) {
    if (occurrence[row] === 0 && !isKnown(row)) groups[Math.max(0, fileLabelId[row])].push(row);
  }
  const quotas = shareOut(
    groups.map((group) => group.length),
    count,
  );
  return groups
    .flatMap((group, id) =>
      Array.from({ length: quotas[id] }, (_, i) => group[Math.floor(((i + 0.5) * group.length) / quotas[id])]),
    )
    .sort((a, b) => a - b);
}

/** How many of each group: a few of each first, the rest by size. */
function shareOut(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = Math.min(Math.max(0, count), total);
  const groups = sizes.filter((size) => size > 0).length;
  const least = Math.min(fewest, Math.floor(wanted / Math.max(1, groups)));
  const quotas = sizes.map((size) => Math.min(size, least));
  let left = wanted - quotas.reduce((sum, quota) => sum + quota, 0);
  // To whoever is furthest below its share, until nothing is left.
  while (left > 0) {
    let next = -1;
    let furthest = -Infinity;
    sizes.forEach((size, id) => {
      const below = (size * wanted) / total - quotas[id];
      if (quotas[id] < size && below > furthest) {
        furthest = below;
        next = id;
      }
    });
    if (next < 0) break;
    quotas[next]++;
    left--;
  }
  return quotas;
}
