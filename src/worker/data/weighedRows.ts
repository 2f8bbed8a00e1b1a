/** Weights, verdicts and ranks of the rows under given controls, from log-probabilities alone: no inference. */
import { setImmediate as turn } from 'node:timers/promises';
import { sortRows, type TableSort } from '../../core/table/query.ts';
import { summarise, type TableSummary } from '../../core/table/summary.ts';
import { markBits, type TableColumns } from '../../core/table/table.ts';
import { explainRow, judgeRow, type RowEvidence, type Verdict } from '../../core/weighting/verdicts.ts';
import { dataWarnings, essWarnings } from '../../core/weighting/warnings.ts';
import { computeWeights, labelPriors } from '../../core/weighting/weights.ts';
import type { WeightControls } from '../../protocol/data.ts';
import { realPriors, verdictSettings, weightSettings, type RunScores } from './runScores.ts';
import type { RowIndex } from './rowIndex.ts';
import type { ShownRows } from './shownRows.ts';

/** In the order of verdict ids. */
export const verdicts: readonly Verdict[] = ['misaligned', 'redundant', 'unsure', 'informative', 'ok'];

/** The rows under some controls. */
export interface WeighedRows {
  readonly controls: WeightControls;
  readonly columns: TableColumns;
  /** Upper bounds of the weights, [size]; NaN: not scored, or not known. */
  readonly weightHigh: Float32Array;
  /** ESS, shares and marks of all rows. */
  readonly summary: TableSummary;
  /** What a user should know before trusting these weights. */
  readonly warnings: readonly string[];
  /** All rows in an order; kept, so that typing a filter does not sort again. */
  sorted(sort: TableSort): Int32Array;
  /** Why a row has its verdict, in one sentence; undefined where it is not scored. */
  explain(row: number): string | undefined;
}

/** What weights are made of. */
export interface Weighable {
  readonly rows: RowIndex;
  readonly shown: ShownRows;
  readonly run?: RunScores;
  /** Real rows by label of `shown.labels`; empty where there is no real file. */
  readonly realCounts: readonly number[];
}

/** Rows that are weighed in one go. */
const chunkRows = 1 << 16;

/** Weighs all rows. */
export async function weighRows(weighable: Weighable, controls: WeightControls): Promise<WeighedRows> {
  const { rows, shown, run, realCounts } = weighable;
  const { size } = rows;
  const columns = {
    size,
    labels: shown.labels,
    verdicts,
    line: rows.line,
    labelId: shown.labelId,
    suggestedId: new Int32Array(size).fill(-1),
    weight: new Float32Array(size).fill(NaN),
    weightLow: new Float32Array(size).fill(NaN),
    quality: new Float32Array(size).fill(NaN),
    diversity: new Float32Array(size).fill(NaN),
    verdictId: new Int8Array(size).fill(-1),
    marks: shown.marks,
    rank: new Int32Array(size),
  } satisfies TableColumns;
  const weightHigh = new Float32Array(size).fill(NaN);
  const firstOf = run === undefined ? new Int32Array(0) : firstOfGroups(columns, weighable, run);
  if (run !== undefined) {
    await weigh(columns, weightHigh, weighable, run, controls, firstOf);
    rank(columns);
  }
  const summary = summarise(columns, realCounts);
  const orders = new Map<string, Int32Array>();
  return {
    controls,
    columns,
    weightHigh,
    summary,
    warnings: warningsOf(columns, summary, realCounts),
    sorted: (sort) => {
      const key = `${sort.column} ${sort.descending ? 'down' : 'up'}`;
      let order = orders.get(key);
      if (order === undefined) {
        order = sortRows(columns, sort);
        // Ten million rows take 40 MB each.
        if (orders.size >= 2) orders.clear();
        orders.set(key, order);
      }
      return order;
    },
    explain: (row) => (run === undefined ? undefined : explain(columns, weighable, run, controls, firstOf, row)),
  };
}

/** Fills in weight, its bounds, P̂', Q̂, verdict and suggestion. */
async function weigh(
  columns: TableColumns,
  weightHigh: Float32Array,
  weighable: Weighable,
  run: RunScores,
  controls: WeightControls,
  firstOf: Int32Array,
): Promise<void> {
  const { shown } = weighable;
  const classCount = run.labels.length;
  const scoreOf = shown.scoreOf ?? new Int32Array(columns.size).fill(-1);
  // A label that the run does not know has no log-probability.
  const canWeigh = (row: number): boolean =>
    scoreOf[row] >= 0 && shown.labelId[row] >= 0 && shown.labelId[row] < classCount;
  const { priorCorrection, ...settings } = weightSettings(run.record, controls);
  const judging = verdictSettings(run.record, controls);
  // A removed row trains nothing: what it would weigh is told, but no other row's weight hangs on it.
  const trains = (row: number): boolean => (columns.marks[row] & markBits.removed) === 0;
  const wholeSet = settings.selfNormalise || settings.truncateQuantile !== undefined;
  const step = wholeSet ? Math.max(1, columns.size) : chunkRows;
  const priors = priorCorrection ? priorsOf(weighable, run, (row) => canWeigh(row) && trains(row)) : undefined;
  for (let from = 0; from < columns.size; from += step) {
    const to = Math.min(columns.size, from + step);
    const members = new Int32Array(to - from);
    let count = 0;
    for (let row = from; row < to; row++) if (canWeigh(row)) members[count++] = row;
    const logP = new Float64Array(count * classCount);
    const logQ = new Float64Array(count * classCount);
    const labels = new Int32Array(count);
    const spread = run.interval && {
      logP: spreadOf(run.logPSpread, members.subarray(0, count), scoreOf, classCount),
      logQ: spreadOf(run.logQSpread, members.subarray(0, count), scoreOf, classCount),
      quantile: run.interval.quantile,
    };
    for (let i = 0; i < count; i++) {
      const score = scoreOf[members[i]] * classCount;
      const at = i * classCount;
      for (let c = 0; c < classCount; c++) {
        logP[at + c] = run.logP[score + c];
        logQ[at + c] = run.logQ[score + c];
      }
      labels[i] = shown.labelId[members[i]];
    }
    const weights = computeWeights({
      logP,
      logQ,
      labels,
      classCount,
      settings: { ...settings, priorCorrection: priors },
      counts: (i) => trains(members[i]),
      spread,
    });
    // One object for all rows: a million of them would cost more than the judging.
    const own = new Float64Array(classCount);
    const found: Mutable<RowEvidence> = { logP: own, label: 0, weight: 0, diversity: NaN };
    for (let i = 0; i < count; i++) {
      const row = members[i];
      for (let c = 0; c < classCount; c++) own[c] = logP[i * classCount + c];
      found.label = labels[i];
      found.weight = weights.weight[i];
      found.diversity = weights.diversity === undefined ? NaN : weights.diversity[i];
      setNearness(found, run, scoreOf[row], columns.line[row], firstOf);
      columns.weight[row] = found.weight;
      if (weights.interval !== undefined) {
        columns.weightLow[row] = weights.interval.low[i];
        weightHigh[row] = weights.interval.high[i];
      }
      columns.quality[row] = weights.quality[i];
      columns.diversity[row] = found.diversity;
      const { verdict, suggested } = judgeRow(found, judging);
      columns.verdictId[row] = verdicts.indexOf(verdict);
      if (suggested !== found.label) columns.suggestedId[row] = suggested;
    }
    await turn();
  }
}

/** The standard errors of some rows, [members, labels]; of rows without, NaN. */
function spreadOf(all: Float32Array, members: Int32Array, scoreOf: Int32Array, classCount: number): Float32Array {
  const spread = new Float32Array(members.length * classCount).fill(NaN);
  if (all.length === 0) return spread;
  for (let i = 0; i < members.length; i++) {
    const score = scoreOf[members[i]] * classCount;
    for (let c = 0; c < classCount; c++) spread[i * classCount + c] = all[score + c];
  }
  return spread;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The line of the first row of each group of near-duplicates that is still there; 0 for a group that is gone. */
function firstOfGroups({ size, line, marks }: TableColumns, { shown }: Weighable, run: RunScores): Int32Array {
  const { scoreOf = new Int32Array(size).fill(-1) } = shown;
  const firstOf = new Int32Array(run.cluster.reduce((most, cluster) => Math.max(most, cluster + 1), 0));
  for (let row = 0; row < size; row++) {
    const cluster = scoreOf[row] < 0 ? -1 : run.cluster[scoreOf[row]];
    if (cluster >= 0 && firstOf[cluster] === 0 && (marks[row] & markBits.removed) === 0) firstOf[cluster] = line[row];
  }
  return firstOf;
}

/** What the run says of near-duplicates and of the nearest real row. */
function setNearness(
  found: Mutable<RowEvidence>,
  run: RunScores,
  score: number,
  line: number,
  firstOf: Int32Array,
): void {
  const nearest = score * run.neighbours;
  found.nearDuplicates = run.nearDuplicates[score];
  const first = run.cluster[score] < 0 ? 0 : firstOf[run.cluster[score]];
  found.copyOf = first === 0 || first === line ? undefined : first;
  found.distanceToReal =
    run.neighbours > 0 && run.nearestRealLine[nearest] > 0
      ? Math.max(0, 1 - run.nearestRealCosine[nearest])
      : undefined;
}

function explain(
  columns: TableColumns,
  { shown }: Weighable,
  run: RunScores,
  controls: WeightControls,
  firstOf: Int32Array,
  row: number,
): string | undefined {
  const score = shown.scoreOf?.[row] ?? -1;
  if (score < 0 || columns.verdictId[row] < 0) return undefined;
  const classCount = run.labels.length;
  const logP = run.logP.subarray(score * classCount, (score + 1) * classCount);
  const label = shown.labelId[row];
  const suggestedId = columns.suggestedId[row];
  const judgement = {
    verdict: verdicts[columns.verdictId[row]],
    suggested: suggestedId < 0 ? label : suggestedId,
  };
  const found: Mutable<RowEvidence> = { logP, label, weight: columns.weight[row], diversity: columns.diversity[row] };
  setNearness(found, run, score, columns.line[row], firstOf);
  return explainRow(found, judgement, shown.labels, verdictSettings(run.record, controls));
}

/** The label distributions of prior correction: the real one as the run has it, the other of the rows as they stand. */
function priorsOf(
  { shown }: Weighable,
  { record, labels }: RunScores,
  counts: (row: number) => boolean,
): { real: number[]; synthetic: number[] } {
  let members = 0;
  const labelIds = new Int32Array(shown.labelId.length);
  for (let row = 0; row < labelIds.length; row++) if (counts(row)) labelIds[members++] = shown.labelId[row];
  const synthetic = labelPriors(labelIds.subarray(0, members), labels.length);
  const real = realPriors(record);
  // Nothing is corrected without the real shares, nor for a label that only removed rows have.
  const share = (label: string, id: number): number => (synthetic[id] > 0 ? (real.get(label) ?? synthetic[id]) : 1);
  return { real: labels.map(share), synthetic: synthetic.map((of) => (of > 0 ? of : 1)) };
}

function rank(columns: TableColumns): void {
  const order = sortRows(columns, { column: 'weight', descending: true });
  for (let i = 0; i < order.length && !Number.isNaN(columns.weight[order[i]]); i++) columns.rank[order[i]] = i + 1;
}

function warningsOf(columns: TableColumns, summary: TableSummary, realCounts: readonly number[]): string[] {
  const { labels, size, labelId, marks, weight } = columns;
  let weighted = 0;
  const synthetic = new Int32Array(size);
  let trained = 0;
  for (let row = 0; row < size; row++) {
    if ((marks[row] & markBits.removed) !== 0 || labelId[row] < 0) continue;
    synthetic[trained++] = labelId[row];
    if (!Number.isNaN(weight[row])) weighted++;
  }
  const warnings = essWarnings(summary.ess, weighted);
  const real = realCounts.reduce((sum, count) => sum + count, 0);
  if (real > 0) {
    const realLabels = Int32Array.from({ length: real });
    let at = 0;
    realCounts.forEach((count, id) => {
      realLabels.fill(id, at, (at += count));
    });
    warnings.push(...dataWarnings({ labelNames: labels, realLabels, syntheticLabels: synthetic.subarray(0, trained) }));
  }
  return warnings.map(({ message }) => message);
}
