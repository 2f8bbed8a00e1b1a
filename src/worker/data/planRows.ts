/** What an action would change: edits of the file's text, or decisions about rows. Nothing is changed here. */
import { UserError } from '../../base/errors.ts';
import { quote, quoteList } from '../../core/dataset/quote.ts';
import type { LabelField } from '../../core/dataset/parseRow.ts';
import type { RowActionId } from '../../core/table/actions.ts';
import { markBits } from '../../core/table/table.ts';
import type { Verdict } from '../../core/weighting/verdicts.ts';
import type { EditPlan, LineEdit, RowDecision, Target, WeightControls } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';
import { checkRow } from './detailsOfRow.ts';
import { rowsToMark } from './flagsOfRows.ts';
import { bytesOfRows, forEachRow } from './rowBytes.ts';
import { textHashOf } from './rowIndex.ts';
import { cut } from './rowViews.ts';
import type { Views } from './views.ts';
import { verdicts, type WeighedRows } from './weighedRows.ts';
import { labelWriter } from './writeLabel.ts';

export interface PlanRequest {
  readonly action: RowActionId;
  readonly target: Target;
  readonly label?: string;
  readonly controls: WeightControls;
}

/** Changes that are shown before a bulk edit. */
const mostSamples = 5;
/** Of a line in a sample, in UTF-16 code units. */
const sampleLength = 160;

/** Plans an action. @throws UserError where the label is none of the data. */
export async function planRows(state: DatasetState, views: Views, request: PlanRequest): Promise<EditPlan> {
  const weighed = await state.weighed(request.controls);
  const wanted = rowsOf(state, views, weighed, request.target);
  const plan = new Plan(state, weighed, request.action);
  if ('verdict' in request.target) plan.skip('kept', keptOf(weighed, request.target.verdict));
  switch (request.action) {
    case 'relabel':
    case 'relabelTo':
      await planRelabel(plan, wanted, request);
      break;
    case 'remove':
      await planRemove(plan, wanted);
      break;
    case 'keep':
      await planKeep(plan, wanted);
      break;
    case 'clear':
      await planClear(plan, wanted);
      break;
    case 'open':
    case 'copyText':
    case 'copyJson':
    case 'similar':
      throw new RangeError(`the action ${request.action} changes nothing`);
  }
  return plan.finish();
}

/** The rows of a target, ascending, each once. */
function rowsOf(state: DatasetState, views: Views, weighed: WeighedRows, target: Target): Int32Array {
  if ('verdict' in target) return rowsToMark(weighed, target.verdict).slice();
  if ('view' in target) return views.get(state, target.view).order.slice().sort();
  for (const row of target.rows) checkRow(state, row);
  return Int32Array.from(new Set(target.rows)).sort();
}

/** Rows of a verdict that are left alone because they are kept. */
function keptOf({ columns }: WeighedRows, verdict: Verdict): number {
  const id = verdicts.indexOf(verdict);
  let kept = 0;
  for (let row = 0; row < columns.size; row++) {
    if (columns.verdictId[row] === id && (columns.marks[row] & markBits.kept) !== 0) kept++;
  }
  return kept;
}

/** Gathers what changes. */
class Plan {
  readonly edits: LineEdit[] = [];
  readonly decisions: RowDecision[] = [];
  /** What stands before each of `decisions`. */
  readonly restore: RowDecision[] = [];
  readonly #counts = new Map<string, number>();
  readonly #skipped = new Map<SkipReason, number>();
  readonly samples: { row: number; before: string; after: string }[] = [];
  #rows = 0;

  constructor(
    readonly state: DatasetState,
    readonly weighed: WeighedRows,
    readonly action: RowActionId,
  ) {}

  /** One row changes. @param what The kind of change, e.g. "positive → negative". */
  count(what: string): void {
    this.#rows++;
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  get wantsSample(): boolean {
    return this.samples.length < mostSamples;
  }

  /** Some rows stay as they are. */
  skip(why: SkipReason, rows = 1): void {
    if (rows > 0) this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + rows);
  }

  decide(row: number, action: RowDecision['action'], label?: string): void {
    const { rows } = this.state;
    const identity = { textHash: textHashOf(rows, row), occurrence: rows.occurrence[row] };
    this.decisions.push(label === undefined ? { ...identity, action } : { ...identity, action, label });
    const before = this.#standing(row);
    this.restore.push(
      before?.action === 'relabel'
        ? { ...identity, action: 'relabel', label: before.label }
        : { ...identity, action: before?.action ?? 'clear' },
    );
  }

  /** What was decided about a row. */
  decided(row: number): RowDecision['action'] | undefined {
    return this.#standing(row)?.action;
  }

  #standing(row: number): DatasetState['shown']['decided'][number] | undefined {
    const { decisionOf, decided } = this.state.shown;
    const decision = decisionOf?.[row] ?? -1;
    return decision < 0 ? undefined : decided[decision];
  }

  labelOf(row: number): string {
    return this.state.shown.labels[this.state.shown.labelId[row]] ?? '';
  }

  /** The label in the file, whatever was decided. */
  fileLabelOf(row: number): string {
    const { rows } = this.state;
    return rows.labels[rows.fileLabelId[row]] ?? '';
  }

  finish(): EditPlan {
    const { action, edits, decisions, restore, state } = this;
    const counts = [...this.#counts].map(([what, rows]) => ({ what, rows })).sort((a, b) => b.rows - a.rows);
    return {
      ...{ action, rows: this.#rows, counts, edits, decisions, restore, version: state.version },
      skipped: [...this.#skipped].map(([why, rows]) => describeSkipped(why, rows)),
      samples: this.samples.map(({ row, before, after }) => ({ line: state.rows.line[row], before, after })),
    };
  }
}

type SkipReason = 'no suggestion' | 'has label' | 'cannot write' | 'kept' | 'removed' | 'undecided';

function describeSkipped(why: SkipReason, rows: number): string {
  const one = rows === 1;
  const n = one ? '1 row' : `${rows.toLocaleString('en-US')} rows`;
  switch (why) {
    case 'no suggestion':
      return `${n} ${one ? 'has' : 'have'} no suggestion`;
    case 'has label':
      return `${n} ${one ? 'has' : 'have'} the label already`;
    case 'cannot write':
      return `${n} cannot hold the label: the label map reads every way to write it as another one`;
    case 'kept':
      return `${n} ${one ? 'is' : 'are'} kept`;
    case 'removed':
      return `${n} ${one ? 'is' : 'are'} removed already`;
    case 'undecided':
      return `nothing was decided about ${n}`;
  }
}

async function planRelabel(plan: Plan, wanted: Int32Array, { action, label }: PlanRequest): Promise<void> {
  const { state, weighed } = plan;
  if (action === 'relabelTo' && label === undefined) throw new RangeError('relabelTo needs a label');
  if (label !== undefined) checkLabel(state, label);
  const { columns } = weighed;
  const next = new Map<number, string>();
  for (const row of wanted) {
    const to = label ?? columns.labels[columns.suggestedId[row]];
    if (to === undefined) plan.skip('no suggestion');
    else if (to === plan.labelOf(row)) plan.skip('has label');
    else next.set(row, to);
  }
  const write = labelWriter(state.text.format, state.rows);
  await forEachChange(plan, Int32Array.from(next.keys()), (row, bytes) => {
    const to = next.get(row) ?? '';
    const from = plan.labelOf(row);
    const { label: field, parsed } = state.text.format.parse(bytes, state.rows.line[row]);
    if (field === undefined) throw new Error('a row without label cannot be relabelled');
    const json = write(to, field.labelKind);
    if (json === undefined) {
      plan.skip('cannot write');
      return;
    }
    const inFile = to === plan.fileLabelOf(row);
    if (!state.editable) plan.decide(row, inFile ? 'clear' : 'relabel', inFile ? undefined : to);
    else {
      if (!inFile) plan.edits.push({ line: state.rows.line[row] - 1, start: field.start, end: field.end, text: json });
      // The file is to have the last word: these would go over it.
      if (plan.decided(row) === 'relabel' || plan.decided(row) === 'remove') plan.decide(row, 'clear');
    }
    plan.count(`${from} → ${to}`);
    if (plan.wantsSample) plan.samples.push({ row, ...relabelSample(parsed.source, field, json) });
  });
}

async function planRemove(plan: Plan, wanted: Int32Array): Promise<void> {
  const { state } = plan;
  const { line } = state.rows;
  const going = wanted.filter((row) => {
    if (state.editable || plan.decided(row) !== 'remove') return true;
    plan.skip('removed');
    return false;
  });
  let run: { line: number; endLine: number } | undefined;
  for (const row of going) {
    plan.count(plan.labelOf(row));
    if (!state.editable) {
      plan.decide(row, 'remove');
      continue;
    }
    if (run?.endLine === line[row] - 1) run.endLine++;
    else plan.edits.push((run = { line: line[row] - 1, endLine: line[row] }));
  }
  await sample(plan, going, (source) => ({ before: excerpt(source, 0), after: '' }));
}

async function planKeep(plan: Plan, wanted: Int32Array): Promise<void> {
  const going = wanted.filter((row) => {
    if (plan.decided(row) !== 'keep') return true;
    plan.skip('kept');
    return false;
  });
  for (const row of going) {
    plan.count(plan.fileLabelOf(row));
    plan.decide(row, 'keep');
  }
  await sample(plan, going, same);
}

async function planClear(plan: Plan, wanted: Int32Array): Promise<void> {
  const going = wanted.filter((row) => {
    if (plan.decided(row) !== undefined) return true;
    plan.skip('undecided');
    return false;
  });
  for (const row of going) {
    plan.count({ keep: 'kept', relabel: 'relabelled', remove: 'removed', clear: '' }[plan.decided(row) ?? 'clear']);
    plan.decide(row, 'clear');
  }
  await sample(plan, going, same);
}

/** Calls `change` with the line of each row, ascending. */
async function forEachChange(
  { state }: Plan,
  wanted: Int32Array,
  change: (row: number, bytes: Buffer) => undefined,
): Promise<void> {
  if (wanted.length > 0) await forEachRow(state.text, state.rows, change, { wanted });
}

async function sample(
  plan: Plan,
  going: Int32Array,
  describe: (source: string) => { before: string; after: string },
): Promise<void> {
  const rows = going.subarray(0, mostSamples);
  const bytes = await bytesOfRows(plan.state.text, plan.state.rows, rows);
  bytes.forEach((line, i) => {
    plan.samples.push({ row: rows[i], ...describe(line.toString('utf8')) });
  });
}

/** @throws UserError where a label is none that a row may have. */
function checkLabel({ real, text }: DatasetState, label: string): void {
  if (label.trim() === '') throw new UserError('A label must not be empty.');
  if (real === undefined || real.rows.labels.includes(label)) return;
  const { name } = real.text.options;
  throw new UserError(
    `The label ${quote(label)} is not one of the real data; ${name} has ${quoteList(text.options.known ?? [])}.`,
  );
}

/** The line around the label, before and after. */
function relabelSample(source: string, { start, end }: LabelField, json: string): { before: string; after: string } {
  const from = Math.max(0, Math.min(start - sampleLength / 2, source.length - sampleLength));
  const after = source.slice(0, start) + json + source.slice(end);
  return { before: excerpt(source, from), after: excerpt(after, from) };
}

function same(source: string): { before: string; after: string } {
  return { before: excerpt(source, 0), after: excerpt(source, 0) };
}

function excerpt(source: string, from: number): string {
  const first = source.charCodeAt(from);
  if (first >= 0xdc00 && first <= 0xdfff) from++;
  const part = cut(source.slice(from), sampleLength);
  return `${from > 0 ? '…' : ''}${part}${from + part.length < source.length ? '…' : ''}`;
}
