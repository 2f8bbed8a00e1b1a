/** Copies of a dataset: with weights, with some rows only, corrected, or as a table. The dataset itself is never written. */
import { resolve } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { isJsonFault, scanJson } from '../../core/dataset/jsonScanner.ts';
import type { LabelKind } from '../../core/dataset/parseRow.ts';
import { markBits } from '../../core/table/table.ts';
import type { ExportKind, WeightControls } from '../../protocol/data.ts';
import { openAtomic } from '../../store/atomic.ts';
import { csvRecord } from './csv.ts';
import type { DatasetState } from './dataset.ts';
import { forEachRawLine, forEachRow } from './rowBytes.ts';
import type { Views } from './views.ts';
import type { WeighedRows } from './weighedRows.ts';
import { labelWriter } from './writeLabel.ts';

export interface ExportRequest {
  readonly kind: ExportKind;
  /** Only the rows of this view; of `corrected`, always all. */
  readonly view?: number;
  readonly to: string;
  readonly controls: WeightControls;
}

/** Bytes gathered before they are written. */
const bufferedBytes = 4 * 1024 * 1024;

/**
 * Writes a copy, whole or not at all. Rows are in the file's order; what was decided about them is carried out. Broken
 * rows are left out, but for `corrected`, which is the file with nothing but the decisions carried out.
 *
 * @returns The number of rows written.
 * @throws UserError where the copy cannot be written, or would take the place of what it is made of.
 */
export async function exportRows(
  state: DatasetState,
  views: Views,
  { kind, view, to, controls }: ExportRequest,
): Promise<{ rows: number }> {
  for (const path of [state.path, state.real?.path]) {
    if (path !== undefined && resolve(path) === resolve(to)) {
      throw new UserError(`${to} is what is exported; choose another file for the copy.`);
    }
  }
  if (kind === 'filtered' && view === undefined) throw new RangeError('a filtered export needs a view');
  const weighed = await state.weighed(controls);
  const wanted = kind === 'corrected' || view === undefined ? undefined : views.get(state, view).order.slice().sort();
  const file = await openAtomic(to);
  try {
    let parts: Buffer[] = [];
    let length = 0;
    const flush = async (): Promise<void> => {
      const bytes = Buffer.concat(parts);
      parts = [];
      length = 0;
      await file.write(bytes);
    };
    const write = (...bytes: Buffer[]): Promise<void> | undefined => {
      for (const part of bytes) {
        parts.push(part);
        length += part.length;
      }
      return length >= bufferedBytes ? flush() : undefined;
    };
    const rows =
      kind === 'csv'
        ? await writeCsv(state, weighed, wanted, write)
        : await writeJsonl(state, weighed, kind, wanted, write);
    await flush();
    await file.commit();
    return { rows };
  } finally {
    await file.discard();
  }
}

/** Answers with a promise only where something was written to the disk: a row costs none. */
type Write = (...bytes: Buffer[]) => Promise<void> | undefined;

async function writeJsonl(
  state: DatasetState,
  weighed: WeighedRows,
  kind: Exclude<ExportKind, 'csv'>,
  wanted: Int32Array | undefined,
  write: Write,
): Promise<number> {
  const { text, rows } = state;
  const { columns } = weighed;
  const correct = corrector(state);
  const whole = kind === 'corrected';
  const isWanted = wanted && maskOf(wanted, rows.size);
  // The row on each line, as lines come.
  let next = 0;
  let written = 0;
  const rowOn = (line: number): number => {
    while (next < rows.size && rows.line[next] - 1 < line) next++;
    return next < rows.size && rows.line[next] - 1 === line ? next : -1;
  };
  if (whole && text.bomLength > 0) await write(Buffer.from([0xef, 0xbb, 0xbf]));
  await forEachRawLine(text, ({ line, bytes, end }) => {
    const row = rowOn(line);
    if (row < 0) return whole ? write(bytes, end) : undefined;
    if ((columns.marks[row] & markBits.removed) !== 0 || isWanted?.[row] === 0) return undefined;
    written++;
    const content = correct(row, bytes);
    const weigh = kind === 'weighted' && !Number.isNaN(columns.weight[row]);
    return write(weigh ? withWeight(content, columns.weight[row]) : content, end);
  });
  return written;
}

async function writeCsv(
  state: DatasetState,
  { columns }: WeighedRows,
  wanted: Int32Array | undefined,
  write: Write,
): Promise<number> {
  const { text, rows } = state;
  const pair = text.format.schema.textPair !== undefined;
  const head = ['line', 'label', 'suggestion', 'weight', 'quality', 'diversity', 'verdict', 'text'];
  await write(Buffer.from(csvRecord(pair ? [...head, 'text_pair'] : head)));
  const number = (value: number): string => (Number.isNaN(value) ? '' : significant(value));
  let written = 0;
  await forEachRow(
    text,
    rows,
    (row, bytes) => {
      if ((columns.marks[row] & markBits.removed) !== 0) return undefined;
      written++;
      const texts = text.format.textOf(bytes);
      const fields = [
        String(columns.line[row]),
        columns.labels[columns.labelId[row]] ?? '',
        columns.labels[columns.suggestedId[row]] ?? '',
        number(columns.weight[row]),
        number(columns.quality[row]),
        number(columns.diversity[row]),
        columns.verdicts[columns.verdictId[row]] ?? '',
        texts.text,
      ];
      return write(Buffer.from(csvRecord(texts.textPair === undefined ? fields : [...fields, texts.textPair])));
    },
    { wanted },
  );
  return written;
}

/** Carries out what was decided about a row's label; the bytes as they are where nothing was. */
function corrector({ text, rows, shown }: DatasetState): (row: number, bytes: Buffer) => Buffer {
  const write = labelWriter(text.format, rows);
  return (row, bytes) => {
    const decision = shown.decisionOf?.[row] ?? -1;
    if (decision < 0 || shown.decided[decision].action !== 'relabel') return bytes;
    const label = shown.labels[shown.labelId[row]];
    if (label === rows.labels[rows.fileLabelId[row]]) return bytes;
    const { parsed, label: field } = text.format.parse(bytes, rows.line[row]);
    const json = field && write(label, field.labelKind satisfies LabelKind);
    if (field === undefined || json === undefined) return bytes;
    return Buffer.from(parsed.source.slice(0, field.start) + json + parsed.source.slice(field.end));
  };
}

/** Six significant digits: all that the computation is good for, and no noise of float32 behind them. */
function significant(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Adds a member `weight` at the end of a JSON object, or sets the one that is there; all else stays as it is. */
export function withWeight(bytes: Buffer, weight: number): Buffer {
  const source = bytes.toString('utf8');
  const scan = scanJson(source);
  if (isJsonFault(scan) || scan.kind !== 'object') throw new Error('a usable row is a JSON object');
  const value = significant(weight);
  // Of several members of a name, readers take the last.
  const old = scan.members.filter(({ key }) => key === 'weight').at(-1);
  if (old !== undefined) return Buffer.from(source.slice(0, old.start) + value + source.slice(old.end));
  const last = scan.members.at(-1);
  if (last === undefined) throw new Error('a usable row has members');
  // Written as the row is: with or without spaces.
  const spaced = /[\s]/.test(source[last.start - 1]);
  const member = spaced ? `, "weight": ${value}` : `,"weight":${value}`;
  return Buffer.from(source.slice(0, last.end) + member + source.slice(last.end));
}

function maskOf(rows: Int32Array, size: number): Uint8Array {
  const mask = new Uint8Array(size);
  for (const row of rows) mask[row] = 1;
  return mask;
}
