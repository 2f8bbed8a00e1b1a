/** A text that is changed in an editor: bytes in memory, to which changed lines are added at the end. */
import { setImmediate as turn } from 'node:timers/promises';
import type { TextChange } from '../../protocol/data.ts';
import { asBuffer, memorySource, type ByteSource } from './byteSource.ts';
import {
  classifyAll,
  detectFormat,
  sameSchema,
  splitText,
  type IndexedText,
  type SplitText,
  type TextOptions,
} from './indexText.ts';
import { lineTableBuilder, type LineTable } from './lineTable.ts';
import type { LineContent, RowFormat } from './rowFormat.ts';
import { spliceLines } from './textChanges.ts';

/** Lines of an editor, and what was known of them before: without a format, all are looked at. */
export interface EditedText extends SplitText {
  readonly bytes: EditedBytes;
  readonly known?: Pick<IndexedText, 'format' | 'sampledLines'>;
}

/** Bytes that only grow; a text holds on to the part that it knows. */
export interface EditedBytes {
  readonly base: Uint8Array;
  /** Changed lines, one after the other; bytes from `used` on belong to nobody yet. */
  readonly extra: Uint8Array;
  readonly used: number;
}

/** Above this many bytes of changed lines everything is put together anew. */
const mostExtra = 64 * 1024 * 1024;

/**
 * A text as an editor has it, from its bytes: lone carriage returns end lines there, too.
 * @param bytes Not changed, and not to be changed any more.
 */
export async function editedText(bytes: Uint8Array): Promise<EditedText> {
  const base = withoutLoneReturns(bytes);
  const split = await splitText(base);
  const edited: EditedBytes = { base, extra: new Uint8Array(0), used: 0 };
  const newline = base.indexOf(LF);
  const lineEnd = newline > 0 && base[newline - 1] === CR ? '\r\n' : '\n';
  return { ...split, bytes: edited, source: sourceOf(edited), lineEnd };
}

/** The same text with the lines as columns that are known already. */
export function withKnown(text: EditedText, indexed: IndexedText): EditedText {
  // What was read from disk has the same lines, unless lone carriage returns were among them.
  if (indexed.lines.count !== text.lines.count) return text;
  return editedAgain(text, indexed);
}

/**
 * The text after changes. What is left as it was is not looked at again.
 * @throws RangeError where the changes do not fit the text.
 */
export async function changeText(text: EditedText, changes: readonly TextChange[]): Promise<ChangedText> {
  const { lines, endsWithNewline } = text;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const count = lines.count + (endsWithNewline ? 1 : 0);
  const splices = spliceLines(changes, {
    count,
    textOf: (line) => (line < lines.count ? decoder.decode(bytesAt(text.bytes, lines, line)) : ''),
  });
  if (splices.length === 0) return { text, changed: [], first: Infinity };

  let newline = endsWithNewline;
  const last = splices[splices.length - 1];
  let lastTexts: readonly string[] = last.texts;
  if (last.to === count) {
    newline = last.texts.at(-1) === '';
    if (newline) lastTexts = last.texts.slice(0, -1);
  }
  const bytes = growing(text.bytes);
  const table = lineTableBuilder(lines.count + 16);
  const changed: number[] = [];
  let position = 0;
  for (const splice of splices) {
    table.copy(lines, position, splice.from);
    for (const line of splice === last ? lastTexts : splice.texts) {
      changed.push(table.count);
      const { start, length } = bytes.add(line);
      table.add(start, length);
    }
    position = Math.min(splice.to, lines.count);
    if (changed.length % 4096 === 4095) await turn();
  }
  table.copy(lines, position, lines.count);
  const grown = bytes.finish();
  const next: EditedText = {
    lines: table.finish(),
    bytes: grown,
    source: sourceOf(grown),
    endsWithNewline: newline,
    bomLength: text.bomLength,
    lineEnd: text.lineEnd,
    known: text.known,
  };
  return { text: grown.used > mostExtra ? await compact(next) : next, changed, first: splices[0].from };
}

/** A changed text, before its new lines are looked at. */
export interface ChangedText {
  readonly text: EditedText;
  /** Lines that are new or changed, ascending, 0-based. */
  readonly changed: readonly number[];
  /** The first line that is not as it was; Infinity for none. */
  readonly first: number;
}

/**
 * Looks at what changed.
 * @throws UserError where the fields are not found any more.
 */
export async function readChanged({ text, changed, first }: ChangedText, options: TextOptions): Promise<IndexedText> {
  const { lines, source, known, endsWithNewline, bomLength, lineEnd } = text;
  const common = { options, source, endsWithNewline, bomLength, lineEnd };
  if (known !== undefined && first >= known.sampledLines) {
    const { format, sampledLines } = known;
    return { ...common, lines: classifySome(text, changed, format), format, sampledLines };
  }
  const detected = await detectFormat(lines, source, options);
  if (known !== undefined && sameSchema(known.format.schema, detected.format.schema)) {
    const { sampledLines } = detected;
    return { ...common, lines: classifySome(text, changed, known.format), format: known.format, sampledLines };
  }
  return { ...common, lines: await classifyAll(lines, source, detected.format), ...detected };
}

/** A text read in full, as one to be changed further. */
export function editedAgain(text: EditedText, { lines, format, sampledLines }: IndexedText): EditedText {
  return { ...text, lines, known: { format, sampledLines } };
}

function classifySome({ lines, bytes }: EditedText, changed: readonly number[], format: RowFormat): LineTable {
  const content: LineContent = { status: 0, hashHigh: 0, hashLow: 0, token: 0 };
  for (const line of changed) {
    format.classify(asBuffer(bytesAt(bytes, lines, line)), content);
    // The table is new and nobody has seen it yet.
    lines.status[line] = content.status;
    lines.hashHigh[line] = content.hashHigh;
    lines.hashLow[line] = content.hashLow;
    lines.token[line] = content.token;
  }
  return lines;
}

function bytesAt(bytes: EditedBytes, lines: LineTable, line: number): Uint8Array {
  return slice(bytes, lines.start[line], lines.length[line]);
}

function slice({ base, extra }: EditedBytes, start: number, length: number): Uint8Array {
  return start < base.length || length === 0
    ? base.subarray(start, start + length)
    : extra.subarray(start - base.length, start - base.length + length);
}

function sourceOf(bytes: EditedBytes): ByteSource {
  if (bytes.used === 0) return memorySource(bytes.base);
  return {
    length: bytes.base.length + bytes.used,
    inMemory: true,
    read: (ranges) => Promise.resolve(ranges.map(({ start, length }) => slice(bytes, start, length))),
  };
}

/** Adds lines behind what is used; where there is no room left, in a copy. */
function growing({ base, extra, used }: EditedBytes): {
  add(text: string): { start: number; length: number };
  finish(): EditedBytes;
} {
  const encoder = new TextEncoder();
  return {
    add: (text) => {
      // A UTF-16 code unit takes three bytes at most.
      const room = 3 * text.length;
      if (used + room > extra.length) {
        const grown = new Uint8Array(Math.max(used + room, 2 * extra.length, 1 << 16));
        grown.set(extra.subarray(0, used));
        extra = grown;
      }
      const { written } = encoder.encodeInto(text, extra.subarray(used));
      const start = base.length + used;
      used += written;
      return { start, length: written };
    },
    finish: () => ({ base, extra, used }),
  };
}

/** The same lines in bytes of their own, without what no line refers to any more. */
async function compact(text: EditedText): Promise<EditedText> {
  const { lines } = text;
  let total = 0;
  for (let line = 0; line < lines.count; line++) total += lines.length[line];
  const base = new Uint8Array(total);
  const start = new Float64Array(lines.count);
  let used = 0;
  for (let line = 0; line < lines.count; line++) {
    base.set(bytesAt(text.bytes, lines, line), used);
    start[line] = used;
    used += lines.length[line];
    if (line % 65536 === 65535) await turn();
  }
  const bytes: EditedBytes = { base, extra: new Uint8Array(0), used: 0 };
  return { ...text, lines: { ...lines, start }, bytes, source: sourceOf(bytes), bomLength: 0 };
}

const LF = 0x0a;
const CR = 0x0d;

/** Carriage returns that no line feed follows become line feeds, as an editor sees them. */
function withoutLoneReturns(bytes: Uint8Array): Uint8Array {
  let copy: Uint8Array | undefined;
  for (let i = bytes.indexOf(CR); i >= 0; i = bytes.indexOf(CR, i + 1)) {
    if (bytes[i + 1] === LF) continue;
    copy ??= bytes.slice();
    copy[i] = LF;
  }
  return copy ?? bytes;
}
