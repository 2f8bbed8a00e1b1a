/** The words of the filter language. */
import type { FilterFault } from './filter.ts';
import { say, sentence, type Sentence } from './sentence.ts';

/** Thrown while a filter is read; `parseFilter` catches it. */
export class FaultError extends Error {
  constructor(readonly fault: FilterFault) {
    super(fault.message);
  }
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** @throws FaultError always. */
export function fail({ start, end }: Range, why: Sentence): never {
  throw new FaultError({ message: say(why), sentence: why, start, end });
}

export interface Token extends Range {
  readonly kind: 'end' | '(' | ')' | 'or' | 'and' | 'not' | 'quoted' | 'word' | 'operator';
  /** Of a quoted text without quotes and escapes, else as it is written. */
  readonly value: string;
}

const SPACE = /\s/u;
/** Where a word that may be a field or a text ends. */
const WORD_END = /[\s"()|:<>=]|!(?==)/gu;
/** Where a value ends, which may hold operators, as in `label:billing:refund`. */
const VALUE_END = /[\s"()|,]/gu;
/** Where a number ends: not at a comma, so that `0,3` is noticed. */
const NUMBER_END = /[\s"()|]/gu;
const OPERATOR = /<=|>=|!=|[<>=:]/uy;
/** A lone hyphen and the beginning of --option are texts. */
const NEGATION = /-(?![\s\-)|]|$)/uy;

/** The token from a position on, spaces skipped. */
export function tokenAt(text: string, from: number): Token {
  const start = skipSpace(text, from);
  const first = text.charAt(start);
  if (first === '') return slice(text, 'end', start, start);
  if (first === '(' || first === ')') return slice(text, first, start, start + 1);
  if (first === '|') return slice(text, 'or', start, start + 1);
  if (first === '"') return quotedAt(text, start);
  OPERATOR.lastIndex = start;
  if (OPERATOR.test(text)) return slice(text, 'operator', start, OPERATOR.lastIndex);
  NEGATION.lastIndex = start;
  if (NEGATION.test(text)) return slice(text, 'not', start, start + 1);
  const word = slice(text, 'word', start, endOf(text, WORD_END, start));
  const keyword = word.value.toLowerCase();
  return keyword === 'or' || keyword === 'and' || keyword === 'not' ? { ...word, kind: keyword } : word;
}

/** The value of a field from a position on, spaces skipped: quoted, or a word that is empty where there is none. */
export function valueAt(text: string, from: number): Token {
  const start = skipSpace(text, from);
  return text.charAt(start) === '"' ? quotedAt(text, start) : slice(text, 'word', start, endOf(text, VALUE_END, start));
}

/** The comma from a position on, spaces skipped; undefined where there is none. */
export function commaAt(text: string, from: number): Range | undefined {
  const start = skipSpace(text, from);
  return text.charAt(start) === ',' ? { start, end: start + 1 } : undefined;
}

/** What stands where a number is expected, spaces skipped; empty where there is nothing. */
export function numberAt(text: string, from: number): Token {
  const start = skipSpace(text, from);
  return slice(text, 'word', start, endOf(text, NUMBER_END, start));
}

function quotedAt(text: string, start: number): Token {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return { kind: 'quoted', value, start, end: at + 1 };
    const following = text[at + 1];
    if (text[at] === '\\' && (following === '"' || following === '\\')) at++;
    value += text[at];
  }
  return fail({ start, end: text.length }, sentence`This quote is not closed: add " where the text ends.`);
}

function slice(text: string, kind: Token['kind'], start: number, end: number): Token {
  return { kind, value: text.slice(start, end), start, end };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text[at])) at++;
  return at;
}

function endOf(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
