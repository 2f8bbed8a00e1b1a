/** Line feed and carriage return, the only bytes that end a line here. Neither occurs inside a UTF-8 sequence. */
const LF = 0x0a;
const CR = 0x0d;

/** A line above this many bytes is reported instead of read, unless told otherwise: 16 MiB. */
export const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;

/** One line of a file, as found in its bytes. */
export interface Line {
  /** 1-based line number, blank lines counted, as an editor shows it. */
  line: number;
  /** Offset of the line's first byte in the file; on line 1 the byte after a byte order mark. */
  byteStart: number;
  /** Offset after the line's last byte; its LF or CRLF is not part of it. */
  byteEnd: number;
  /**
   * The bytes from `byteStart` to `byteEnd`, valid only until the visitor returns; undefined where the line is longer
   * than `maxLineBytes`, in which case it was never held in memory.
   */
  bytes: Uint8Array | undefined;
}

/** Totals of a file that was read to its end. */
export interface LineTotals {
  /** Lines, blank ones included; a newline at the very end does not begin another line. */
  lineCount: number;
  /** Bytes, byte order mark and newlines included. */
  byteLength: number;
}

/**
 * Calls `visit` for every line of a byte stream, in order. Lines end in LF or CRLF, the last one perhaps in neither.
 * How the stream is cut into chunks makes no difference. Memory: one line, at most `maxLineBytes` of it.
 *
 * What `chunks` or `visit` throws ends the reading and passes through.
 */
export async function forEachLine(
  chunks: AsyncIterable<Uint8Array>,
  visit: (line: Line) => void,
  maxLineBytes: number = DEFAULT_MAX_LINE_BYTES,
): Promise<LineTotals> {
  let splitter: LineSplitter | undefined;
  let head: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (splitter !== undefined) {
      splitter.push(chunk);
      continue;
    }
    // The byte order mark may itself be cut by a chunk boundary: wait until it can be told.
    head = head.length === 0 ? chunk : concatenate(head, chunk);
    if (head.length >= 3) splitter = startSplitter(head, visit, maxLineBytes);
    else head = head.slice();
  }
  splitter ??= startSplitter(head, visit, maxLineBytes);
  return splitter.end();
}

/** Splits bytes into lines as they are pushed. */
export interface LineSplitter {
  /** Visits every line that ends in this chunk; the beginning of another is held until its end comes. */
  push(chunk: Uint8Array): void;
  /** The bytes are at their end: visits a last line that nothing ends. */
  end(): LineTotals;
}

function startSplitter(head: Uint8Array, visit: (line: Line) => void, maxLineBytes: number): LineSplitter {
  const bomLength = head.length >= 3 && head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const splitter = splitLines(bomLength, visit, maxLineBytes);
  splitter.push(head.subarray(bomLength));
  return splitter;
}

/**
 * Splits pushed chunks into lines, as {@link forEachLine} does but from the middle of a file: no byte order mark is looked
 * for.
 *
 * @param offset Of the first pushed byte in the file; a line begins there. Line numbers count from it.
 */
export function splitLines(
  offset: number,
  visit: (line: Line) => void,
  maxLineBytes: number = DEFAULT_MAX_LINE_BYTES,
): LineSplitter {
  let lineCount = 0;
  let byteStart = offset;
  // The beginning of a line whose end has not come yet: its length, last byte, and (unless too long) its bytes.
  let heldLength = 0;
  let heldLast = 0;
  let held = new Uint8Array(0);
  // A CR before the LF does not count towards the limit, but is seen before the LF.
  const maxHeld = maxLineBytes + 1;

  const hold = (chunk: Uint8Array, from: number, to: number): void => {
    if (from === to) return;
    const length = heldLength + to - from;
    if (length > maxHeld) {
      held = new Uint8Array(0);
    } else {
      if (length > held.length) {
        const grown = new Uint8Array(Math.min(maxHeld, Math.max(length, 2 * held.length, 1024)));
        grown.set(held.subarray(0, heldLength));
        held = grown;
      }
      held.set(chunk.subarray(from, to), heldLength);
    }
    heldLength = length;
    heldLast = chunk[to - 1];
  };

  const emit = (from: Uint8Array, at: number, length: number, newlineLength: number): void => {
    lineCount++;
    const byteEnd = byteStart + length;
    visit({
      line: lineCount,
      byteStart,
      byteEnd,
      bytes: length > maxLineBytes ? undefined : from.subarray(at, at + length),
    });
    byteStart = byteEnd + newlineLength;
  };

  return {
    push(chunk) {
      let from = 0;
      for (let newline = chunk.indexOf(LF); newline >= 0; newline = chunk.indexOf(LF, from)) {
        if (heldLength === 0) {
          const cr = newline > from && chunk[newline - 1] === CR ? 1 : 0;
          emit(chunk, from, newline - from - cr, 1 + cr);
        } else {
          hold(chunk, from, newline);
          const cr = heldLast === CR ? 1 : 0;
          emit(held, 0, heldLength - cr, 1 + cr);
          heldLength = 0;
        }
        from = newline + 1;
      }
      hold(chunk, from, chunk.length);
    },
    end() {
      if (heldLength > 0) emit(held, 0, heldLength, 0);
      return { lineCount, byteLength: byteStart };
    },
  };
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
