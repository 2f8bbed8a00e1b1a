/**
 * Finds text, pair and label in the bytes of an ordinary line, without decoding it. What is unusual (nested values, escapes in keys,
 * anything that is not clearly right) it leaves to `core/dataset`, whose rules decide; a test holds the two together.
 */
import { isUtf8 } from 'node:buffer';
import { DEFAULT_MAX_LINE_BYTES } from '../../core/dataset/lines.ts';

/** Names of the fields, in UTF-8. */
export interface RowKeys {
  readonly text: Uint8Array;
  readonly textPair: Uint8Array | undefined;
  readonly label: Uint8Array | undefined;
}

/** Where things are in the line, in bytes; −1 for what there is none of. */
export interface RowFields {
  /** Of the string's content, without quotes. */
  textStart: number;
  textEnd: number;
  textEscaped: boolean;
  pairStart: number;
  pairEnd: number;
  pairEscaped: boolean;
  /** Of the label's JSON value, quotes included. */
  labelStart: number;
  labelEnd: number;
  /** Whether the line holds anything but ASCII. */
  nonAscii: boolean;
}

export function newFields(): RowFields {
  return {
    textStart: -1,
    textEnd: -1,
    textEscaped: false,
    pairStart: -1,
    pairEnd: -1,
    pairEscaped: false,
    labelStart: -1,
    labelEnd: -1,
    nonAscii: false,
  };
}

const TAB = 0x09;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The same bytes, four at a time. */
export interface Words {
  readonly at: Int32Array;
  /** The byte that the first word begins with. */
  readonly first: number;
}

/** A view of bytes as words. */
export function wordsOf(b: Uint8Array): Words {
  const first = -b.byteOffset & 3;
  const count = Math.max(0, b.length - first) >> 2;
  return { at: new Int32Array(b.buffer, count === 0 ? 0 : b.byteOffset + first, count), first };
}

/** Too short to be worth a look at words. */
const noWords: Words = { at: new Int32Array(0), first: 0 };

/**
 * Reads a line that is one JSON object with a text (and pair) of at least one visible ASCII character and, where labels
 * are wanted, a label that may be one.
 *
 * @param b Bytes that the line lies in.
 * @param into Takes the places in `b`, valid only where the answer is true.
 * @param start Of the line.
 * @param end Of the line without its end. If anything follows in `b`, it is the line's end.
 * @param words Those of `b`, where there are many lines in it: long texts are passed over faster by them.
 * @returns false where `core` must look at the line: it says nothing about whether the line is good.
 */
export function scanRow(
  b: Uint8Array,
  keys: RowKeys,
  into: RowFields,
  start = 0,
  end = b.length,
  { at: words, first: firstWord }: Words = noWords,
): boolean {
  if (end - start > DEFAULT_MAX_LINE_BYTES) return false;
  into.textStart = into.pairStart = into.labelStart = -1;
  const wide = words.length > 0;
  let nonAscii = 0;
  let i = skipSpace(b, start, end);
  if (b[i] !== OPEN_BRACE) return false;
  i++;
  for (;;) {
    i = skipSpace(b, i, end);
    if (b[i] !== QUOTE) return false;
    const keyStart = ++i;
    for (; i < end; i++) {
      const c = b[i];
      if (c === QUOTE) break;
      if (c < SPACE || c === BACKSLASH) return false;
      nonAscii |= c;
    }
    const keyEnd = i;
    i = skipSpace(b, i + 1, end);
    if (b[i] !== COLON) return false;
    i = skipSpace(b, i + 1, end);
    const isText = isKey(b, keyStart, keyEnd, keys.text);
    const isPair = !isText && keys.textPair !== undefined && isKey(b, keyStart, keyEnd, keys.textPair);
    const isLabel = !isText && !isPair && keys.label !== undefined && isKey(b, keyStart, keyEnd, keys.label);
    const valueStart = i;
    const first = b[i];
    if (first === QUOTE) {
      let escaped = false;
      for (i++; i < end; i++) {
        if (wide && ((i - firstWord) & 3) === 0) {
          // Words of nothing but ordinary ASCII are passed over.
          const last = Math.min((end - firstWord) >> 2, words.length);
          let word = (i - firstWord) >> 2;
          while (word >= 0 && word < last && isOrdinary(words[word])) word++;
          i = Math.max(i, firstWord + (word << 2));
          if (i === end) break;
        }
        const c = b[i];
        if (c === QUOTE) break;
        if (c < SPACE) return false;
        if (c === BACKSLASH) {
          const skipped = escapeLength(b, i);
          if (skipped === 0) return false;
          escaped = true;
          i += skipped - 1;
          continue;
        }
        nonAscii |= c;
      }
      if (i >= end) return false;
      if (isText) {
        if (into.textStart >= 0 || !hasVisible(b, valueStart + 1, i)) return false;
        into.textStart = valueStart + 1;
        into.textEnd = i;
        into.textEscaped = escaped;
      } else if (isPair) {
        if (into.pairStart >= 0 || !hasVisible(b, valueStart + 1, i)) return false;
        into.pairStart = valueStart + 1;
        into.pairEnd = i;
        into.pairEscaped = escaped;
      }
      i++;
    } else {
      if (isText || isPair) return false;
      i = endOfScalar(b, i);
      if (i < 0) return false;
    }
    if (isLabel) {
      if (into.labelStart >= 0) return false;
      into.labelStart = valueStart;
      into.labelEnd = i;
    }
    i = skipSpace(b, i, end);
    const next = b[i];
    i++;
    if (next === COMMA) continue;
    if (next !== CLOSE_BRACE) return false;
    if (skipSpace(b, i, end) !== end) return false;
    break;
  }
  if (into.textStart < 0) return false;
  if (keys.textPair !== undefined && into.pairStart < 0) return false;
  if (keys.label !== undefined && into.labelStart < 0) return false;
  into.nonAscii = nonAscii >= 0x80;
  return !into.nonAscii || isUtf8(b.subarray(start, end));
}

/** Whether four bytes are ASCII, and none of them a quote, a backslash or a control character. */
function isOrdinary(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  // The highest bit of a byte is set where it is 0 in the first two, below 0x20 in the third, not ASCII in the last; a
  // byte after such a one may be taken for another, which costs nothing but a closer look.
  const found =
    ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | ((word - 0x20202020) & ~word) | word;
  return (found & 0x80808080) === 0;
}

function skipSpace(b: Uint8Array, i: number, end: number): number {
  // Reading beyond the end, even once, would make every read of an array slower.
  for (; i < end; i++) {
    const c = b[i];
    if (c !== SPACE && c !== TAB && c !== CR) return i;
  }
  return i;
}

function isKey(b: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let k = 0; k < key.length; k++) if (b[start + k] !== key[k]) return false;
  return true;
}

/** Whether a string's content holds a visible ASCII character, so that it cannot be blank. Escapes do not count. */
function hasVisible(b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = b[i];
    if (c === BACKSLASH) return false;
    if (c > SPACE && c < 0x7f) return true;
  }
  return false;
}

/** Bytes of the escape that begins at i; 0 where it is none. */
function escapeLength(b: Uint8Array, i: number): number {
  switch (b[i + 1]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: // u
      for (let k = 2; k < 6; k++) {
        const c = b[i + k] | 0x20;
        if (!((c >= ZERO && c <= NINE && b[i + k] >= ZERO) || (c >= 0x61 && c <= 0x66))) return 0;
      }
      return 6;
    default:
      return 0;
  }
}

/** End of the number, true, false or null that begins at i; −1 where there is none. */
function endOfScalar(b: Uint8Array, i: number): number {
  const c = b[i];
  if (c === 0x74) return b[i + 1] === 0x72 && b[i + 2] === 0x75 && b[i + 3] === 0x65 ? i + 4 : -1;
  if (c === 0x66) {
    return b[i + 1] === 0x61 && b[i + 2] === 0x6c && b[i + 3] === 0x73 && b[i + 4] === 0x65 ? i + 5 : -1;
  }
  if (c === 0x6e) return b[i + 1] === 0x75 && b[i + 2] === 0x6c && b[i + 3] === 0x6c ? i + 4 : -1;
  if (c === MINUS) i++;
  if (!isDigit(b[i])) return -1;
  if (b[i] === ZERO) i++;
  else i = skipDigits(b, i);
  if (b[i] === POINT) {
    if (!isDigit(b[i + 1])) return -1;
    i = skipDigits(b, i + 1);
  }
  if ((b[i] | 0x20) === 0x65) {
    i++;
    if (b[i] === PLUS || b[i] === MINUS) i++;
    if (!isDigit(b[i])) return -1;
    i = skipDigits(b, i);
  }
  return i;
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}

function skipDigits(b: Uint8Array, i: number): number {
  while (isDigit(b[i])) i++;
  return i;
}
