/**
 * The filter language of the weights panel: `weight<0.3 label:spam -verdict:ok "free money"`.
 *
 *     any     = all { ( "|" | "or" ) all }
 *     all     = term { [ "and" ] term }
 *     term    = [ "-" | "not" ] ( "(" any ")" | test | text )
 *     test    = number field, ( "<" | "<=" | ">" | ">=" | "=" | ":" ), number
 *             | number field, ( ":" | "=" ), [ number ] ".." [ number ]                   both ends included
 *             | value field, ( ":" | "=" ), value { "," value }                            one of them
 *     text    = word | quoted                                                              contained, in any case
 *
 * Number fields: weight, low (lower bound of the weight), quality (p), diversity (q), line, rank. Value fields: label, suggested, verdict, is, text.
 * In quotes, `\"` is a quote and `\\` a backslash. Words of the language may be written in any case.
 */
import type { Verdict } from '../weighting/verdicts.ts';
import type { NumberField, RowState } from './filterFields.ts';
import { FilterReader } from './filterReader.ts';
import { FaultError } from './filterTokens.ts';
import type { Sentence } from './sentence.ts';

/** A filter as it was understood. */
export interface Filter {
  readonly root: FilterNode;
  /** The texts to look for, each once, lower-cased (`toLowerCase`), in the order of the filter. */
  readonly terms: readonly string[];
}

export type Comparison = '<' | '<=' | '>' | '>=' | '=';

/** A number of a filter. */
export interface Operand {
  readonly value: number;
  /** As it was typed, e.g. `97%`. */
  readonly written: string;
  /** Digits after the decimal point of `value`, as typed: how exactly `=` is meant. */
  readonly places: number;
}

/** `all` and `any` hold two nodes or more and none of their own kind, but for the empty `all`, which every row passes. */
export type FilterNode =
  | { readonly kind: 'all'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'any'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly of: Exclude<FilterNode, { kind: 'not' }> }
  /** Lower-cased, never empty. */
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'compare';
      readonly field: NumberField;
      readonly comparison: Comparison;
      readonly operand: Operand;
    }
  /** Both ends included; at least one is given. */
  | { readonly kind: 'between'; readonly field: NumberField; readonly from?: Operand; readonly to?: Operand }
  | { readonly kind: 'label' | 'suggested'; readonly values: readonly string[] }
  | { readonly kind: 'verdict'; readonly values: readonly Verdict[] }
  | { readonly kind: 'is'; readonly values: readonly RowState[] };

/** Why a filter cannot be read. */
export interface FilterFault {
  /** One line in plain words that names the fix. */
  readonly message: string;
  /** The same, to be said in the user's language. */
  readonly sentence: Sentence;
  /** Range in the filter text, UTF-16 code units; never empty. */
  readonly start: number;
  readonly end: number;
}

export interface FilterOptions {
  /** The labels of the dataset: others are then faults, and those found are written as here. */
  readonly labels?: readonly string[];
}

/** Passed by every row. */
export const everyRow: Filter = { root: { kind: 'all', of: [] }, terms: [] };

/** Reads a filter; never throws. Blank text is `everyRow`. */
export function parseFilter(
  text: string,
  options: FilterOptions = {},
): { readonly filter: Filter } | { readonly fault: FilterFault } {
  try {
    return { filter: new FilterReader(text, options.labels).read() };
  } catch (thrown) {
    if (thrown instanceof FaultError) return { fault: thrown.fault };
    throw thrown;
  }
}
