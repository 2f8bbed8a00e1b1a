import { isUtf8 } from 'node:buffer';
import { type FileHandle } from 'node:fs/promises';

/** One line of a file of ours. */
export interface Line {
  /** Without its end; undefined when it is not UTF-8 or longer than any line we write. */
  readonly text: string | undefined;
  /** From 1. */
  readonly number: number;
  /** False for a last line that no newline ends: a write was cut off there. */
  readonly ended: boolean;
}

/** Far above any line we write; keeps a damaged file without newlines from filling the memory. */
const longestLine = 16 * 1024 * 1024;
const readSize = 256 * 1024;
const newline = 0x0a;

/**
 * The lines of a file from its beginning, as UTF-8, ended by LF alone (JSON escapes every newline in a string; `readline`
 * would also split at other characters, which JSON does not escape).
 */
export async function* readLines(handle: FileHandle): AsyncGenerator<Line> {
  const chunk = Buffer.allocUnsafe(readSize);
  let parts: Buffer[] = [];
  let length = 0;
  let number = 0;
  const finish = (last: Buffer, ended: boolean): Line => {
    length += last.length;
    const whole = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    const bytes = length <= longestLine ? whole : undefined;
    parts = [];
    length = 0;
    number++;
    return { text: bytes !== undefined && isUtf8(bytes) ? bytes.toString('utf8') : undefined, number, ended };
  };
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, readSize, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const bytes = chunk.subarray(0, bytesRead);
    let begin = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, begin)) {
      yield finish(bytes.subarray(begin, end), true);
      begin = end + 1;
    }
    const rest = bytes.subarray(begin);
    if (length <= longestLine && rest.length > 0) parts.push(Buffer.from(rest));
    length += rest.length;
  }
  if (length > 0) yield finish(Buffer.alloc(0), false);
}

/** The number of lines in a file, one that no newline ends included. */
export async function countLines(handle: FileHandle): Promise<number> {
  const chunk = Buffer.allocUnsafe(readSize);
  let count = 0;
  let last: number = newline;
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, readSize, position);
    if (bytesRead === 0) return last === newline ? count : count + 1;
    position += bytesRead;
    last = chunk[bytesRead - 1];
    const bytes = chunk.subarray(0, bytesRead);
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, end + 1)) count++;
  }
}
