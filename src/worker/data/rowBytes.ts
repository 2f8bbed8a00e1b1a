/** The bytes of rows and lines, read when they are needed. */
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../../base/errors.ts';
import { asBuffer } from './byteSource.ts';
import type { IndexedText, SplitText } from './indexText.ts';
import type { RowIndex } from './rowIndex.ts';

/** Read in one go: enough to cost little per row, little enough to hold. */
const batchBytes = 4 * 1024 * 1024;
const batchRows = 16 * 1024;

/** The lines of some rows, in the order asked for. */
export async function bytesOfRows(text: SplitText, rows: RowIndex, wanted: ArrayLike<number>): Promise<Buffer[]> {
  const ranges = Array.from(wanted, (row) => rangeOf(text, rows.line[row] - 1));
  return (await text.source.read(ranges)).map(asBuffer);
}

/** The text of one line, 1-based, as an editor has it. */
export async function textOfLine(text: SplitText, line: number): Promise<string> {
  const [bytes] = await text.source.read([rangeOf(text, line - 1)]);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/**
 * Calls `visit` with the line of every row, in file order; of some rows where they are given, ascending.
 * @throws CancelledError where the signal fires; what `visit` throws.
 */
export async function forEachRow(
  text: SplitText,
  rows: RowIndex,
  visit: (row: number, bytes: Buffer) => Promise<void> | undefined,
  { wanted, signal }: { readonly wanted?: Int32Array; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const count = wanted?.length ?? rows.size;
  const rowAt = (i: number): number => (wanted === undefined ? i : wanted[i]);
  const { lines, source } = text;
  const endOfBatch = (from: number): number => {
    let bytes = 0;
    let i = from;
    for (; i < count && i - from < batchRows && (i === from || bytes < batchBytes); i++) {
      bytes += lines.length[rows.line[rowAt(i)] - 1];
    }
    return i;
  };
  const read = (from: number, to: number): Promise<Uint8Array[]> =>
    source.read(Array.from({ length: to - from }, (_, i) => rangeOf(text, rows.line[rowAt(from + i)] - 1)));

  let from = 0;
  let to = endOfBatch(0);
  let reading = read(from, to);
  while (from < count) {
    const batch = await reading;
    const next = endOfBatch(to);
    if (to < count) {
      // The next batch is read while this one is worked on.
      reading = read(to, next);
      // Whoever stops early leaves this read to itself.
      reading.catch(() => undefined);
    }
    for (let i = 0; i < batch.length; i++) {
      const visited = visit(rowAt(from + i), asBuffer(batch[i]));
      if (visited !== undefined) await visited;
    }
    from = to;
    to = next;
    await turn();
    if (signal?.aborted) throw new CancelledError('Cancelled.');
  }
}

/** A line with its end, byte for byte. */
export interface RawLine {
  /** 0-based. */
  readonly line: number;
  readonly bytes: Buffer;
  /** Line feed, carriage return and line feed, or nothing. */
  readonly end: Buffer;
}

/** Calls `visit` with every line, blank and faulty ones too, in order. */
export async function forEachRawLine(
  text: IndexedText,
  visit: (line: RawLine) => Promise<void> | undefined,
): Promise<void> {
  const { lines, source } = text;
  let from = 0;
  while (from < lines.count) {
    let bytes = 0;
    let to = from;
    for (; to < lines.count && to - from < batchRows && bytes < batchBytes; to++) bytes += lines.length[to];
    const ranges = Array.from({ length: to - from }, (_, i) => ({
      start: lines.start[from + i],
      length: lines.length[from + i] + endLength(text, from + i),
    }));
    const read = await source.read(ranges);
    for (let line = from; line < to; line++) {
      const whole = asBuffer(read[line - from]);
      const length = lines.length[line];
      const end = text.lineEnd === undefined ? whole.subarray(length) : endOf(text, line);
      const visited = visit({ line, bytes: whole.subarray(0, length), end });
      if (visited !== undefined) await visited;
    }
    from = to;
    await turn();
  }
}

/** Bytes of a line's end in the source; 0 where lines do not follow each other there. */
function endLength({ lines, source, lineEnd }: SplitText, line: number): number {
  if (lineEnd !== undefined) return 0;
  const next = line + 1 < lines.count ? lines.start[line + 1] : source.length;
  return next - lines.start[line] - lines.length[line];
}

const noEnd = Buffer.alloc(0);

function endOf({ lines, lineEnd, endsWithNewline }: SplitText, line: number): Buffer {
  return line + 1 < lines.count || endsWithNewline ? Buffer.from(lineEnd ?? '\n') : noEnd;
}

function rangeOf({ lines }: SplitText, line: number): { start: number; length: number } {
  return { start: lines.start[line], length: lines.length[line] };
}
