/** The rows as they are shown: decisions honoured, scores found again by text. What weights and verdicts are made of. */
import { setImmediate as turn } from 'node:timers/promises';
import { markBits } from '../../core/table/table.ts';
import type { Decision, Decisions } from '../../store/decisions.ts';
import { identityTable } from './identityTable.ts';
import { hashNumbers } from './rowFormat.ts';
import type { RowIndex } from './rowIndex.ts';
import type { RunScores } from './runScores.ts';

/** One entry per usable row, in file order. */
export interface ShownRows {
  /** By label id: those of the run first, so that its log-probabilities are in this order. */
  readonly labels: readonly string[];
  /** The label that counts: the decided one, else the file's. */
  readonly labelId: Int32Array;
  /** Sum of `markBits`. */
  readonly marks: Uint8Array;
  /** Entry of the run's scores; −1 where the row has none. Absent without a run. */
  readonly scoreOf?: Int32Array;
  /** Rows without a score that were not removed; 0 without a run. */
  readonly stale: number;
  /** Index in `decided`; −1 where nothing was decided. Absent where nothing was decided at all. */
  readonly decisionOf?: Int32Array;
  readonly decided: readonly Decision[];
  /** Decisions that name a label which the data lack; they are not honoured. */
  readonly unknownLabels: number;
}

const turnEvery = 1 << 18;

/**
 * @param exact Whether the rows' labels are all there are: those of a real file.
 */
export async function showRows(
  rows: RowIndex,
  decisions: Decisions,
  run: RunScores | undefined,
  exact: boolean,
): Promise<ShownRows> {
  const decided = [...decisions.values()];
  const labels = [...(run?.labels ?? rows.labels)];
  const ids = new Map(labels.map((label, id) => [label, id]));
  const idOf = (label: string): number => {
    let id = ids.get(label);
    if (id === undefined) {
      id = labels.length;
      labels.push(label);
      ids.set(label, id);
    }
    return id;
  };
  const idOfFile = Int32Array.from(rows.labels, idOf);
  const inData = new Set(rows.labels);
  const idOfDecision = decided.map(({ label }) =>
    label === undefined || (exact && !inData.has(label)) ? -1 : idOf(label),
  );

  const { size, line, occurrence, fileLabelId, lines } = rows;
  const labelId = new Int32Array(size);
  const marks = new Uint8Array(size);
  const decisionOf = decided.length === 0 ? undefined : new Int32Array(size);
  const scoreOf = run === undefined ? undefined : new Int32Array(size);
  const decisionTable = tableOf(decided);
  let [stale, unknownLabels] = [0, 0];
  for (let row = 0; row < size; row++) {
    const at = line[row] - 1;
    const [high, low] = [lines.hashHigh[at], lines.hashLow[at]];
    let label = fileLabelId[row] < 0 ? -1 : idOfFile[fileLabelId[row]];
    let mark = 0;
    if (decisionOf !== undefined) {
      const decision = decisionTable.find(high, low, occurrence[row]);
      decisionOf[row] = decision;
      switch (decision < 0 ? undefined : decided[decision].action) {
        case 'keep':
          mark |= markBits.kept;
          break;
        case 'remove':
          mark |= markBits.removed;
          break;
        case 'relabel':
          if (idOfDecision[decision] < 0) unknownLabels++;
          else label = idOfDecision[decision];
          break;
        case 'clear':
        case undefined:
          break;
      }
    }
    labelId[row] = label;
    if (run !== undefined && scoreOf !== undefined) {
      const score = run.identities.find(high, low, occurrence[row]);
      scoreOf[row] = score;
      if (score >= 0) {
        if (run.labelId[score] !== label) mark |= markBits.relabelled;
      } else if ((mark & markBits.removed) === 0) {
        mark |= markBits.stale;
        stale++;
      }
    }
    marks[row] = mark;
    if (row % turnEvery === turnEvery - 1) await turn();
  }
  return { labels, labelId, marks, scoreOf, stale, decisionOf, decided, unknownLabels };
}

function tableOf(decisions: readonly Decision[]): ReturnType<typeof identityTable> {
  // Not ours if not a hash of ours: such a decision is found by no row.
  const numbers = decisions.map(({ textHash }) => hashNumbers(textHash) ?? { high: -1, low: -1 });
  return identityTable(
    decisions.length,
    numbers.map(({ high }) => high),
    numbers.map(({ low }) => low),
    decisions.map(({ occurrence }) => occurrence),
  );
}
