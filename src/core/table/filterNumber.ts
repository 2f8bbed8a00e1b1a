/** The numbers of the filter language. */
import { quote } from '../dataset/quote.ts';
import type { Operand } from './filter.ts';
import type { NumberField } from './filterFields.ts';
import { fail } from './filterTokens.ts';
import { sentence } from './sentence.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d{1,3}))?(%?)$/iu;

/**
 * Reads a number that is compared with a field.
 *
 * @param start Where it stands in the filter.
 * @throws FaultError where it is none, or none that the field can have.
 */
export function readNumber(field: NumberField, written: string, start: number): Operand {
  const range = { start, end: start + written.length };
  const match = NUMBER.exec(written);
  if (match === null) {
    if (/^[+-]?\d{1,9},\d{1,9}%?$/u.test(written)) {
      fail(range, sentence`${quote(written)} has a comma: write ${written.replace(',', '.')}.`);
    }
    fail(range, sentence`${quote(written)} is not a number: write one, as in ${exampleOf(field)}.`);
  }
  const percent = match[4] === '%';
  const probability = field === 'quality' || field === 'diversity';
  if (percent && !probability)
    fail(range, sentence`${field} has no per cent: write a plain number, as in ${exampleOf(field)}.`);
  const value = Number(percent ? written.slice(0, -1) : written) / (percent ? 100 : 1);
  if (!Number.isFinite(value)) fail(range, sentence`${quote(written)} is too large: write a smaller number.`);
  if (probability && (value < 0 || value > 1)) {
    fail(range, sentence`${field} lies between 0 and 1: write for example 0.97 or 97%.`);
  }
  const places = (match[1] ?? match[2] ?? '').length - Number(match[3] ?? 0) + (percent ? 2 : 0);
  return { value, written, places: Math.max(0, places) };
}

/** A test of the field, for messages. */
export function exampleOf(field: NumberField): string {
  return field === 'line' || field === 'rank' ? `${field}<100` : `${field}<0.3`;
}
