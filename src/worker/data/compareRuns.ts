/** What two runs say differently about the same rows. */
import type { RunDifference } from '../../protocol/data.ts';
import { runFiles } from '../../store/layout.ts';
import { readRunRecord } from '../../store/runRecord.ts';
import { readScores, type ScoreColumns } from '../../store/scores.ts';
import { UserError } from '../../base/errors.ts';
import { diffScores } from '../../core/runs/diffScores.ts';
import type { DatasetState } from './dataset.ts';
import { identityTable } from './identityTable.ts';
import { bytesOfRows } from './rowBytes.ts';
import { beginning } from './rowViews.ts';

/** The rows whose log weight changed most between two runs, each with the weights of its run. */
export async function compareRuns(
  { text, rows }: DatasetState,
  before: string,
  after: string,
  most: number,
): Promise<RunDifference[]> {
  const [a, b] = [await scoresOf(before), await scoresOf(after)];
  const shown = diffScores(a, b, most).top;

  // Their texts are in the file, if they still are.
  const inFile = identityTable(
    rows.size,
    Uint32Array.from(rows.line, (line) => rows.lines.hashHigh[line - 1]),
    Uint32Array.from(rows.line, (line) => rows.lines.hashLow[line - 1]),
    rows.occurrence,
  );
  const rowOf = shown.map(({ textHash, occurrence }) => inFile.find(textHash.high, textHash.low, occurrence));
  const present = rowOf.filter((row) => row >= 0);
  const bytes = await bytesOfRows(text, rows, present);
  const textOf = new Map(present.map((row, i) => [row, beginning(text.format.textOf(bytes[i]).text)]));
  return shown.map(({ before: earlier, after: later }, i) => ({
    line: rowOf[i] < 0 ? later.line : rows.line[rowOf[i]],
    text: textOf.get(rowOf[i]) ?? '',
    label: later.label,
    before: { weight: earlier.weight, verdict: earlier.verdict },
    after: { weight: later.weight, verdict: later.verdict },
  }));
}

async function scoresOf(folder: string): Promise<ScoreColumns> {
  const record = await readRunRecord(folder);
  if (record.kind !== 'score' || record.status !== 'done') {
    throw new UserError(`${folder}: only finished score runs can be compared row by row.`);
  }
  return await readScores(runFiles(folder).scores, record.labels);
}
