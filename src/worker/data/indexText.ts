/** Reads a text once from its beginning and keeps, of every line, where it is and what it holds. */
import { setImmediate as turn } from 'node:timers/promises';
import { noCommonLabelError, sortLabels } from '../../core/dataset/labels.ts';
import { lineTooLong, noRowsError } from '../../core/dataset/dataset.ts';
import { DEFAULT_MAX_LINE_BYTES, forEachLine } from '../../core/dataset/lines.ts';
import { isBlank } from '../../core/dataset/parseRow.ts';
import type { RowError } from '../../core/dataset/rowError.ts';
import {
  detectSchema,
  SCHEMA_SAMPLE_ROWS,
  type SampleRow,
  type Schema,
  type SchemaOverrides,
} from '../../core/dataset/schema.ts';
import { asBuffer, type ByteSource } from './byteSource.ts';
import { lineStatus, lineTableBuilder, type LineTable, type LineTableBuilder } from './lineTable.ts';
import { membersOf, RowFormat, type LineContent } from './rowFormat.ts';

/** How to read a file's rows. */
export interface TextOptions extends SchemaOverrides {
  /** Name of the file, for messages. */
  readonly name: string;
  readonly labelMap?: Readonly<Record<string, string>>;
  /** The known labels: rows with others are left out. */
  readonly known?: readonly string[];
  /** Every row with a text is usable; labels are not looked at. */
  readonly unlabelled?: boolean;
}

/** The lines of a text, whatever they hold. Never changed: a change makes another. */
export interface SplitText {
  readonly lines: LineTable;
  readonly source: ByteSource;
  /** Whether the last line has an end; also of a text without lines. */
  readonly endsWithNewline: boolean;
  /** Bytes before line 1: a byte order mark, or none. */
  readonly bomLength: number;
  /** What ends each line, where the bytes of one do not follow those of the other: in a text that was edited. */
  readonly lineEnd?: '\n' | '\r\n';
}

/** A text whose rows are known. */
export interface IndexedText extends SplitText {
  readonly options: TextOptions;
  readonly format: RowFormat;
  /** So many lines from the first decided the schema: a change among them may change it. Infinity: any change may. */
  readonly sampledLines: number;
}

/** What is read before its place is known. */
export type ReadText = Omit<IndexedText, 'source'>;

/** Lines held for the detection of the schema, in bytes, as in `core/dataset`. */
const sampleBytes = 8 * 1024 * 1024;

/**
 * Reads a text.
 *
 * @param total Bytes of the text, where known, to plan the memory by.
 * @throws UserError where its fields are not found or ambiguous, or it holds too many different labels. That no row is
 * usable is no error here: see {@link checkUsable}.
 */
export async function indexText(
  chunks: AsyncIterable<Uint8Array>,
  options: TextOptions,
  total?: number,
): Promise<ReadText> {
  return textOf(await indexLines(chunks, options, total));
}

/** Lines of a text that were read from its beginning, perhaps not all of them. */
export interface ReadLines {
  readonly options: TextOptions;
  readonly table: LineTableBuilder;
  /** Decides the schema by what was read; undefined where there is nothing to decide it by. */
  readonly decide: () => RowFormat | undefined;
  /** Decided, because enough lines were read; undefined where more of them may still change it. */
  readonly format?: RowFormat;
  /** Lines that decided it. */
  readonly sampledLines: number;
  readonly bomLength: number;
  /** Offset after the last line, without its end. */
  readonly end: number;
  readonly byteLength: number;
}

/** Reads lines and what they hold. @throws UserError as {@link indexText}. */
export async function indexLines(
  chunks: AsyncIterable<Uint8Array>,
  options: TextOptions,
  total?: number,
): Promise<ReadLines> {
  const table = lineTableBuilder();
  const content: LineContent = { ...emptyLine };
  let format: RowFormat | undefined;
  let sampledLines = 0;
  // Copies of lines that wait for the schema.
  let held: { line: number; bytes: Buffer; members: SampleRow }[] = [];
  let heldBytes = 0;
  let bomLength = 0;
  let end = 0;

  const decide = (): RowFormat | undefined => {
    if (held.length === 0) return undefined;
    const decided = formatOf(
      held.map(({ members }) => members),
      options,
    );
    for (const { line, bytes } of held) {
      decided.classify(bytes, content);
      table.set(line, content);
    }
    held = [];
    return decided;
  };

  const { lineCount, byteLength } = await forEachLine(chunks, ({ line, byteStart, byteEnd, bytes }) => {
    const index = line - 1;
    if (index === 0) bomLength = byteStart;
    end = byteEnd;
    table.add(byteStart, Math.min(byteEnd - byteStart, 0xffffffff));
    if (format !== undefined) {
      classifyLine(table, index, bytes, format, content);
      return;
    }
    if (bytes === undefined) {
      table.set(index, faultyLine);
      return;
    }
    const buffer = asBuffer(bytes);
    const members = membersOf(buffer);
    if (members === undefined) {
      // Blank, or faulty whatever the schema.
      if (!isBlank(buffer)) table.set(index, faultyLine);
      return;
    }
    held.push({ line: index, bytes: Buffer.from(buffer), members });
    heldBytes += buffer.length;
    if (held.length < SCHEMA_SAMPLE_ROWS && heldBytes < sampleBytes) return;
    sampledLines = line;
    format = decide();
    if (total !== undefined) table.reserve(Math.ceil((total / byteEnd) * line * 1.02));
  });
  if (format === undefined) sampledLines = lineCount;
  return { options, table, decide, format, sampledLines, bomLength, end, byteLength };
}

/** A text of which all lines were read. @throws UserError as {@link indexText}. */
export function textOf(read: ReadLines): ReadText {
  const { options, table, sampledLines, bomLength } = read;
  const format =
    read.format ??
    read.decide() ??
    new RowFormat({ ...options, file: options.name, schema: { text: 'text', label: 'label' } });
  return {
    options,
    lines: table.finish(),
    format,
    sampledLines: table.count === sampledLines ? Infinity : sampledLines,
    endsWithNewline: table.count === 0 || read.end < read.byteLength,
    bomLength,
  };
}

const emptyLine: LineContent = { status: lineStatus.blank, hashHigh: 0, hashLow: 0, token: -1 };
/** A line that is too long, or no row whatever the fields. */
export const faultyLine: LineContent = { ...emptyLine, status: lineStatus.faulty };

/**
 * Tells what an added line holds.
 *
 * @param bytes The line; undefined where it is too long to be looked at.
 * @param scratch Overwritten, so that a million lines need no million objects.
 */
export function classifyLine(
  table: LineTableBuilder,
  index: number,
  bytes: Uint8Array | undefined,
  format: RowFormat,
  scratch: LineContent,
): void {
  if (bytes === undefined) {
    table.set(index, faultyLine);
    return;
  }
  format.classify(asBuffer(bytes), scratch);
  table.set(index, scratch);
}

/** Splits bytes in memory into lines without looking at what they hold. */
export async function splitText(bytes: Uint8Array): Promise<Omit<SplitText, 'source'>> {
  const table = lineTableBuilder();
  let [bomLength, end] = [0, 0];
  const totals = await forEachLine(chunksOf(bytes), ({ line, byteStart, byteEnd }) => {
    if (line === 1) bomLength = byteStart;
    table.add(byteStart, Math.min(byteEnd - byteStart, 0xffffffff));
    end = byteEnd;
  });
  return {
    lines: table.finish(),
    endsWithNewline: totals.lineCount === 0 || end < totals.byteLength,
    bomLength,
  };
}

/** Bytes in memory as a stream that lets other work through. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 1 << 20) {
    yield bytes.subarray(from, from + (1 << 20));
    await turn();
  }
}

/** The lines of a text that has changed, the schema decided anew: as {@link indexText} would have it. */
export async function detectFormat(
  lines: LineTable,
  source: ByteSource,
  options: TextOptions,
): Promise<{ format: RowFormat; sampledLines: number }> {
  const members: SampleRow[] = [];
  let bytes = 0;
  let line = 0;
  while (line < lines.count && members.length < SCHEMA_SAMPLE_ROWS && bytes < sampleBytes) {
    const { start, length } = lines;
    const tooLong = length[line] > DEFAULT_MAX_LINE_BYTES;
    const [content] = tooLong ? [undefined] : await source.read([{ start: start[line], length: length[line] }]);
    line++;
    const found = content === undefined ? undefined : membersOf(content);
    if (found === undefined || content === undefined) continue;
    members.push(found);
    bytes += content.length;
  }
  const whole = line === lines.count;
  const format =
    members.length > 0
      ? formatOf(members, options)
      : new RowFormat({ ...options, file: options.name, schema: { text: 'text', label: 'label' } });
  return { format, sampledLines: whole ? Infinity : line };
}

/** Looks at every line again, by another format. */
export async function classifyAll(lines: LineTable, source: ByteSource, format: RowFormat): Promise<LineTable> {
  const table: LineTableBuilder = lineTableBuilder(lines.count);
  table.copy(lines, 0, lines.count);
  const content: LineContent = { status: 0, hashHigh: 0, hashLow: 0, token: 0 };
  for (let from = 0; from < lines.count; from += 4096) {
    const to = Math.min(lines.count, from + 4096);
    const ranges = Array.from({ length: to - from }, (_, i) => ({
      start: lines.start[from + i],
      // One byte more than allowed is enough to see that a line is too long.
      length: Math.min(lines.length[from + i], DEFAULT_MAX_LINE_BYTES + 1),
    }));
    (await source.read(ranges)).forEach((bytes, i) => {
      format.classify(asBuffer(bytes), content);
      table.set(from + i, content);
    });
    await turn();
  }
  return table.finish();
}

/** Lines that are left out, the first of them, and why. */
export async function brokenLines(text: IndexedText, most: number): Promise<RowError[]> {
  const { lines, source, format } = text;
  const found: number[] = [];
  for (let line = 0; line < lines.count && found.length < most; line++) {
    if (lines.status[line] >= lineStatus.faultyLabel) found.push(line);
  }
  const errors: RowError[] = [];
  for (let from = 0; from < found.length; from += 64) {
    const part = found.slice(from, from + 64);
    const ranges = part.map((line) => {
      const length = lines.length[line];
      return { start: lines.start[line], length: length > DEFAULT_MAX_LINE_BYTES ? 0 : length };
    });
    (await source.read(ranges)).forEach((bytes, i) => {
      const line = part[i] + 1;
      const length = lines.length[part[i]];
      const error =
        length > DEFAULT_MAX_LINE_BYTES
          ? lineTooLong(line, length, DEFAULT_MAX_LINE_BYTES)
          : format.faultOf(bytes, line);
      if (error !== undefined) errors.push(error);
    });
  }
  return errors;
}

/**
 * Makes sure that a text has rows to work with.
 * @param broken Number of lines left out.
 * @throws UserError as `readDataset` of `core` would.
 */
export async function checkUsable(text: IndexedText, rows: number, broken: number): Promise<void> {
  if (rows > 0) return;
  const { name, known } = text.options;
  const { unknown } = text.format.spellings;
  if (known !== undefined && unknown.size > 0) throw noCommonLabelError(name, sortLabels(unknown), known);
  const [first] = await brokenLines(text, 1);
  throw noRowsError(name, broken, first);
}

/** Whether two readings of a file would give the same rows. */
export function sameSchema(a: Schema, b: Schema): boolean {
  return a.text === b.text && a.textPair === b.textPair && a.label === b.label;
}

function formatOf(members: readonly SampleRow[], options: TextOptions): RowFormat {
  const detected = detectSchema(members, options.name, options, options.unlabelled);
  const schema = options.unlabelled ? { text: detected.text, textPair: detected.textPair } : detected;
  return new RowFormat({ ...options, file: options.name, schema });
}
