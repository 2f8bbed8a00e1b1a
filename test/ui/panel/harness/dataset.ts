/** Generated rows: any number of them from cheap formulas, hostile ones among them, and what the data worker would say. */
import { quantile } from '../../../../src/core/metrics/intervals.ts';
import { parseFilter } from '../../../../src/core/table/filter.ts';
import { runQuery, sortRows } from '../../../../src/core/table/query.ts';
import { summarise } from '../../../../src/core/table/summary.ts';
import { markBits, marksOf, type TableColumns } from '../../../../src/core/table/table.ts';
import { explainRow, type Verdict } from '../../../../src/core/weighting/verdicts.ts';
import {
  rowTextLength,
  type Neighbour,
  type Query,
  type QueryResult,
  type RowDetails,
  type RowView,
  type WeightControls,
} from '../../../../src/protocol/data.ts';

const verdicts: readonly Verdict[] = ['misaligned', 'redundant', 'unsure', 'informative', 'ok'];

/** Rows that try to be more than text; each would run `window.hostile()` or spoil the page if it were taken for markup. */
export const hostileTexts: readonly string[] = [
  '</script><script>window.hostile()</script><img src=x onerror="window.hostile()">',
  '\u202egnihtemos si siht\u202c then left to right again, and a \u0000 null, a \u001b escape, a \u0007 bell',
  '"><svg onload=window.hostile()><iframe srcdoc="<script>parent.hostile()</script>"></iframe>',
  'שלום עולם, this row begins right to left and ends left to right مرحبا بالعالم',
  'javascript:window.hostile() {{constructor.constructor("window.hostile()")()}} ${window.hostile()} __proto__',
  `one word without an end ${'x'.repeat(5000)}`,
  '\ud83d\ude80\u200d\ud83d\udc69 zero\u200bwidth \ufeff BOM lone \ud800 surrogate',
];

const subjects = [
  'Your account',
  'The quarterly report',
  'A cheap watch',
  'Our holiday plan',
  'The new kernel patch',
  'Dear friend',
];
const verbs = ['needs attention before', 'arrived together with', 'was discussed at', 'cannot wait for', 'depends on'];
const objects = [
  'the end of the week',
  'a free refund offer',
  'the meeting on Monday',
  'the mailing list',
  'confirming your password',
  'a box of old photographs',
];
const endings = [
  'Please answer soon.',
  'No action is needed.',
  'Click the link to claim your prize.',
  'See you there.',
  'The details are below.',
];

/** A number of 0 to 1 that depends on both arguments only. */
function hash(n: number, salt: number): number {
  let h = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

function pick(words: readonly string[], n: number, salt: number): string {
  return words[Math.floor(hash(n, salt) * words.length)];
}

export interface DatasetOptions {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly hostile: boolean;
  readonly pairs: boolean;
  /** Whether weights of standard scores have intervals. */
  readonly intervals: boolean;
}

/** Columns and answers of one dataset. */
export class FakeDataset {
  readonly #options: DatasetOptions;
  /** Which generated row each row is: rows can be removed. */
  #source: Int32Array;
  /** Labels as changed by hand, by generated row; −1: as generated. */
  #relabelled = new Map<number, number>();
  #decided = new Map<number, number>();
  #effort: 'none' | 'preview' | 'standard' = 'none';
  #columns: TableColumns | undefined;
  #columnsFor = '';
  /** From a weight that nothing bounds to the one that is shown, for the columns. */
  #finish: (raw: number, label: number) => number = (raw) => raw;
  #order: Int32Array = new Int32Array(0);
  #view = 0;

  constructor(options: DatasetOptions) {
    this.#options = options;
    this.#source = Int32Array.from({ length: options.rows }, (_, row) => row);
  }

  get rows(): number {
    return this.#source.length;
  }

  set effort(effort: 'none' | 'preview' | 'standard') {
    this.#effort = effort;
    this.#columns = undefined;
  }

  text(row: number): string {
    const source = this.#source[row];
    // Hostile rows stand among the first, one in five.
    if (this.#options.hostile && source % 5 === 2 && Math.floor(source / 5) < hostileTexts.length) {
      return hostileTexts[Math.floor(source / 5)];
    }
    return `${pick(subjects, source, 1)} ${pick(verbs, source, 2)} ${pick(objects, source, 3)}. ${pick(endings, source, 4)} (${String(source + 1)})`;
  }

  #pair(row: number): string | undefined {
    return this.#options.pairs ? `${pick(objects, this.#source[row], 9)}, or so it seems` : undefined;
  }

  #quality(source: number): number {
    const salt = this.#effort === 'preview' ? 11 : 12;
    const shared = hash(source, 10);
    const own = hash(source, salt);
    const mixed = this.#effort === 'preview' ? 0.6 * shared + 0.4 * own : 0.9 * shared + 0.1 * own;
    return Math.min(0.995, Math.max(0.004, 1 - (1 - mixed) ** 2));
  }

  #diversity(source: number): number {
    return Math.min(0.99, 0.25 + 0.75 * hash(source, 13));
  }

  #labelOf(source: number): number {
    return this.#relabelled.get(source) ?? Math.floor(hash(source, 5) ** 1.3 * this.#options.labels.length);
  }

  /** P̂' of the row's label: a relabelled row has what is left by the label it had. */
  #ownQuality(source: number): number {
    const quality = this.#quality(source);
    return this.#relabelled.has(source) ? 1 - quality : quality;
  }

  #suggestion(source: number): number {
    const label = Math.floor(hash(source, 5) ** 1.3 * this.#options.labels.length);
    return this.#relabelled.has(source) || this.#quality(source) >= 0.5
      ? -1
      : (label + 1) % this.#options.labels.length;
  }

  /** The columns under these settings; made again only where something changed. */
  columns(controls: WeightControls): TableColumns {
    const key = JSON.stringify(controls);
    if (this.#columns !== undefined && this.#columnsFor === key) return this.#columns;
    const size = this.rows;
    const scored = this.#effort !== 'none';
    const columns = {
      size,
      labels: this.#options.labels,
      verdicts,
      line: Int32Array.from(this.#source, (_, row) => row + 1),
      labelId: new Int32Array(size),
      suggestedId: new Int32Array(size).fill(-1),
      weight: new Float32Array(size).fill(NaN),
      weightLow: new Float32Array(size).fill(NaN),
      quality: new Float32Array(size).fill(NaN),
      diversity: new Float32Array(size).fill(NaN),
      verdictId: new Int8Array(size).fill(-1),
      marks: new Uint8Array(size),
      rank: new Int32Array(size),
    };
    for (let row = 0; row < size; row++) {
      const source = this.#source[row];
      columns.labelId[row] = this.#labelOf(source);
      columns.marks[row] = (this.#decided.get(source) ?? 0) | (this.#relabelled.has(source) ? markBits.relabelled : 0);
    }
    const finish = this.#finisher(columns.labelId, controls);
    this.#finish = finish;
    for (let row = 0; scored && row < size; row++) {
      const source = this.#source[row];
      const quality = this.#ownQuality(source);
      const diversity = this.#diversity(source);
      columns.quality[row] = quality;
      columns.diversity[row] = diversity;
      columns.weight[row] = finish(this.#raw(source, controls), columns.labelId[row]);
      columns.weightLow[row] = finish(this.#end(source, -1, controls), columns.labelId[row]);
      columns.suggestedId[row] = this.#suggestion(source);
      columns.verdictId[row] = verdicts.indexOf(
        quality < controls.misalignedBelow && columns.suggestedId[row] >= 0
          ? 'misaligned'
          : hash(source, 14) < 0.12
            ? 'redundant'
            : Math.abs(quality - 0.5) < 0.04
              ? 'unsure'
              : columns.weight[row] > 1.3
                ? 'informative'
                : 'ok',
      );
    }
    if (scored) {
      const order = sortRows(columns, { column: 'weight', descending: true });
      order.forEach((row, at) => {
        columns.rank[row] = at + 1;
      });
    }
    this.#columns = columns;
    this.#columnsFor = key;
    return columns;
  }

  /** The weight of a row before anything bounds it. */
  #raw(source: number, { gamma }: WeightControls): number {
    return (this.#ownQuality(source) / this.#diversity(source)) ** gamma;
  }

  /** What makes weights of such numbers: label shares, largest weight, cap and mean, as the settings have them. */
  #finisher(labelId: Int32Array, controls: WeightControls): (raw: number, label: number) => number {
    const { clipMax, truncateQuantile, selfNormalise, priorCorrection } = controls;
    const real = this.realRows();
    const realSum = real.reduce((sum, rows) => sum + rows, 0);
    const factors = real.map((rows, id) =>
      priorCorrection === true
        ? (rows * labelId.length) / (realSum * labelId.filter((label) => label === id).length)
        : 1,
    );
    const bounded = (raw: number, label: number): number => Math.min(raw * factors[label], clipMax);
    if (typeof truncateQuantile !== 'number' && selfNormalise !== true) return bounded;
    const all = Array.from(labelId, (label, row) => bounded(this.#raw(this.#source[row], controls), label));
    const cap =
      typeof truncateQuantile === 'number' ? Math.exp(quantile(all.map(Math.log), truncateQuantile)) : Infinity;
    const mean = selfNormalise === true ? all.reduce((sum, weight) => sum + Math.min(weight, cap), 0) / all.length : 1;
    return (raw, label) => Math.min(bounded(raw, label), cap) / mean;
  }

  /** Lower (−1) or upper (1) end of the weight's interval before clipping; NaN where there is none. */
  #end(source: number, side: -1 | 1, { gamma }: WeightControls): number {
    if (!this.#options.intervals || this.#effort !== 'standard') return NaN;
    const ratio = this.#ownQuality(source) / this.#diversity(source);
    return (ratio * Math.exp(side * (0.05 + 0.9 * hash(source, 15)))) ** gamma;
  }

  query(query: Omit<Query, 'path'>): QueryResult {
    const columns = this.columns(query.controls);
    const read = parseFilter(query.filter, { labels: this.#options.labels });
    const filter = 'filter' in read ? read.filter : { root: { kind: 'all' as const, of: [] }, terms: [] };
    const termHits = filter.terms.map((term) =>
      Uint8Array.from({ length: columns.size }, (_, row) => (this.text(row).toLowerCase().includes(term) ? 1 : 0)),
    );
    const result = runQuery(columns, { ...query, filter, termHits });
    this.#order = result.order;
    this.#view++;
    const { marked, ...summary } = summarise(columns, this.realRows());
    return {
      view: this.#view,
      count: result.order.length,
      total: columns.size,
      fault: 'fault' in read ? read.fault : undefined,
      histogram: result.histogram,
      verdicts: verdicts.map((verdict, id) => ({ verdict, rows: result.verdictCounts[id] })),
      labels: this.#options.labels.map((label, id) => ({ label, rows: result.labelCounts[id] })),
      summary: {
        ...summary,
        ...marked,
        warnings:
          this.#effort !== 'none' && summary.ess < 0.6 * summary.scored
            ? ['A few rows carry most of the weight: a lower gamma or a lower largest weight evens the weights out.']
            : [],
      },
    };
  }

  realRows(): number[] {
    return this.#options.labels.map((_, id) => Math.round(200 / (id + 1.6)));
  }

  rowsOf(view: number, from: number, count: number, controls: WeightControls): RowView[] {
    if (view !== this.#view) throw new Error('This order of rows was replaced.');
    const columns = this.columns(controls);
    return Array.from(this.#order.subarray(from, from + count), (row) => this.view(row, columns, controls));
  }

  place(view: number, row: number): number {
    if (view < 0) throw new Error('The rows have changed since this list was made; it has to be asked for again.');
    return view === this.#view ? this.#order.indexOf(row) : -1;
  }

  view(row: number, columns: TableColumns, controls: WeightControls): RowView {
    const number = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
    const weight = number(columns.weight[row]);
    return {
      row,
      line: columns.line[row],
      rank: columns.rank[row] === 0 ? undefined : columns.rank[row],
      label: columns.labels[columns.labelId[row]],
      suggested: columns.suggestedId[row] < 0 ? undefined : columns.labels[columns.suggestedId[row]],
      weight,
      logWeight: weight === undefined ? undefined : Math.log(weight),
      weightLow: number(columns.weightLow[row]),
      weightHigh: number(this.#finish(this.#end(this.#source[row], 1, controls), columns.labelId[row])),
      quality: number(columns.quality[row]),
      diversity: number(columns.diversity[row]),
      verdict: columns.verdictId[row] < 0 ? undefined : verdicts[columns.verdictId[row]],
      marks: marksOf(columns.marks[row]),
      text: this.text(row).slice(0, rowTextLength).replace(/\s/g, ' '),
      textPair: this.#pair(row),
    };
  }

  details(row: number, controls: WeightControls): RowDetails {
    const columns = this.columns(controls);
    const view = this.view(row, columns, controls);
    const { labels } = columns;
    const shares = (own: number, other: number): number[] =>
      labels.map((_, id) =>
        id === columns.labelId[row]
          ? own
          : (1 - own) * (labels.length === 2 ? 1 : id === other ? 0.8 : 0.2 / Math.max(1, labels.length - 2)),
      );
    const other = columns.suggestedId[row] < 0 ? (columns.labelId[row] + 1) % labels.length : columns.suggestedId[row];
    const scored = view.quality !== undefined && view.diversity !== undefined;
    const quality = scored ? shares(view.quality ?? 0, other) : [];
    const diversity = scored ? shares(view.diversity ?? 0, other) : [];
    const near = (source: 'real' | 'synthetic', count: number, from: number): Neighbour[] =>
      Array.from({ length: count }, (_, at) => {
        const to = Math.floor(hash(row + at * 7, from) * this.rows);
        return {
          source,
          line: source === 'real' ? 1 + Math.floor(hash(row + at, 21) * 200) : to + 1,
          row: source === 'synthetic' ? to : undefined,
          label: labels[Math.floor(hash(row + at, 22) * labels.length)],
          cosine: 0.95 - 0.09 * at - 0.05 * hash(row, 23),
          text: this.text(to).slice(0, rowTextLength),
        };
      });
    const copies = view.verdict === 'redundant' ? 3 : 0;
    return {
      view,
      text: `${this.text(row)}\n\nA second paragraph, as it stands in the file.`,
      textPair: this.#pair(row),
      truncated: false,
      json: JSON.stringify({ text: this.text(row), label: view.label }),
      probabilities: scored
        ? labels.map((label, id) => ({ label, quality: quality[id], diversity: diversity[id] }))
        : undefined,
      reason:
        view.verdict === undefined
          ? undefined
          : explainRow(
              {
                logP: quality.map(Math.log),
                label: columns.labelId[row],
                weight: view.weight ?? 0,
                diversity: view.diversity,
                nearDuplicates: copies,
                copyOf: copies === 0 ? undefined : 1,
                distanceToReal: 0.3,
              },
              { verdict: view.verdict, suggested: other },
              labels,
            ),
      nearestReal: near('real', 4, 20),
      nearCopies: near('synthetic', copies, 24),
      nearCopyCount: copies,
    };
  }

  similar(row: number, count: number): Neighbour[] {
    return Array.from({ length: Math.min(count, 6) }, (_, at) => {
      const to = (row + 1 + at * 13) % this.rows;
      return {
        source: 'synthetic',
        line: to + 1,
        row: to,
        label: this.#options.labels[this.#labelOf(this.#source[to])],
        cosine: 0.9 - 0.07 * at,
        text: this.text(to).slice(0, rowTextLength),
      };
    });
  }

  /** The rows of an order that was shown. */
  rowsOfView(view: number): number[] {
    return view === this.#view ? Array.from(this.#order) : [];
  }

  rowsWith(verdict: Verdict, controls: WeightControls): number[] {
    const { verdictId } = this.columns(controls);
    return Array.from(verdictId.keys()).filter((row) => verdicts[verdictId[row]] === verdict);
  }

  relabel(rows: readonly number[], label: string | undefined): number {
    let changed = 0;
    for (const row of rows) {
      const source = this.#source[row];
      const to = label === undefined ? this.#suggestion(source) : this.#options.labels.indexOf(label);
      if (to < 0) continue;
      this.#relabelled.set(source, to);
      changed++;
    }
    this.#columns = undefined;
    return changed;
  }

  keep(rows: readonly number[], bits: number): number {
    for (const row of rows) this.#decided.set(this.#source[row], bits);
    this.#columns = undefined;
    return rows.length;
  }

  /** Texts that changed since scoring. */
  setStale(rows: readonly number[], bit: number): void {
    for (const [source, bits] of this.#decided) this.#decided.set(source, bits & ~bit);
    for (const row of rows) this.#decided.set(this.#source[row], (this.#decided.get(this.#source[row]) ?? 0) | bit);
    this.#columns = undefined;
  }

  /** A line that somebody writes into the file. */
  insert(at: number): void {
    const source = [...this.#source];
    source.splice(at, 0, this.#options.rows + this.rows);
    this.#source = Int32Array.from(source);
    this.#columns = undefined;
  }

  remove(rows: readonly number[]): number {
    const gone = new Set(rows);
    this.#source = this.#source.filter((_, row) => !gone.has(row));
    this.#columns = undefined;
    return rows.length;
  }
}
