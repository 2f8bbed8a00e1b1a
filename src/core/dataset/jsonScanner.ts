/**
 * A strict JSON scanner (RFC 8259) that tells where things are instead of building values: the place of a fault, and
 * the members of a top-level object with their positions. It accepts exactly what `JSON.parse` accepts; values are
 * then parsed by `JSON.parse` from the ranges found here. It does not recurse, so nesting depth is no danger.
 *
 * Positions are 0-based UTF-16 code units of the scanned text; ranges exclude their end.
 */

/** The six kinds of JSON value. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';

/** A member of the top-level object, in the order of the text; the same key may come twice. */
export interface JsonMember {
  /** The key, escapes decoded. */
  key: string;
  /** Position of the key's opening quote. */
  keyStart: number;
  kind: JsonKind;
  /** Range of the value, quotes included. */
  start: number;
  end: number;
}

/** A text that is JSON. */
export interface JsonScan {
  kind: JsonKind;
  /** Position of the value's first character, after white space. */
  start: number;
  /** Empty unless the value is an object. */
  members: JsonMember[];
}

/** A text that is not JSON. */
export interface JsonFault {
  /** Position of the first character at fault; the text's length where it ends too early. */
  at: number;
  /** What is wrong there, as part of a sentence. */
  reason: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Scans a whole text as one JSON value. */
export function scanJson(source: string): JsonScan | JsonFault {
  const members: JsonMember[] = [];
  // Closing characters of the open containers, innermost last.
  const open: number[] = [];
  let member: JsonMember | undefined;
  const start = skipSpace(source, 0);
  let kind: JsonKind | undefined;
  let i = start;

  // Reads `"key":` at i, moves i behind it; a returned fault ends the scan.
  const readKey = (): JsonFault | undefined => {
    i = skipSpace(source, i);
    if (source.charCodeAt(i) !== QUOTE) return unexpected(source, i, 'a key in double quotes');
    const keyStart = i;
    const keyEnd = endOfString(source, i);
    if (keyEnd < 0) return stringFault(source, ~keyEnd);
    i = skipSpace(source, keyEnd);
    if (source.charCodeAt(i) !== COLON) return unexpected(source, i, "':' after the key");
    i = skipSpace(source, i + 1);
    if (open.length === 1) {
      const raw = source.slice(keyStart + 1, keyEnd - 1);
      const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
      member = { key, keyStart, kind: 'null', start: i, end: i };
      members.push(member);
    }
    return undefined;
  };

  for (;;) {
    // A value begins at i.
    const first = source.charCodeAt(i);
    const valueKind = kindOf(first);
    if (valueKind === undefined) return unexpected(source, i, 'a value');
    kind ??= valueKind;
    if (member !== undefined && open.length === 1) member.kind = valueKind;
    if (valueKind === 'object' || valueKind === 'array') {
      const close = valueKind === 'object' ? CLOSE_BRACE : CLOSE_BRACKET;
      i = skipSpace(source, i + 1);
      if (source.charCodeAt(i) !== close) {
        open.push(close);
        if (valueKind === 'object') {
          const fault = readKey();
          if (fault !== undefined) return fault;
        }
        continue;
      }
      i++;
    } else if (valueKind === 'string') {
      const end = endOfString(source, i);
      if (end < 0) return stringFault(source, ~end);
      i = end;
    } else if (valueKind === 'number') {
      const end = endOfNumber(source, i);
      if (end < 0) return unexpected(source, ~end, 'a digit');
      i = end;
    } else {
      const word = first === 0x74 ? 'true' : first === 0x66 ? 'false' : 'null';
      if (!source.startsWith(word, i)) return unexpected(source, i, 'a value');
      i += word.length;
    }

    // A value ended at i: close what closes, until another value is due.
    for (;;) {
      if (member !== undefined && open.length === 1) {
        member.end = i;
        member = undefined;
      }
      i = skipSpace(source, i);
      if (open.length === 0) {
        if (i < source.length) return trailing(source, i);
        return { kind, start, members };
      }
      const close = open[open.length - 1];
      const next = source.charCodeAt(i);
      if (next === close) {
        open.pop();
        i++;
        continue;
      }
      const closing = close === CLOSE_BRACE ? '}' : ']';
      if (next !== COMMA) return unexpected(source, i, `',' or '${closing}'`);
      i = skipSpace(source, i + 1);
      if (source.charCodeAt(i) === close) return { at: i, reason: `a comma before '${closing}' is not allowed` };
      if (close === CLOSE_BRACE) {
        const fault = readKey();
        if (fault !== undefined) return fault;
      }
      break;
    }
  }
}

/** Whether the scan found a fault. */
export function isJsonFault(result: JsonScan | JsonFault): result is JsonFault {
  return 'reason' in result;
}

function kindOf(first: number): JsonKind | undefined {
  if (first === QUOTE) return 'string';
  if (first === OPEN_BRACE) return 'object';
  if (first === OPEN_BRACKET) return 'array';
  if (first === MINUS || isDigit(first)) return 'number';
  if (first === 0x74 || first === 0x66) return 'boolean';
  if (first === 0x6e) return 'null';
  return undefined;
}

function skipSpace(source: string, i: number): number {
  for (;;) {
    const c = source.charCodeAt(i);
    if (c !== 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return i;
    i++;
  }
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= 0x39;
}

function isHexDigit(c: number): boolean {
  return isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}

/** End of the string whose opening quote is at `start`; `~at` where it is faulty at `at`. */
function endOfString(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === QUOTE) return i + 1;
    if (c < 0x20) return ~i;
    if (c !== BACKSLASH) continue;
    const escape = source[i + 1];
    if (escape === undefined) break;
    if (escape === 'u') {
      for (let k = 2; k < 6; k++) if (!isHexDigit(source.charCodeAt(i + k))) return i + k < source.length ? ~i : ~start;
      i += 5;
    } else if ('"\\/bfnrt'.includes(escape)) {
      i++;
    } else {
      return ~i;
    }
  }
  return ~start;
}

function stringFault(source: string, at: number): JsonFault {
  const c = source.charCodeAt(at);
  if (c === QUOTE) return { at, reason: 'the string that opens here is not closed on this line' };
  if (c === BACKSLASH) {
    const escape =
      source[at + 1] === 'u' ? '\\u needs four hexadecimal digits' : `no such escape as \\${source[at + 1]}`;
    return { at, reason: /[\p{C}\p{Z}]/u.test(escape.slice(-1)) ? 'no such escape' : escape };
  }
  const written = c === 0x09 ? '\\t' : c === 0x0d ? '\\r' : `\\u${c.toString(16).padStart(4, '0')}`;
  return { at, reason: `a control character in a string must be written ${written}` };
}

/** End of the number that begins at `i` with a minus or a digit; `~at` where a digit is missing at `at`. */
function endOfNumber(source: string, i: number): number {
  if (source.charCodeAt(i) === MINUS) i++;
  if (!isDigit(source.charCodeAt(i))) return ~i;
  if (source.charCodeAt(i) === ZERO) i++;
  else while (isDigit(source.charCodeAt(i))) i++;
  if (source[i] === '.') {
    i++;
    if (!isDigit(source.charCodeAt(i))) return ~i;
    while (isDigit(source.charCodeAt(i))) i++;
  }
  if (source[i] === 'e' || source[i] === 'E') {
    i++;
    if (source[i] === '+' || source[i] === '-') i++;
    if (!isDigit(source.charCodeAt(i))) return ~i;
    while (isDigit(source.charCodeAt(i))) i++;
  }
  return i;
}

function trailing(source: string, at: number): JsonFault {
  const c = source.charCodeAt(at);
  const reason =
    c === OPEN_BRACE || c === OPEN_BRACKET ? 'a second value begins here; each needs a line of its own' : undefined;
  return reason === undefined ? unexpected(source, at, 'the end of the line') : { at, reason };
}

/** Words of Python and JavaScript that generators write into JSON, and what JSON calls them. */
const FOREIGN_WORDS: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['NaN', 'null'],
  ['Infinity', 'null'],
  ['undefined', 'null'],
]);

/** The fault of finding something else than `expected` at `at`, with the usual mistakes named. */
function unexpected(source: string, at: number, expected: string): JsonFault {
  if (at >= source.length) return { at: source.length, reason: `the line ends where ${expected} is expected` };
  const word = /^[A-Za-z_]\w{0,30}/.exec(source.slice(at, at + 31))?.[0];
  if (word !== undefined) {
    const json = FOREIGN_WORDS.get(word);
    return { at, reason: `expected ${expected}, found ${word}${json === undefined ? '' : ` (JSON writes ${json})`}` };
  }
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (character === "'" || character === '“' || character === '”' || character === '‘' || character === '’') {
    return { at, reason: `expected ${expected}, found ${character} (JSON quotes with ")` };
  }
  if (isDigit(character.charCodeAt(0)) && source[at - 1] === '0')
    return { at, reason: 'a number must not begin with 0' };
  if (character === '/' || character === '#') return { at, reason: `expected ${expected}; JSON has no comments` };
  const shown = /[\p{C}\p{Z}]/u.test(character)
    ? `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`
    : `'${character}'`;
  return { at, reason: `expected ${expected}, found ${shown}` };
}
