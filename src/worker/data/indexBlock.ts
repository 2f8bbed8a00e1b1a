/**
 * One block of a large file, read apart from the others: the lines that begin in it. Blocks are read by several threads; put
 * together in order they are what one pass over the file finds, wherever it was cut.
 */
import { DEFAULT_MAX_LINE_BYTES, splitLines } from '../../core/dataset/lines.ts';
import type { Schema } from '../../core/dataset/schema.ts';
import { asBuffer } from './byteSource.ts';
import { classifyLine, faultyLine, type TextOptions } from './indexText.ts';
import { lineTableBuilder, type LineTable } from './lineTable.ts';
import { RowFormat, type LineContent } from './rowFormat.ts';
import { wordsOf } from './scanRow.ts';

/** What the threads need to know of a file. */
export interface BlockFile {
  readonly path: string;
  readonly options: TextOptions;
  readonly schema: Schema;
  /** Mean length of its lines, as far as is known: memory is planned by it. */
  readonly lineBytes?: number;
}

/** Bytes from `from`, at least 1, up to and without `to`. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** The lines that begin in a block. */
export interface IndexedBlock {
  /** Places are those in the file; `token` is an index in `spellings`. */
  readonly lines: LineTable;
  /** JSON values of labels, in the order in which they were met. */
  readonly spellings: readonly string[];
  /** Labels that were met and are not known. */
  readonly unknown: readonly string[];
  /** Offset after the last line, without its end; 0 where no line begins here. */
  readonly end: number;
}

/**
 * Reads bytes of the file. The answer is valid until the next call.
 * @returns Fewer bytes than asked for only at the end of the file.
 */
export type ReadAt = (position: number, length: number) => Uint8Array;

/** Enough that a call costs little, little enough to stay in the processor's cache. */
const chunkBytes = 1 << 20;
/** Where the end of one line is looked for. */
const tailBytes = 1 << 16;
/** Unless more is known of the file. */
const usualLineBytes = 128;
const LF = 0x0a;
const CR = 0x0d;

/** Reads the lines that begin in a block; the last of them may end anywhere. @throws What `readAt` throws; UserError. */
export function indexBlock(
  readAt: ReadAt,
  { from, to }: Block,
  { options, schema, lineBytes = usualLineBytes }: BlockFile,
): IndexedBlock {
  const format = new RowFormat({ ...options, file: options.name, schema });
  const table = lineTableBuilder(Math.ceil(((to - from) / lineBytes) * 1.05));
  const content: LineContent = { status: 0, hashHigh: 0, hashLow: 0, token: 0 };
  let end = 0;
  for (let position = firstLine(readAt, { from, to }); position < to;) {
    const chunk = asBuffer(readAt(position, Math.min(chunkBytes, to - position)));
    if (chunk.length === 0) break;
    const words = wordsOf(chunk);
    let begin = 0;
    // Most lines lie whole in a chunk, and are looked at where they are.
    for (let newline = chunk.indexOf(LF); newline >= 0; newline = chunk.indexOf(LF, begin)) {
      const last = newline > begin && chunk[newline - 1] === CR ? newline - 1 : newline;
      const tooLong = last - begin > DEFAULT_MAX_LINE_BYTES;
      table.add(position + begin, last - begin);
      if (tooLong) table.set(table.count - 1, faultyLine);
      else {
        format.classify(chunk, content, begin, last, words);
        table.set(table.count - 1, content);
      }
      end = position + last;
      begin = newline + 1;
    }
    position += begin;
    // The next chunk begins where this line does, unless it is longer than a chunk, or the block's last.
    if (begin > 0 && position + chunkBytes <= to) continue;
    if (position >= to) break;
    position = readLine(readAt, position, (line) => {
      table.add(line.byteStart, Math.min(line.byteEnd - line.byteStart, 0xffffffff));
      end = line.byteEnd;
      classifyLine(table, table.count - 1, line.bytes, format, content);
    });
  }
  const { all, unknown } = format.spellings;
  return { lines: table.finish(), spellings: all.map(({ json }) => json), unknown: [...unknown], end };
}

/** Where the first line begins that begins in the block; not before `to` where none does. */
function firstLine(readAt: ReadAt, { from, to }: Block): number {
  // A line begins after a newline: that before the block counts too.
  for (let position = from - 1; position < to;) {
    const chunk = readAt(position, Math.min(tailBytes, to - position));
    if (chunk.length === 0) break;
    const newline = chunk.indexOf(LF);
    if (newline >= 0) return position + newline + 1;
    position += chunk.length;
  }
  return to;
}

/** Reads the line that begins at `start`, wherever it ends. @returns Where the next one begins. */
function readLine(readAt: ReadAt, start: number, visit: Parameters<typeof splitLines>[1]): number {
  const lines = splitLines(start, visit);
  for (let position = start; ;) {
    const chunk = readAt(position, tailBytes);
    const newline = chunk.indexOf(LF);
    lines.push(newline < 0 ? chunk : chunk.subarray(0, newline + 1));
    position += newline < 0 ? chunk.length : newline + 1;
    if (newline >= 0 || chunk.length === 0) {
      lines.end();
      return position;
    }
  }
}
