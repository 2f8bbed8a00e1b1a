/** What two runs say differently about the same rows. */
import type { RunDifference } from '../../protocol/data.ts';
import { runFiles } from '../../store/layout.ts';
import { readRunRecord } from '../../store/runRecord.ts';
import { readScores, type ScoreColumns } from '../../store/scores.ts';
import { UserError } from '../../base/errors.ts';
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
  const inBefore = identityTable(a.rows, a.hashHigh, a.hashLow, a.occurrence);
  const places: { from: number; to: number; change: number }[] = [];
  for (let to = 0; to < b.rows; to++) {
    if (b.oddHashes.has(to) || b.errors.has(to)) continue;
    const from = inBefore.find(b.hashHigh[to], b.hashLow[to], b.occurrence[to]);
    if (from < 0 || a.oddHashes.has(from) || a.errors.has(from)) continue;
    places.push({ from, to, change: Math.abs(b.logWeight[to] - a.logWeight[from]) });
  }
  places.sort((x, y) => y.change - x.change || x.to - y.to);
  const shown = places.slice(0, Math.max(0, most)).filter(({ change }) => change > 0);

  // Their texts are in the file, if they still are.
  const inFile = identityTable(
    rows.size,
    Uint32Array.from(rows.line, (line) => rows.lines.hashHigh[line - 1]),
    Uint32Array.from(rows.line, (line) => rows.lines.hashLow[line - 1]),
    rows.occurrence,
  );
  const rowOf = shown.map(({ to }) => inFile.find(b.hashHigh[to], b.hashLow[to], b.occurrence[to]));
  const present = rowOf.filter((row) => row >= 0);
  const bytes = await bytesOfRows(text, rows, present);
  const textOf = new Map(present.map((row, i) => [row, beginning(text.format.textOf(bytes[i]).text)]));
  return shown.map(({ from, to }, i) => ({
    line: rowOf[i] < 0 ? b.line[to] : rows.line[rowOf[i]],
    text: textOf.get(rowOf[i]) ?? '',
    label: b.labels[b.labelId[to]] ?? '',
    before: { weight: a.weight[from], verdict: a.verdicts[a.verdictId[from]] },
    after: { weight: b.weight[to], verdict: b.verdicts[b.verdictId[to]] },
  }));
}

async function scoresOf(folder: string): Promise<ScoreColumns> {
  const record = await readRunRecord(folder);
  if (record.kind !== 'score' || record.status !== 'done') {
    throw new UserError(`${folder}: only finished score runs can be compared row by row.`);
  }
  return await readScores(runFiles(folder).scores, record.labels);
}
