/** What `diff` prints for people. Pure: results in, text out. */
import { describeDifference } from '../core/runs/diffPlans.ts';
import type { LoneRow, RowChange } from '../core/runs/diffScores.ts';
import type { RunsDiff, WithText } from '../jobs/diffRuns.ts';
import { cut, oneLine, table } from './report.ts';

/** The report of `diff`. @param width Columns of the terminal. */
export function diffReport(
  diff: RunsDiff,
  folders: { readonly before: string; readonly after: string },
  width: number,
): string {
  const { matched, changed, meanChange, causes } = diff.scores;
  const moved = Object.entries(causes).filter(([, rows]) => rows > 0);
  return [
    `A: ${folders.before} (${diff.before.created})`,
    `B: ${folders.after} (${diff.after.created})`,
    '',
    'What went into them and differs (A → B)',
    ...(diff.differences.length === 0
      ? [`  nothing: the same data, settings, seed, encoder, device and versions`]
      : diff.differences.map((difference) => `  ${describeDifference(difference)}`)),
    '',
    `Rows in both: ${String(matched)}; ${String(changed)} with another weight, |Δ log w| ${meanChange.toPrecision(3)} on average`,
    ...(moved.length === 0
      ? []
      : [`  moved most by: ${moved.map(([cause, rows]) => `${cause} (${String(rows)} rows)`).join(', ')}`]),
    ...unexplained(diff),
    ...changePart(diff.top, changed, width),
    ...lonePart('Only in A', diff.onlyBefore, width),
    ...lonePart('Only in B', diff.onlyAfter, width),
    ...diff.notices.map((notice) => `\n! ${notice}`),
  ].join('\n');
}

/** The same inputs must give the same weights; where they do not, that is the news. */
function unexplained({ differences, scores }: RunsDiff): string[] {
  if (differences.length > 0 || scores.changed === 0) return [];
  return [
    '  ! Nothing that went in differs, yet weights do: a file of a run was edited, or this is a defect of Counterweight.',
  ];
}

function changePart(top: readonly (RowChange & WithText)[], changed: number, width: number): string[] {
  if (top.length === 0) return [];
  const arrow = (a: string, b: string): string => (a === b ? a : `${a} → ${b}`);
  const head = ['line', 'weight', 'factor', "P̂'", 'Q̂', 'label', 'moved by'];
  const cells = top.map(({ before, after, change, cause }) => [
    arrow(String(before.line), String(after.line)),
    `${weight(before.logWeight)} → ${weight(after.logWeight)}`,
    `× ${Math.exp(change).toPrecision(2)}`,
    `${before.quality.toFixed(3)} → ${after.quality.toFixed(3)}`,
    `${before.diversity.toFixed(3)} → ${after.diversity.toFixed(3)}`,
    arrow(before.label, after.label),
    cause,
  ]);
  const [first, ...lines] = table(head, cells).split('\n');
  const room = Math.max(20, width - 6);
  return [
    `\nLargest changes (${String(top.length)} of ${String(changed)})`,
    first,
    ...lines.flatMap((line, i) => textLines(line, top[i], room)),
  ];
}

function lonePart(title: string, { rows, shown }: RunsDiff['onlyBefore'], width: number): string[] {
  if (rows === 0) return [];
  const lines = shown.map((row: LoneRow & WithText) => {
    const why = row.unscored === undefined ? '' : ` (the other run left it out: ${row.unscored})`;
    const text = row.text === undefined ? '' : `: ${oneLine(row.text)}`;
    return cut(`  line ${String(row.line)}${why}${text}`, width);
  });
  const more = rows > shown.length ? [`  … and ${String(rows - shown.length)} more`] : [];
  return [`\n${title}: ${String(rows)} ${rows === 1 ? 'row' : 'rows'}`, ...lines, ...more];
}

function textLines(line: string, { text }: WithText, room: number): string[] {
  return text === undefined ? [line] : [line, `      ${cut(oneLine(text), room)}`];
}

function weight(logWeight: number): string {
  const w = Math.exp(logWeight);
  return w > 0 && w < 0.001 ? w.toExponential(1) : w.toPrecision(3);
}
