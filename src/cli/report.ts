/** What the command line prints for people: tables, a histogram, numbers. Pure: results in, text out. */
import { roundShares } from '../core/format.ts';
import { say } from '../core/table/sentence.ts';
import { learningCurveAdvice } from '../core/weighting/learningCurve.ts';
import type { Sureness } from '../core/weighting/sureness.ts';
import type { ScoreResult } from '../jobs/scoreJob.ts';
import type { RankedRow } from '../jobs/scoring.ts';
import type { SetMetrics, TrainResult } from '../jobs/trainJob.ts';

/** How wide a terminal is taken to be where it does not say. */
export const defaultWidth = 120;

export interface ReportOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows in each part of the table. */
  readonly show: number;
}

/** The report of `score`. */
export function scoreReport(result: ScoreResult, { width, show }: ReportOptions): string {
  const { ranked } = result;
  const flagged = [...ranked]
    .filter(({ verdict }) => verdict === 'misaligned')
    .sort((a, b) => a.quality - b.quality || a.line - b.line);
  const lightest = [...ranked].reverse();
  const parts = [
    `${count(result.scored, 'row')} scored, ${count(result.errors, 'row')} left out · ${result.method.toUpperCase()}, effort ${result.effort} · seed and settings in run.json`,
    ...tablePart('Highest weights', ranked.slice(0, show), width),
    ...tablePart('Lowest weights', lightest.slice(0, show), width),
    ...tablePart(
      `Probably wrong labels (${String(Math.min(show, flagged.length))} of ${String(flagged.length)})`,
      flagged.slice(0, show),
      width,
      true,
    ),
    section('Log weights (natural logarithm)'),
    histogram(
      ranked.map(({ logWeight }) => logWeight),
      Math.min(width, 100),
    ),
    section('Verdicts'),
    Object.entries(result.verdicts)
      .map(([verdict, rows]) => `  ${verdict.padEnd(12)} ${String(rows).padStart(7)}`)
      .join('\n'),
    section('Labels'),
    table(['label', 'Σ weight', 'share of it', 'real share', 'synthetic share'], labelCells(result.perLabel)),
    '',
    `Effective sample size ${fixed(result.ess, 1)} of ${String(result.scored)} rows`,
    `Quality checker: ${qualityLine(result)}`,
    ...surenessLines(result.sureness),
    ...warningLines(result.warnings),
    '',
    `Run: ${result.folder}`,
  ];
  return parts.join('\n');
}

/** Label, sum of weights and shares, each column of which adds to 100 %. */
function labelCells(perLabel: ScoreResult['perLabel']): string[][] {
  const column = (share: (label: ScoreResult['perLabel'][number]) => number): string[] =>
    roundShares(perLabel.map(share), 1).map((rounded) => percent(rounded));
  const weight = column((label) => label.shareOfWeights);
  const real = column((label) => label.realShare);
  const synthetic = column((label) => label.syntheticShare);
  return perLabel.map(({ label, sumOfWeights }, i) => [
    ...[label, fixed(sumOfWeights, 1)],
    ...[weight[i], real[i], synthetic[i]],
  ]);
}

function realText({ trained, trainedReal }: TrainResult): string {
  return trainedReal === 0 || trainedReal === trained ? '' : `, ${String(trainedReal)} of them real`;
}

/** The report of `train`. */
export function trainReport(result: TrainResult): string {
  const epochs = result.epochs.map(({ epoch, trainLoss, evaluation }) => [
    `${String(epoch)}${epoch === result.bestEpoch ? ' *' : ''}`,
    fixed(trainLoss, 4),
    ...(evaluation === undefined
      ? []
      : [
          fixed(evaluation.metrics['logLoss'], 4),
          percent(evaluation.metrics['accuracy'], 2),
          percent(evaluation.metrics['macroF1'], 2),
        ]),
  ]);
  const chosen = result.bestEpoch === undefined ? [] : ['  * chosen by the dev rows'];
  return [
    `${result.loss}: ${count(result.trained, 'row')} trained on${realText(result)}, ${count(result.errors, 'row')} of the synthetic file left out`,
    section('Epochs'),
    table(['epoch', 'train loss', ...(result.dev ? ['dev log-loss', 'dev accuracy', 'dev macro-F1'] : [])], epochs),
    ...chosen,
    ...(result.ess === undefined
      ? []
      : ['', `Effective sample size ${fixed(result.ess, 1)} of ${String(result.trained)} rows`]),
    ...(result.test ? [section('Test'), metricsTable(result.test)] : []),
    ...leftOutLines(result),
    ...warningLines(result.warnings),
    '',
    `Model: ${result.model}`,
  ].join('\n');
}

/** What the test numbers leave out, and what they would be otherwise. */
function leftOutLines({ test, testAll }: TrainResult): string[] {
  if (testAll === undefined) return [];
  const left = testAll.rows - (test?.rows ?? 0);
  const are = left === 1 ? 'it is a copy of a training row' : 'they are copies of training rows';
  return [
    `  ${count(left, 'row')} left out: ${are}. With ${left === 1 ? 'it' : 'them'}: accuracy ${percent(testAll.accuracy, 2)}, macro-F1 ${percent(testAll.macroF1, 2)} on ${count(testAll.rows, 'row')}`,
  ];
}

/** Accuracy, macro-F1 and what they are made of. */
export function metricsTable({ rows, accuracy, macroF1, logLoss, perClass }: SetMetrics): string {
  return [
    table(
      ['label', 'precision', 'recall', 'F1', 'rows'],
      Object.entries(perClass).map(([label, of]) => [
        label,
        percent(of.precision),
        percent(of.recall),
        percent(of.f1),
        String(of.support),
      ]),
    ),
    '',
    `  accuracy ${percent(accuracy, 2)}, macro-F1 ${percent(macroF1, 2)}, log-loss ${fixed(logLoss, 4)} on ${count(rows, 'row')}`,
  ].join('\n');
}

/**
 * Counts in bins of equal width, as horizontal bars. The outermost bins hold what lies beyond: a few extreme values must
 * not press all others into one bar.
 */
export function histogram(values: readonly number[], width: number, bins = 15): string {
  if (values.length === 0) return '  no rows';
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))];
  let [low, high] = [at(0.01), at(0.99)];
  if (high - low < 1e-6) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - low) / step)))]++;
  const most = Math.max(...counts);
  const room = Math.max(10, width - 32);
  return counts
    .map((rows, bin) => {
      const bar = '█'.repeat(Math.round((rows / most) * room));
      const from = (low + bin * step).toFixed(2).padStart(7);
      const to = (low + (bin + 1) * step).toFixed(2).padStart(7);
      return `  ${from} … ${to}  ${String(rows).padStart(6)}  ${bar}`.trimEnd();
    })
    .join('\n');
}

/** Warnings as lines of their own, with a blank line before; none where there are none. */
export function warningLines(warnings: readonly string[]): string[] {
  return warnings.length === 0 ? [] : [section('Warnings'), ...warnings.map((warning) => `  ! ${warning}`)];
}

function tablePart(title: string, rows: readonly RankedRow[], width: number, reasons = false): string[] {
  if (rows.length === 0) return [];
  const sure = rows.some(({ weightLow }) => weightLow !== undefined);
  const cells = rows.map((row) => [
    String(row.line),
    weightText(row.weight, 3),
    ...(sure ? [intervalText(row)] : []),
    // A checker that leans to another label without being sure is no advice to relabel.
    row.verdict === 'misaligned' ? `${row.label} → ${row.suggested}` : row.label,
    row.quality.toFixed(3),
    row.diversity.toFixed(3),
    row.verdict,
  ]);
  const head = ['line', 'weight', ...(sure ? ['95 % interval'] : []), 'label', "P̂'", 'Q̂', 'verdict'];
  const widths = widthsOf([head, ...cells]);
  const used = widths.reduce((sum, w) => sum + w + 2, 2);
  const room = Math.max(20, width - used);
  const lines = cells.map((row, i) => `  ${joinCells(row, widths)}  ${cut(oneLine(rows[i].text), room)}`);
  const withReasons = reasons ? lines.flatMap((line, i) => [line, `      ${rows[i].reason}`]) : lines;
  return [section(title), `  ${joinCells(head, widths)}  text`, ...withReasons];
}

function weightText(weight: number, digits: number): string {
  return weight < 0.001 && weight > 0 ? weight.toExponential(1) : weight.toPrecision(digits);
}

function intervalText({ weightLow, weightHigh }: RankedRow): string {
  return weightLow === undefined || weightHigh === undefined
    ? '–'
    : `${weightText(weightLow, 2)} … ${weightText(weightHigh, 2)}`;
}

/** Cells in columns, as wide as their widest. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf([head, ...rows]);
  return [head, ...rows].map((row) => `  ${joinCells(row, widths)}`.trimEnd()).join('\n');
}

function joinCells(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, i) => pad(cell, widths[i])).join('  ');
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => columnsOf(row[i] ?? ''))));
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}

/** Columns of a terminal that a text takes: a combining mark none, a wide character two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue;
    columns += wide.test(character) ? 2 : 1;
  }
  return columns;
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;

/** A text without what would break the line or move the cursor. */
export function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/\p{Cc}/gu, '�');
}

/** At most so many columns, with an ellipsis where something was cut. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let shown = '';
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

function qualityLine({ quality, metrics }: ScoreResult): string {
  const kinds = {
    'fine-tuned': 'fine-tuned encoder',
    probe: 'logistic regression on embeddings',
    'tf-idf': 'logistic regression on TF-IDF',
  };
  const inSample = (metrics['quality'] as { outOfFold?: boolean } | undefined)?.outOfFold === false;
  return `${kinds[quality.kind]}, accuracy ${percent(quality.accuracy)}, log-loss ${fixed(quality.logLoss, 3)}, calibration error ${fixed(quality.eceBefore, 3)} → ${fixed(quality.eceAfter, 3)}${inSample ? ' (on the rows it was trained on)' : ' on real rows it was not trained on'}`;
}

/** What is known of the diversity checker's probabilities, of the intervals, and of what more real rows would bring. */
function surenessLines({ diversity, learningCurve, interval }: Sureness): string[] {
  const lines: string[] = [];
  if (diversity !== undefined) {
    const where = diversity.outOfFold ? 'on synthetic rows it was not trained on' : '(on the rows it was trained on)';
    lines.push(
      `Diversity checker: calibration error ${fixed(diversity.before.ece, 3)} → ${fixed(diversity.after.ece, 3)}, temperature ${fixed(diversity.temperature, 2)} ${where}`,
    );
  }
  lines.push(
    interval === undefined
      ? 'Intervals of the weights: none, since one quality checker alone does not show how sure it is'
      : `Intervals of the weights: ${percent(interval.level, 0)}, from ${String(interval.models)} fold models of the quality checker`,
  );
  if (learningCurve !== undefined && learningCurve.points.length > 0) {
    const { points } = learningCurve;
    const f1 = points.map(({ macroF1 }) => percent(macroF1)).join(', ');
    const of = points.map(({ rows }) => String(rows)).join(', ');
    lines.push(`Learning curve: macro-F1 ${f1} with ${of} real rows. ${say(learningCurveAdvice(learningCurve))}`);
  }
  return lines;
}

function section(title: string): string {
  return `\n${title}`;
}

function count(n: number, what: string): string {
  return `${String(n)} ${what}${n === 1 ? '' : 's'}`;
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

function percent(share: number | undefined, digits = 1): string {
  return share === undefined || !Number.isFinite(share) ? '–' : `${(100 * share).toFixed(digits)} %`;
}
