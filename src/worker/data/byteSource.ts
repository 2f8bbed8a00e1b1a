/** Where the bytes of a text lie: in a file that must not have changed since it was indexed, or in memory. */
import { type FileHandle, open } from 'node:fs/promises';
import { CancelledError, UserError } from '../../base/errors.ts';
import { diskError } from '../../store/diskErrors.ts';

/** A range of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Bytes that never change: a file that did is noticed, never read as if it had not. */
export interface ByteSource {
  /** Bytes in all. */
  readonly length: number;
  /** Whether reading costs nothing: everything is in memory. */
  readonly inMemory: boolean;
  /**
   * The bytes of ranges, in the order given; neighbours are read together. The answers may share memory and must not be
   * written to.
   *
   * @throws FileChangedError where the file is not the one that was indexed; UserError where it cannot be read.
   */
  read(ranges: readonly ByteRange[]): Promise<Uint8Array[]>;
}

/** The same bytes as a Buffer, which decodes faster. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What tells a file from a later one of the same name. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

/** The file on disk is not the one that was read before. */
export class FileChangedError extends UserError {
  constructor(readonly path: string) {
    super(`${path} changed on disk while it was in use; it has to be read again.`);
    this.name = 'FileChangedError';
  }
}

/** Ranges with a gap below this are read in one go: a read call costs as much as so many bytes. */
const worthReadingOver = 32 * 1024;
/** One read call asks for no more than this, unless a single range is longer. */
const mostAtOnce = 8 * 1024 * 1024;
/** Read calls under way at a time; libuv has four threads. */
const readsAtATime = 8;

/** A file as it was when it was stamped. */
export function fileSource(path: string, stamp: FileStamp): ByteSource {
  return {
    length: stamp.size,
    inMemory: false,
    read: (ranges) => withUnchanged(path, stamp, (handle) => readRanges(handle, path, ranges)),
  };
}

/** Bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    inMemory: true,
    read: (ranges) => Promise.resolve(ranges.map(({ start, length }) => bytes.subarray(start, start + length))),
  };
}

/** What a file is known by. @throws UserError where it cannot be read. */
export async function stampOf(path: string): Promise<FileStamp> {
  return await withFile(path, stampOfHandle);
}

/** Whether a file is still the one that was stamped; a file that is gone is not. */
export async function isUnchanged(path: string, stamp: FileStamp): Promise<boolean> {
  try {
    return sameStamp(await stampOf(path), stamp);
  } catch (thrown) {
    if (thrown instanceof UserError) return false;
    throw thrown;
  }
}

/** Progress and the end of a long read. */
export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Bytes read so far. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** No more than this many bytes. */
  readonly limit?: number;
}

const chunkSize = 1 << 20;

/**
 * Opens a file to be read once from its beginning, in chunks whose memory is used again: what is to be kept must be copied.
 * Ends with an error where the file changes meanwhile.
 */
export async function streamFile(
  path: string,
  use: (chunks: AsyncIterable<Uint8Array>, stamp: FileStamp) => Promise<void>,
  { signal, onProgress, limit = Infinity }: StreamOptions = {},
): Promise<FileStamp> {
  return await withFile(path, async (handle) => {
    const stamp = await stampOfHandle(handle);
    const total = Math.min(stamp.size, limit);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      // Two buffers: one is read into while the other is worked on.
      const buffers = [Buffer.allocUnsafe(chunkSize), Buffer.allocUnsafe(chunkSize)];
      const next = (position: number, turn: number): Promise<number> =>
        fillFrom(handle, buffers[turn], position, Math.min(chunkSize, total - position));
      let position = 0;
      let turn = 0;
      let reading = next(0, 0);
      for (;;) {
        const bytesRead = await reading;
        if (signal?.aborted) throw new CancelledError('Cancelled.');
        if (bytesRead === 0) break;
        const current = buffers[turn].subarray(0, bytesRead);
        position += bytesRead;
        turn = 1 - turn;
        reading = next(position, turn);
        // Whoever stops early leaves this read to itself.
        reading.catch(() => undefined);
        yield current;
        onProgress?.(position, total);
      }
      if (position !== total) throw new FileChangedError(path);
    }
    await use(chunks(), stamp);
    if (!sameStamp(await stampOfHandle(handle), stamp)) throw new FileChangedError(path);
    return stamp;
  });
}

/** Whether two stamps are those of one file, unchanged. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

async function stampOfHandle(handle: FileHandle): Promise<FileStamp> {
  const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
  return { size: Number(size), mtimeNs, inode: ino };
}

/** Not kept open between calls: on Windows an open file can be neither replaced nor deleted. */
async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await use(handle);
  } catch (thrown) {
    throw diskError(thrown, 'read', path);
  } finally {
    await handle?.close();
  }
}

/** Runs a read of a file that is the stamped one before and after. */
async function withUnchanged<T>(path: string, stamp: FileStamp, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  return await withFile(path, async (handle) => {
    if (!sameStamp(await stampOfHandle(handle), stamp)) throw new FileChangedError(path);
    const result = await read(handle);
    if (!sameStamp(await stampOfHandle(handle), stamp)) throw new FileChangedError(path);
    return result;
  });
}

interface Span {
  start: number;
  end: number;
  readonly ranges: number[];
}

async function readRanges(handle: FileHandle, path: string, ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
  const spans = joinRanges(ranges);
  const results = new Array<Uint8Array>(ranges.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < spans.length; i = next++) {
      const { start, end, ranges: members } = spans[i];
      const buffer = Buffer.allocUnsafe(end - start);
      if ((await fillFrom(handle, buffer, start, buffer.length)) !== buffer.length) throw new FileChangedError(path);
      for (const member of members) {
        const from = ranges[member].start - start;
        results[member] = buffer.subarray(from, from + ranges[member].length);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(readsAtATime, spans.length) }, work));
  return results;
}

function joinRanges(ranges: readonly ByteRange[]): Span[] {
  const order = ranges.map((_, i) => i);
  if (ranges.some((range, i) => i > 0 && range.start < ranges[i - 1].start)) {
    order.sort((a, b) => ranges[a].start - ranges[b].start);
  }
  const spans: Span[] = [];
  let span: Span | undefined;
  for (const i of order) {
    const { start, length } = ranges[i];
    const end = start + length;
    if (
      span !== undefined &&
      start - span.end < worthReadingOver &&
      Math.max(end, span.end) - span.start <= mostAtOnce
    ) {
      span.end = Math.max(end, span.end);
      span.ranges.push(i);
    } else {
      spans.push((span = { start, end, ranges: [i] }));
    }
  }
  return spans;
}

/** Reads up to `length` bytes, fewer only at the end of the file: a single call may give less than there is. */
async function fillFrom(handle: FileHandle, buffer: Buffer, position: number, length: number): Promise<number> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
