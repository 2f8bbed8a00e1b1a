/**
 * The columns of a run's scores as bytes, beside `scores.jsonl`: reading a million rows of JSON takes seconds. The JSON
 * remains the truth. These columns say which file they were made from; where it is another, or they are damaged, of another
 * version or absent, the JSON is read, and they are made again.
 *
 * Blocks of rows, each with the columns of numbers one after the other, little-endian; then a trailer in JSON with
 * everything else; then the SHA-256 of all that, the trailer's length (4 bytes) and a name for what this is.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { type AtomicFile, openAtomic } from './atomic.ts';
import { isIntegerFrom, isJsonObject } from './json.ts';
import {
  columnNames,
  emptyColumns,
  type NumberColumns,
  scoreColumns,
  scoreColumnsBuilder,
  type ScoreColumns,
  type ScoreFacts,
  type Widths,
  widthOf,
} from './scoreColumns.ts';
import type { ScoreRow } from './scores.ts';

/** Scores of fewer rows are read quickly as they are; they get no second file. */
export const keptFromRows = 20_000;

/** What tells a file of scores from a later one. */
export interface ScoresStamp {
  readonly size: number;
  /** Time of the last change, nanoseconds. */
  readonly changed: string;
}

/** @throws The system's error. */
export async function scoresStamp(handle: FileHandle): Promise<ScoresStamp> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return { size: Number(size), changed: String(mtimeNs) };
}

/** Whether two stamps are those of one file, unchanged. */
export function sameScores(a: ScoresStamp, b: ScoresStamp): boolean {
  return a.size === b.size && a.changed === b.changed;
}

/** Where the columns of a file of scores are kept. */
export function keptColumnsFile(scores: string): string {
  return `${scores}.columns`;
}

const version = 2;
const name = Buffer.from('cwcolumn');
/** Rows of a block but the last: few megabytes, whatever the number of rows. */
const blockRows = 1 << 16;

interface Trailer {
  readonly version: number;
  readonly scores: ScoresStamp;
  readonly labels: readonly string[];
  readonly verdicts: readonly string[];
  readonly widths: Widths;
  /** Rows and widths of each block: most widths are known only from some row on. */
  readonly blocks: readonly (Omit<Widths, 'labels'> & { readonly rows: number })[];
  readonly oddHashes: readonly (readonly [row: number, hash: string])[];
  readonly errors: readonly (readonly [row: number, error: string])[];
}

/**
 * The kept columns of a file of scores.
 *
 * @param stamp Of the scores as they are now.
 * @param labels The run's.
 * @returns undefined where there are none that can be used.
 */
export async function readKeptColumns(
  path: string,
  stamp: ScoresStamp,
  labels: readonly string[],
): Promise<ScoreColumns | undefined> {
  if (endianness() !== 'LE') return undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await open(keptColumnsFile(path), 'r');
    const { size } = await handle.stat();
    const trailer = await readTrailer(handle, size);
    if (trailer === undefined || !sameScores(trailer.scores, stamp)) return undefined;
    if (JSON.stringify(trailer.labels) !== JSON.stringify(labels)) return undefined;
    return scoreColumns(await readBlocks(handle, trailer), factsOf(trailer));
  } catch {
    // Absent, unreadable or nonsense: whatever it is, the scores themselves are there, and say what is wrong if they are not.
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** Keeps columns that were read from a file of scores; where that fails, they are read from it again next time. */
export async function keepColumns(path: string, stamp: ScoresStamp, columns: ScoreColumns): Promise<void> {
  const perRow = (values: Float32Array): number => (columns.rows === 0 ? 0 : values.length / columns.rows);
  const widths: Widths = {
    labels: columns.labels.length,
    logPSpread: perRow(columns.logPSpread),
    logQSpread: perRow(columns.logQSpread),
    neighbours: columns.nearestReal,
    epochs: columns.epochs,
  };
  await asideOfScores(async () => {
    const writer = await openBlocks(path);
    try {
      for (let from = 0; from < columns.rows; from += blockRows) {
        await writer.write(columns, widths, from, Math.min(columns.rows, from + blockRows));
      }
      await writer.finish(stamp, { ...columns, widths });
    } finally {
      await writer.discard();
    }
  });
}

/** Keeps the columns of scores while these are written. */
export interface ColumnsKeeper {
  /** Takes a row that was written. */
  add(row: ScoreRow): Promise<void>;
  /** The scores are in their place: so are the columns, where there are enough rows. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** Never fails: where the columns cannot be written, there are none. */
export function columnsKeeper(path: string, labels: readonly string[]): ColumnsKeeper {
  const builder = scoreColumnsBuilder(labels, blockRows);
  let writer: BlocksWriter | undefined;
  let given = endianness() !== 'LE';
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (!given && !(await asideOfScores(work))) given = true;
  };
  const flush = async (): Promise<void> => {
    writer ??= await openBlocks(path);
    await writer.write(builder.columns, builder.widths, 0, builder.size);
    builder.clear();
  };
  return {
    add: async (row) => {
      // What does not fit the rows before it is told by whoever reads the scores.
      if (!given && builder.add(row) !== undefined) given = true;
      if (!given && builder.size === blockRows) await attempt(flush);
    },
    finish: async () => {
      if (builder.facts.rows < keptFromRows) given = true;
      await attempt(async () => {
        await flush();
        const handle = await open(path, 'r');
        try {
          await writer?.finish(await scoresStamp(handle), builder.facts);
        } finally {
          await handle.close();
        }
      });
      // Those of earlier scores would never be used again.
      if (given) await asideOfScores(() => rm(keptColumnsFile(path), { force: true }));
    },
    discard: async () => {
      given = true;
      await asideOfScores(async () => writer?.discard());
    },
  };
}

/** Does what only makes reading quicker. @returns Whether it worked. */
async function asideOfScores(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    // A full disk, a folder that cannot be written: the scores are whole without this.
    return false;
  }
}

interface BlocksWriter {
  write(columns: NumberColumns | ScoreColumns, widths: Widths, from: number, to: number): Promise<void>;
  finish(stamp: ScoresStamp, facts: ScoreFacts): Promise<void>;
  discard(): Promise<void>;
}

async function openBlocks(path: string): Promise<BlocksWriter> {
  const file: AtomicFile = await openAtomic(keptColumnsFile(path));
  const digest = createHash('sha256');
  const blocks: Trailer['blocks'][number][] = [];
  return {
    write: async (columns, widths, from, to) => {
      if (from === to) return;
      for (const column of columnNames) {
        const width = widthOf(column, widths);
        const values = columns[column].subarray(from * width, to * width);
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        digest.update(bytes);
        await file.write(bytes);
      }
      const { logPSpread, logQSpread, neighbours, epochs } = widths;
      blocks.push({ rows: to - from, logPSpread, logQSpread, neighbours, epochs });
    },
    finish: async (scores, { labels, verdicts, widths, oddHashes, errors }) => {
      const trailer: Trailer = {
        ...{ version, scores, labels, verdicts, widths, blocks },
        ...{ oddHashes: [...oddHashes], errors: [...errors] },
      };
      const text = Buffer.from(JSON.stringify(trailer), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      await file.write(Buffer.concat([text, digest.update(text).digest(), length, name]));
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

/** A trailer, and what shows that it is whole together with the blocks. */
interface ReadTrailer extends Trailer {
  readonly text: Buffer;
  readonly digest: Buffer;
}

const digestLength = 32;

/** @returns undefined for one of another version. @throws Error, of any kind, where it is damaged. */
async function readTrailer(handle: FileHandle, size: number): Promise<ReadTrailer | undefined> {
  const end = await readExactly(handle, size - digestLength - 4 - name.length, digestLength + 4 + name.length);
  if (!end.subarray(digestLength + 4).equals(name)) throw new Error('these are no columns');
  const length = end.readUInt32LE(digestLength);
  const text = await readExactly(handle, size - end.length - length, length);
  const value: unknown = JSON.parse(text.toString('utf8'));
  if (!isJsonObject(value) || value['version'] !== version) return undefined;
  const trailer = value as unknown as Trailer;
  const blocks = trailer.blocks.reduce((sum, block) => sum + bytesOf(block, trailer.widths), 0);
  if (blocks + length + end.length !== size) throw new Error('something is missing or too much');
  return { ...trailer, text, digest: end.subarray(0, digestLength) };
}

function bytesOf({ rows, ...widths }: Trailer['blocks'][number], { labels }: Widths): number {
  if (!isIntegerFrom(1, rows)) return NaN;
  return columnNames.reduce((sum, column) => sum + 4 * rows * widthOf(column, { labels, ...widths }), 0);
}

/** @throws Error where they are damaged. */
async function readBlocks(handle: FileHandle, trailer: ReadTrailer): Promise<NumberColumns> {
  const { blocks, widths } = trailer;
  const columns = emptyColumns(rowsOf(trailer), widths);
  const digest = createHash('sha256');
  let position = 0;
  let row = 0;
  for (const block of blocks) {
    const { rows, ...ofBlock } = block;
    const bytes = await readExactly(handle, position, bytesOf(block, widths));
    digest.update(bytes);
    let at = 0;
    for (const column of columnNames) {
      const width = widthOf(column, { ...ofBlock, labels: widths.labels });
      const into = columns[column];
      const part = bytes.subarray(at, (at += 4 * rows * width));
      new Uint8Array(into.buffer, into.byteOffset + 4 * row * width, part.length).set(part);
    }
    position += bytes.length;
    row += rows;
  }
  if (!digest.update(trailer.text).digest().equals(trailer.digest)) throw new Error('the bytes are not those written');
  return columns;
}

function rowsOf({ blocks }: Trailer): number {
  return blocks.reduce((sum, { rows }) => sum + rows, 0);
}

function factsOf(trailer: Trailer): ScoreFacts {
  const { labels, verdicts, widths, oddHashes, errors } = trailer;
  return {
    ...{ rows: rowsOf(trailer), labels, verdicts, widths },
    ...{ oddHashes: new Map(oddHashes), errors: new Map(errors) },
  };
}

/** @throws Error where there are not so many bytes. */
async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw new Error('the file is too short');
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error('the file is too short');
    filled += bytesRead;
  }
  return bytes;
}
