/**
 * One block of a large file, read apart from the others: the lines that begin in it. Blocks are read by several threads; put
 * together in order they are what one pass over the file finds, wherever it was cut.
 */
import { splitLines } from '../../core/dataset/lines.ts';
import type { Schema } from '../../core/dataset/schema.ts';
import { classifyLine, type TextOptions } from './indexText.ts';
import { lineTableBuilder, type LineTable } from './lineTable.ts';
import { RowFormat, type LineContent } from './rowFormat.ts';

/** What the threads need to know of a file. */
export interface BlockFile {
  readonly path: string;
  readonly options: TextOptions;
  readonly schema: Schema;
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
/** Beyond the block, where the end of its last line is looked for. */
const tailBytes = 1 << 16;
const LF = 0x0a;

/** Reads the lines that begin in a block; the last of them may end anywhere. @throws What `readAt` throws; UserError. */
export function indexBlock(readAt: ReadAt, { from, to }: Block, { options, schema }: BlockFile): IndexedBlock {
  const format = new RowFormat({ ...options, file: options.name, schema });
  const table = lineTableBuilder(Math.ceil((to - from) / 128));
  const content: LineContent = { status: 0, hashHigh: 0, hashLow: 0, token: 0 };
  let end = 0;
  const lines = splitLinesFrom(readAt, { from, to }, (line) => {
    table.add(line.byteStart, Math.min(line.byteEnd - line.byteStart, 0xffffffff));
    end = line.byteEnd;
    classifyLine(table, table.count - 1, line.bytes, format, content);
  });
  lines?.end();
  const { all, unknown } = format.spellings;
  return { lines: table.finish(), spellings: all.map(({ json }) => json), unknown: [...unknown], end };
}

/** Pushes the block's lines through a splitter, the last one whole; undefined where no line begins in the block. */
function splitLinesFrom(
  readAt: ReadAt,
  { from, to }: Block,
  visit: Parameters<typeof splitLines>[1],
): ReturnType<typeof splitLines> | undefined {
  let lines: ReturnType<typeof splitLines> | undefined;
  // A line begins after a newline: that before the block counts too.
  let position = from - 1;
  for (;;) {
    const chunk = readAt(position, position < to ? Math.min(chunkBytes, to - position) : tailBytes);
    if (chunk.length === 0) return lines;
    let begin = 0;
    if (lines === undefined) {
      const newline = chunk.indexOf(LF);
      begin = newline < 0 ? chunk.length : newline + 1;
      if (position + begin >= to) return undefined;
      if (newline >= 0) lines = splitLines(position + begin, visit);
    }
    if (lines !== undefined) {
      // The first newline from the block's last byte on ends its last line.
      const last = chunk.indexOf(LF, Math.max(begin, to - 1 - position));
      lines.push(chunk.subarray(begin, last < 0 ? chunk.length : last + 1));
      if (last >= 0) return lines;
    }
    position += chunk.length;
  }
}
