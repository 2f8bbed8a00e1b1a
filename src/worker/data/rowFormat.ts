/** How a file's lines become rows: its fields and its labels. The rules are those of `core/dataset`; this is their fast path. */
import * as crypto from 'node:crypto';
import { textHash } from '../../core/dataset/identity.ts';
import { labelSuggester, unknownLabelMessage } from '../../core/dataset/labels.ts';
import { DEFAULT_MAX_LINE_BYTES } from '../../core/dataset/lines.ts';
import {
  isBlank,
  parseLine,
  parseSource,
  readLabel,
  readText,
  type LabelField,
  type ParsedLine,
  type TextFields,
} from '../../core/dataset/parseRow.ts';
import { isRowError, type RowError } from '../../core/dataset/rowError.ts';
import type { Schema } from '../../core/dataset/schema.ts';
import { lineStatus, type LineEntry } from './lineTable.ts';
import { LabelSpellings, noLabel, type SpellingOptions } from './labelSpellings.ts';
import { newFields, scanRow, type RowFields, type RowKeys, type Words } from './scanRow.ts';

export { hashNumbers, hashText } from '../../core/dataset/identity.ts';

export interface RowFormatOptions extends Omit<SpellingOptions, 'field'> {
  readonly schema: Schema;
}

const mostFrequent = 6;

/** What a line turned out to hold. */
export type LineContent = Omit<LineEntry, 'start' | 'length'>;

/** Reads the lines of one file. */
export class RowFormat {
  readonly schema: Schema;
  readonly spellings: LabelSpellings;
  readonly #keys: RowKeys;
  readonly #fields: RowFields = newFields();
  readonly #suggest: (label: string) => string | undefined;
  /** The first labels met: most files have no others, and comparing bytes is quicker than making strings of them. */
  readonly #frequent: { readonly json: Buffer; readonly id: number }[] = [];

  constructor(private readonly options: RowFormatOptions) {
    this.schema = options.schema;
    this.spellings = new LabelSpellings({ ...options, field: options.schema.label ?? '' });
    this.#suggest = labelSuggester(options.known ?? []);
    this.#keys = {
      text: Buffer.from(options.schema.text, 'utf8'),
      textPair: options.schema.textPair === undefined ? undefined : Buffer.from(options.schema.textPair, 'utf8'),
      label: options.schema.label === undefined ? undefined : Buffer.from(options.schema.label, 'utf8'),
    };
  }

  /** Whether rows need no label. */
  get unlabelled(): boolean {
    return this.schema.label === undefined;
  }

  /**
   * Tells what a line holds, without keeping anything of it.
   *
   * @param bytes Bytes that the line lies in.
   * @param into Takes the answer, so that a million lines need no million objects.
   * @param start Of the line; see {@link scanRow}, as of what follows.
   */
  classify(bytes: Buffer, into: LineContent, start = 0, end = bytes.length, words?: Words): void {
    const fields = this.#fields;
    if (scanRow(bytes, this.#keys, fields, start, end, words)) {
      hashInto(hashOfFields(bytes, fields), into);
      into.token = fields.labelStart < 0 ? noLabel : this.#labelId(bytes, fields);
      into.status = into.token !== noLabel || this.unlabelled ? lineStatus.row : lineStatus.faultyLabel;
      return;
    }
    this.#classifySlowly(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), into);
  }

  /** As {@link classify}, by the rules of `core` alone: what is unusual, and what is wrong. */
  #classifySlowly(bytes: Buffer, into: LineContent): void {
    into.hashHigh = 0;
    into.hashLow = 0;
    into.token = noLabel;
    into.status = lineStatus.faulty;
    if (bytes.length > DEFAULT_MAX_LINE_BYTES) return;
    if (isBlank(bytes)) {
      into.status = lineStatus.blank;
      return;
    }
    const parsed = parseLine(bytes, 1);
    if (isRowError(parsed)) return;
    const texts = readText(parsed, this.schema);
    if (isRowError(texts)) return;
    const hex = textHash(texts.text, texts.textPair);
    into.hashHigh = parseInt(hex.slice(0, 8), 16);
    into.hashLow = parseInt(hex.slice(8), 16);
    into.status = lineStatus.row;
    if (this.schema.label === undefined) return;
    into.status = lineStatus.faultyLabel;
    const label = readLabel(parsed, this.schema.label);
    if (isRowError(label)) return;
    into.token = this.spellings.idOf(parsed.source.slice(label.start, label.end));
    if (into.token !== noLabel) into.status = lineStatus.row;
  }

  /** Why a line is left out; undefined where it is not. */
  faultOf(bytes: Uint8Array, line: number): RowError | undefined {
    const parsed = parseLine(bytes, line);
    if (isRowError(parsed)) return parsed;
    const texts = readText(parsed, this.schema);
    if (isRowError(texts)) return texts;
    if (this.schema.label === undefined) return undefined;
    const field = readLabel(parsed, this.schema.label);
    if (isRowError(field)) return field;
    const label = this.spellings.meaning(field.label);
    if (this.spellings.isKnown(label)) return undefined;
    const message = unknownLabelMessage(label, this.options.known ?? [], this.#suggest(label));
    return { line, column: field.start + 1, code: 'unknown-label', message };
  }

  /** The text of a usable row. */
  textOf(bytes: Buffer): TextFields {
    const fields = this.#fields;
    if (scanRow(bytes, this.#keys, fields)) {
      const text = stringAt(bytes, fields.textStart, fields.textEnd, fields.textEscaped);
      if (fields.pairStart < 0) return { text };
      return { text, textPair: stringAt(bytes, fields.pairStart, fields.pairEnd, fields.pairEscaped) };
    }
    return this.parse(bytes, 1).texts;
  }

  /** A usable row in full, with the place of its label. */
  parse(bytes: Uint8Array, line: number): { parsed: ParsedLine; texts: TextFields; label?: LabelField } {
    const parsed = mustBeGood(parseLine(bytes, line));
    const texts = mustBeGood(readText(parsed, this.schema));
    if (this.schema.label === undefined) return { parsed, texts };
    return { parsed, texts, label: mustBeGood(readLabel(parsed, this.schema.label)) };
  }

  #labelId(bytes: Buffer, { labelStart, labelEnd, nonAscii }: RowFields): number {
    for (const { json, id } of this.#frequent) if (standsAt(bytes, labelStart, labelEnd, json)) return id;
    // Of ASCII, Latin-1 is the fastest way to a string.
    const id = this.spellings.idOf(bytes.toString(nonAscii ? 'utf8' : 'latin1', labelStart, labelEnd));
    if (this.#frequent.length < mostFrequent) {
      this.#frequent.push({ json: Buffer.from(bytes.subarray(labelStart, labelEnd)), id });
    }
    return id;
  }
}

/** The members of a line that is one JSON object, for the detection of the schema. */
export function membersOf(bytes: Uint8Array): ParsedLine['members'] | undefined {
  if (bytes.length > DEFAULT_MAX_LINE_BYTES || isBlank(bytes)) return undefined;
  const parsed = parseLine(bytes, 1);
  return isRowError(parsed) ? undefined : parsed.members;
}

/** The label's place in a line of an editor, where the line holds one. */
export function labelIn(source: string, schema: Schema): LabelField | undefined {
  const parsed = parseSource(source, 1);
  if (isRowError(parsed) || schema.label === undefined) return undefined;
  const label = readLabel(parsed, schema.label);
  return isRowError(label) ? undefined : label;
}

function mustBeGood<T extends object>(result: T | RowError): T {
  if (isRowError(result)) throw new Error(`a row that was usable is not: ${result.message}`);
  return result;
}

function standsAt(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function stringAt(bytes: Buffer, start: number, end: number, escaped: boolean): string {
  const raw = bytes.toString('utf8', start, end);
  return escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
}

/** SHA-256 as a string of one character per byte: of all ways to a digest in Node the quickest. */
const digest: (data: string | Uint8Array) => string =
  typeof crypto.hash === 'function'
    ? (data) => crypto.hash('sha256', data, 'binary')
    : (data) => crypto.createHash('sha256').update(data).digest('binary');

let pairScratch = Buffer.alloc(4096);

function hashOfFields(bytes: Buffer, f: RowFields): string {
  if (f.pairStart < 0) {
    if (f.textEscaped) return digest(stringAt(bytes, f.textStart, f.textEnd, true));
    return digest(bytes.subarray(f.textStart, f.textEnd));
  }
  if (f.textEscaped || f.pairEscaped) {
    const text = stringAt(bytes, f.textStart, f.textEnd, f.textEscaped);
    return digest(`${text}\u0000${stringAt(bytes, f.pairStart, f.pairEnd, f.pairEscaped)}`);
  }
  const textLength = f.textEnd - f.textStart;
  const length = textLength + 1 + f.pairEnd - f.pairStart;
  if (pairScratch.length < length) pairScratch = Buffer.alloc(2 * length);
  bytes.copy(pairScratch, 0, f.textStart, f.textEnd);
  pairScratch[textLength] = 0;
  bytes.copy(pairScratch, textLength + 1, f.pairStart, f.pairEnd);
  return digest(pairScratch.subarray(0, length));
}

function hashInto(hash: string, into: LineContent): void {
  const byte = (i: number): number => hash.charCodeAt(i);
  into.hashHigh = ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
  into.hashLow = ((byte(4) << 24) | (byte(5) << 16) | (byte(6) << 8) | byte(7)) >>> 0;
}
