import { isJsonFault, scanJson, type JsonMember } from './jsonScanner.ts';
import { quote } from './quote.ts';
import { isRowError, type RowError, type RowErrorCode } from './rowError.ts';
import type { Schema } from './schema.ts';
import { firstInvalidUtf8 } from './utf8.ts';

/** JSON type of a label in the file; a relabelled row keeps it. */
export type LabelKind = 'string' | 'integer' | 'boolean';

/** One line that holds one JSON object. */
export interface ParsedLine {
  /** 1-based. */
  line: number;
  /** The line's characters; all positions count in its UTF-16 code units. */
  source: string;
  /** Position of the object's opening brace. */
  start: number;
  /** The object's members in order, duplicates included. */
  members: readonly JsonMember[];
}

/** The text of a row: a sentence or a pair. */
export interface TextFields {
  text: string;
  textPair?: string;
}

/** The label of a row. */
export interface LabelField {
  /** Labels compare as strings: 1 is '1', true is 'true'. */
  label: string;
  labelKind: LabelKind;
  /** Range of the label's JSON value within the line, quotes included: what a relabel replaces. */
  start: number;
  end: number;
}

/** Whether a line is blank: nothing but the white space of JSON. */
export function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}

/**
 * Reads the bytes of one line, newline excluded, as UTF-8 and as one JSON object.
 * @returns A row error of code `invalid-utf8`, `nul-byte`, `not-json` or `not-object` where that fails.
 */
export function parseLine(bytes: Uint8Array, line: number): ParsedLine | RowError {
  const source = decode(bytes, line);
  return typeof source === 'string' ? parseSource(source, line) : source;
}

/** As `parseLine`, of a line that is already text. */
export function parseSource(source: string, line: number): ParsedLine | RowError {
  const nul = source.indexOf('\0');
  if (nul >= 0)
    return rowError(line, nul, 'nul-byte', 'the line holds a NUL byte; remove it, or save the file as UTF-8');
  const scan = scanJson(source);
  if (isJsonFault(scan)) return rowError(line, scan.at, 'not-json', `not JSON: ${scan.reason}`);
  if (scan.kind !== 'object') {
    const message = `expected a JSON object such as {"text": …, "label": …}, found ${withArticle(scan.kind)}`;
    return rowError(line, scan.start, 'not-object', message);
  }
  return { line, source, start: scan.start, members: scan.members };
}

/**
 * The row's text, or pair of texts.
 * @returns A row error of code `missing-field`, `duplicate-key`, `wrong-type` or `empty-text` where there is none.
 */
export function readText(parsed: ParsedLine, schema: Schema): TextFields | RowError {
  const text = readString(parsed, schema.text);
  if (typeof text !== 'string') return text;
  if (schema.textPair === undefined) return { text };
  const textPair = readString(parsed, schema.textPair);
  return typeof textPair === 'string' ? { text, textPair } : textPair;
}

/**
 * The row's label, in the field `name`.
 * @param optional Whether a row may lack it: then a missing, null or blank label gives undefined.
 * @returns A row error of code `missing-field`, `duplicate-key`, `wrong-type` or `empty-label` where there is none.
 */
export function readLabel(parsed: ParsedLine, name: string, optional: true): LabelField | RowError | undefined;
export function readLabel(parsed: ParsedLine, name: string, optional?: boolean): LabelField | RowError;
export function readLabel(parsed: ParsedLine, name: string, optional = false): LabelField | RowError | undefined {
  const member = findMember(parsed, name);
  if (isRowError(member)) return optional && member.code === 'missing-field' ? undefined : member;
  const { start, end } = member;
  const fault = (code: RowErrorCode, message: string): RowError => rowError(parsed.line, start, code, message);
  switch (member.kind) {
    case 'string': {
      const label = parseValue(parsed, member) as string;
      if (label.trim() !== '') return { label, labelKind: 'string', start, end };
      return optional ? undefined : fault('empty-label', `the label ${quote(name)} is empty`);
    }
    case 'boolean':
      return { label: parsed.source.slice(start, end), labelKind: 'boolean', start, end };
    case 'number': {
      const value = parseValue(parsed, member) as number;
      if (Number.isSafeInteger(value)) return { label: String(value), labelKind: 'integer', start, end };
      const advice = Number.isInteger(value) ? 'is too large to be exact; write it as a string' : 'is not an integer';
      return fault('wrong-type', `the label ${quote(name)} ${advice}`);
    }
    case 'null':
      if (optional) return undefined;
      return fault('wrong-type', labelTypeMessage(name, member));
    case 'array':
    case 'object':
      return fault('wrong-type', labelTypeMessage(name, member));
  }
}

function labelTypeMessage(name: string, member: JsonMember): string {
  return `the label ${quote(name)} must be a string, an integer or true/false, found ${withArticle(member.kind)}`;
}

// ignoreBOM: a U+FEFF that is not at the start of the file is a character, to be reported, not to be swallowed.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, line: number): string | RowError {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const at = firstInvalidUtf8(bytes);
    if (at < 0) throw error;
    const utf16 = line === 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
    const byte = bytes[at].toString(16).toUpperCase().padStart(2, '0');
    const what = utf16 ? 'the file is UTF-16' : `byte 0x${byte} is not valid UTF-8`;
    return rowError(
      line,
      decoder.decode(bytes.subarray(0, at)).length,
      'invalid-utf8',
      `${what}; save the file as UTF-8`,
    );
  }
}

function readString(parsed: ParsedLine, name: string): string | RowError {
  const member = findMember(parsed, name);
  if (isRowError(member)) return member;
  if (member.kind !== 'string') {
    const message = `the text ${quote(name)} must be a string, found ${withArticle(member.kind)}`;
    return rowError(parsed.line, member.start, 'wrong-type', message);
  }
  const value = parseValue(parsed, member) as string;
  if (value.trim() === '') return rowError(parsed.line, member.start, 'empty-text', `the text ${quote(name)} is empty`);
  return value;
}

function findMember(parsed: ParsedLine, name: string): JsonMember | RowError {
  let found: JsonMember | undefined;
  for (const member of parsed.members) {
    if (member.key !== name) continue;
    if (found !== undefined) {
      const message = `the key ${quote(name)} comes twice, so its value is ambiguous; remove one`;
      return rowError(parsed.line, member.keyStart, 'duplicate-key', message);
    }
    found = member;
  }
  if (found !== undefined) return found;
  const similar = parsed.members.find((member) => member.key.trim().toLowerCase() === name.trim().toLowerCase());
  const hint = similar === undefined ? '' : `; it has ${quote(similar.key)}`;
  return rowError(parsed.line, parsed.start, 'missing-field', `the row has no field ${quote(name)}${hint}`);
}

/** JSON.parse copies, so a kept value does not keep its whole line in memory. */
function parseValue(parsed: ParsedLine, member: JsonMember): unknown {
  return JSON.parse(parsed.source.slice(member.start, member.end));
}

function withArticle(kind: JsonMember['kind']): string {
  if (kind === 'null') return kind;
  return `${kind === 'array' || kind === 'object' ? 'an' : 'a'} ${kind}`;
}

/** @param at 0-based position in the line. */
function rowError(line: number, at: number, code: RowErrorCode, message: string): RowError {
  return { line, column: at + 1, code, message };
}
