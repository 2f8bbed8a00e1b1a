/** The usable rows of a text as columns: what does not depend on scores and decisions. */
import { setImmediate as turn } from 'node:timers/promises';
import { sortLabels } from '../../core/dataset/labels.ts';
import { occurrenceCounter, type OccurrenceCounter } from './identityTable.ts';
import type { IndexedText } from './indexText.ts';
import { lineStatus, type LineTable } from './lineTable.ts';
import { hashText } from './rowFormat.ts';

/** One entry per usable row, 12 bytes beside those of its line, in file order. */
export interface RowIndex {
  readonly size: number;
  /** 1-based. */
  readonly line: Int32Array;
  /** The label in the file, by index in `labels`; −1 in a text without labels. */
  readonly fileLabelId: Int32Array;
  /** How many rows of the same text come before it. */
  readonly occurrence: Int32Array;
  /** The known labels, or those of the text, sorted. */
  readonly labels: readonly string[];
  /** Rows of each label. */
  readonly labelCounts: readonly number[];
  /** Rows of each spelling, by its id. */
  readonly spellingCounts: Int32Array;
  /** Lines that are left out. */
  readonly broken: number;
  /** Rows that repeat the exact text of an earlier row. */
  readonly copies: number;
  /** Where the text hashes stand: those of a row at its line. */
  readonly lines: LineTable;
}

const turnEvery = 1 << 18;

/** The rows of a text. */
export async function indexRows(text: IndexedText): Promise<RowIndex> {
  const { lines, format } = text;
  let [size, broken, withText] = [0, 0, 0];
  const spellingCounts = new Int32Array(format.spellings.all.length);
  for (let i = 0; i < lines.count; i++) {
    const status = lines.status[i];
    if (status === lineStatus.row) {
      size++;
      withText++;
      if (lines.token[i] >= 0) spellingCounts[lines.token[i]]++;
    } else if (status !== lineStatus.blank) {
      broken++;
      if (status === lineStatus.faultyLabel) withText++;
    }
    if (i % turnEvery === turnEvery - 1) await turn();
  }
  const spellings = format.spellings.all;
  const labels =
    text.options.known ?? sortLabels(spellings.filter((_, id) => spellingCounts[id] > 0).map((s) => s.label));
  const ids = new Map(labels.map((label, id) => [label, id]));
  const idOfSpelling = Int32Array.from(spellings, ({ label }) => ids.get(label) ?? -1);

  const line = new Int32Array(size);
  const fileLabelId = new Int32Array(size);
  const occurrence = new Int32Array(size);
  const labelCounts = new Array<number>(labels.length).fill(0);
  // Rows with a faulty label count among the copies of their text, so that mending the label changes no other row.
  const occurrences = occurrenceCounter(withText, lines.hashHigh, lines.hashLow);
  let row = 0;
  for (let i = 0; i < lines.count; i++) {
    const status = lines.status[i];
    if (status === lineStatus.faultyLabel) occurrences.count(i);
    else if (status === lineStatus.row) {
      line[row] = i + 1;
      const label = lines.token[i] < 0 ? -1 : idOfSpelling[lines.token[i]];
      fileLabelId[row] = label;
      if (label >= 0) labelCounts[label]++;
      occurrence[row] = occurrences.count(i);
      row++;
    }
    if (i % turnEvery === turnEvery - 1) await turn();
  }
  const found = { size, line, fileLabelId, occurrence, labels, labelCounts, spellingCounts, broken, lines };
  return { ...found, copies: withText === size ? countFrom(occurrence, 1) : countCopies(found) };
}

/** Counts the texts of usable rows. */
export function countTexts({ size, line, lines }: Pick<RowIndex, 'size' | 'line' | 'lines'>): OccurrenceCounter {
  const texts = occurrenceCounter(size, lines.hashHigh, lines.hashLow);
  for (let row = 0; row < size; row++) texts.count(line[row] - 1);
  return texts;
}

/** How many rows have a text that is among those counted. */
export async function rowsAmong({ size, line, lines }: RowIndex, texts: OccurrenceCounter): Promise<number> {
  let among = 0;
  for (let row = 0; row < size; row++) {
    const i = line[row] - 1;
    if (texts.counted(lines.hashHigh[i], lines.hashLow[i]) > 0) among++;
    if (row % turnEvery === turnEvery - 1) await turn();
  }
  return among;
}

/** The text hash of a row, as 16 hexadecimal digits. */
export function textHashOf({ line, lines }: RowIndex, row: number): string {
  return hashText(lines.hashHigh[line[row] - 1], lines.hashLow[line[row] - 1]);
}

/** The row of a 1-based line; −1 where the line holds none. */
export function rowAtLine({ line, size }: Pick<RowIndex, 'line' | 'size'>, wanted: number): number {
  const row = firstRowFrom({ line, size }, wanted);
  return row < size && line[row] === wanted ? row : -1;
}

/** The first row on or after a 1-based line. */
export function firstRowFrom({ line, size }: Pick<RowIndex, 'line' | 'size'>, wanted: number): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (line[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countFrom(values: Int32Array, least: number): number {
  let count = 0;
  for (const value of values) if (value >= least) count++;
  return count;
}

function countCopies({ size, line, lines }: Pick<RowIndex, 'size' | 'line' | 'lines'>): number {
  const texts = occurrenceCounter(size, lines.hashHigh, lines.hashLow);
  let copies = 0;
  for (let row = 0; row < size; row++) if (texts.count(line[row] - 1) > 0) copies++;
  return copies;
}
