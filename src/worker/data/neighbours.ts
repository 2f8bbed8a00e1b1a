/** Which rows are like a row: near real rows, near copies, similar rows. */
import { UserError } from '../../base/errors.ts';
import { mostNearDuplicatesCounted, nearDuplicateOverlap } from '../../core/duplicates/limits.ts';
import type { Neighbour } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';
import { bytesOfRows } from './rowBytes.ts';
import { rowAtLine } from './rowIndex.ts';
import type { RunScores } from './runScores.ts';
import { beginning } from './rowViews.ts';

export interface RowNeighbours {
  readonly nearestReal: readonly Neighbour[];
  readonly nearCopies: readonly Neighbour[];
  readonly nearCopyCount: number;
  readonly nearCopiesMayBeMore?: boolean;
  /** Why there are none to show, where that is so. */
  readonly neighboursMissing?: string;
}

/** Near copies that are shown. */
const mostCopies = 20;

/** Real rows and other rows near a row. */
export async function neighboursOf(state: DatasetState, row: number): Promise<RowNeighbours> {
  const none = { nearestReal: [], nearCopies: [], nearCopyCount: 0 };
  const { run } = state;
  if (run === undefined) return { ...none, neighboursMissing: 'Neighbours are found when the file is scored.' };
  const score = state.shown.scoreOf?.[row] ?? -1;
  if (score < 0)
    return { ...none, neighboursMissing: 'This text has not been scored yet, so its neighbours are unknown.' };
  const real = await nearestReal(state, run, score);
  const copies = await nearCopies(state, run, score);
  return {
    nearestReal: 'missing' in real ? [] : real.found,
    nearCopies: copies,
    nearCopyCount: run.nearDuplicates[score],
    nearCopiesMayBeMore: run.nearDuplicates[score] >= mostNearDuplicatesCounted,
    neighboursMissing: 'missing' in real ? real.missing : undefined,
  };
}

/** The nearest real row alone, without its text. */
export function nearestRealRow(
  state: DatasetState,
  row: number,
): { line: number; cosine: number; label: string } | undefined {
  const { run, real, shown } = state;
  const score = shown.scoreOf?.[row] ?? -1;
  if (run === undefined || real === undefined || score < 0 || run.neighbours === 0 || !isScoredBy(state, run)) {
    return undefined;
  }
  const line = run.nearestRealLine[score * run.neighbours];
  const realRow = rowAtLine(real.rows, line);
  if (line === 0 || realRow < 0) return undefined;
  const label = real.rows.labels[real.rows.fileLabelId[realRow]];
  return { line, cosine: run.nearestRealCosine[score * run.neighbours], label };
}

/**
 * Rows most like a row, by cosine of the embeddings.
 * @throws UserError where there are no embeddings to compare.
 */
export async function similarRows(state: DatasetState, row: number, count: number): Promise<Neighbour[]> {
  const { run, shown } = state;
  if (run === undefined) throw new UserError('Similar rows are found by the scores’ embeddings; score the file first.');
  const score = shown.scoreOf?.[row] ?? -1;
  if (score < 0)
    throw new UserError('This text has not been scored yet; re-score the changed rows to find similar ones.');
  const embeddings = await run.embeddings();
  if ('missing' in embeddings) throw new UserError(embeddings.missing);
  const rowOf = rowsOfScores(state, run);
  const { values, width } = embeddings;
  const cosines = cosinesWith(values, width, score);
  const found = Array.from(cosines.keys()).filter((other) => other !== score && rowOf[other] >= 0);
  found.sort((a, b) => cosines[b] - cosines[a] || a - b);
  const best = found.slice(0, Math.max(0, count));
  return await describe(
    state,
    best.map((other) => ({ row: rowOf[other], cosine: cosines[other] })),
  );
}

async function nearestReal(
  state: DatasetState,
  run: RunScores,
  score: number,
): Promise<{ found: Neighbour[] } | { missing: string }> {
  const { real } = state;
  if (run.neighbours === 0) {
    return { missing: 'No encoder was used for these scores, so the nearest real rows are unknown.' };
  }
  if (real === undefined) return { missing: 'Choose the real file to see the nearest real rows.' };
  if (!isScoredBy(state, run)) {
    return {
      missing: 'The real file has changed since these scores were made; score again to see the nearest real rows.',
    };
  }
  const at = score * run.neighbours;
  const near = Array.from({ length: run.neighbours }, (_, k) => ({
    line: run.nearestRealLine[at + k],
    cosine: run.nearestRealCosine[at + k],
  }))
    .map(({ line, cosine }) => ({ line, cosine, row: line === 0 ? -1 : rowAtLine(real.rows, line) }))
    .filter(({ row }) => row >= 0);
  const bytes = await bytesOfRows(
    real.text,
    real.rows,
    near.map(({ row }) => row),
  );
  return {
    found: near.map(({ line, cosine, row }, i) => ({
      source: 'real',
      line,
      label: real.rows.labels[real.rows.fileLabelId[row]],
      cosine,
      text: joined(real.text.format.textOf(bytes[i])),
    })),
  };
}

/** Whether the real file is the one the run was made with: only then do its lines mean anything. */
export function isScoredBy({ real }: DatasetState, { record }: RunScores): boolean {
  const sha256 = record.inputs.find(({ role }) => role === 'real')?.sha256;
  return real?.sha256 !== undefined && real.sha256 === sha256;
}

async function nearCopies(state: DatasetState, run: RunScores, score: number): Promise<Neighbour[]> {
  const cluster = run.cluster[score];
  if (cluster < 0) return [];
  const rowOf = rowsOfScores(state, run);
  const members = run.clusterMembers(cluster).filter((other) => other !== score && rowOf[other] >= 0);
  const embeddings = await run.embeddings();
  const { lines, line } = state.rows;
  const hashAt = (row: number): string => `${lines.hashHigh[line[row] - 1]} ${lines.hashLow[line[row] - 1]}`;
  const own = hashAt(rowOf[score]);
  const cosines =
    'missing' in embeddings ? undefined : cosinesWith(embeddings.values, embeddings.width, score, members);
  const near = members.map((other, i) => {
    // Without embeddings only copies are known exactly; others of the group share at least about this part of their words.
    const cosine = hashAt(rowOf[other]) === own ? 1 : (cosines?.[i] ?? nearDuplicateOverlap);
    return { row: rowOf[other], cosine };
  });
  near.sort((a, b) => b.cosine - a.cosine || a.row - b.row);
  // A group is linked through others: only so many of it are near this row.
  return await describe(state, near.slice(0, Math.min(mostCopies, run.nearDuplicates[score])));
}

const inverse = new WeakMap<Int32Array, Int32Array>();

/** The row of each entry of the scores; −1 where its text is gone. */
export function rowsOfScores({ shown, rows }: DatasetState, run: RunScores): Int32Array {
  const scoreOf = shown.scoreOf ?? new Int32Array(rows.size).fill(-1);
  let rowOf = inverse.get(scoreOf);
  if (rowOf === undefined) {
    rowOf = new Int32Array(run.size).fill(-1);
    for (let row = 0; row < scoreOf.length; row++) if (scoreOf[row] >= 0) rowOf[scoreOf[row]] = row;
    inverse.set(scoreOf, rowOf);
  }
  return rowOf;
}

/** Cosines of one entry with others, or with all; rows have length 1. */
function cosinesWith(values: Float32Array, width: number, entry: number, others?: readonly number[]): Float32Array {
  const count = others?.length ?? values.length / width;
  const cosines = new Float32Array(count);
  const own = values.subarray(entry * width, (entry + 1) * width);
  for (let i = 0; i < count; i++) {
    const at = (others?.[i] ?? i) * width;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += own[k] * values[at + k];
    cosines[i] = Math.max(-1, Math.min(1, sum));
  }
  return cosines;
}

async function describe(
  state: DatasetState,
  found: readonly { readonly row: number; readonly cosine: number }[],
): Promise<Neighbour[]> {
  const { text, rows, shown } = state;
  const bytes = await bytesOfRows(
    text,
    rows,
    found.map(({ row }) => row),
  );
  return found.map(({ row, cosine }, i) => ({
    source: 'synthetic',
    line: rows.line[row],
    row,
    label: shown.labels[shown.labelId[row]] ?? '',
    cosine,
    text: joined(text.format.textOf(bytes[i])),
  }));
}

function joined({ text, textPair }: { readonly text: string; readonly textPair?: string }): string {
  return textPair === undefined ? beginning(text) : `${beginning(text)} ⏐ ${beginning(textPair)}`;
}
