import { UserError } from '../../base/errors.ts';
import { quote, quoteList } from './quote.ts';

/** An integer label. Longer runs of digits are strings: nobody counts with them, and comparing them takes long. */
const INTEGER = /^-?\d{1,100}$/;

/** Sorts labels: by value where all are integers, else by code unit. Returns a new array without repeats. */
export function sortLabels(labels: Iterable<string>): string[] {
  const distinct = [...new Set(labels)];
  const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  if (!distinct.every((label) => INTEGER.test(label))) return distinct.sort(byCodeUnit);
  return distinct.sort((a, b) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : byCodeUnit(a, b);
  });
}

/**
 * The label map of a run: the sorted labels of the real set. A label's id is its index here, in every model of the run.
 *
 * @param labels The labels of the real set.
 * @param file Name of the real file, for messages.
 * @throws UserError where there are fewer than two labels, or two that differ only by case or space.
 */
export function labelMapOfRealSet(labels: Iterable<string>, file: string): string[] {
  const sorted = sortLabels(labels);
  if (sorted.length < 2) {
    const found = sorted.length === 0 ? 'has no labels' : `has only the label ${quote(sorted[0])}`;
    throw new UserError(`${file} ${found}; a classifier needs rows of at least two labels.`);
  }
  const byFold = new Map<string, string>();
  for (const label of sorted) {
    const folded = foldCaseAndSpace(label);
    const other = byFold.get(folded);
    if (other !== undefined) {
      throw new UserError(
        `${file}: the labels ${quote(other)} and ${quote(label)} differ only by case or space. ` +
          `If they mean the same, write one of them throughout or map one to the other with --label-map.`,
      );
    }
    byFold.set(folded, label);
  }
  return sorted;
}

/** The message for a label that is not one of the known ones. */
export function unknownLabelMessage(label: string, known: readonly string[], suggestion: string | undefined): string {
  const help = suggestion === undefined ? `its labels are ${quoteList(known)}.` : `did you mean ${quote(suggestion)}?`;
  const option = `--label-map${suggestion === undefined ? '' : mapping(label, suggestion)}`;
  return `label ${quote(label)} is unknown to the real data; ${help} Fix it or pass ${option}`;
}

/** What a shell takes as it stands, and what it takes between double quotes; an option's value ends at the first `=`. */
const [plainWord, quotable] = [/^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u, /^[\p{L}\p{N}_ .,:;/+&'()-]{1,60}$/u];

/** The value of `--label-map` for one label, with a space before; nothing where it is not safely pasted. */
function mapping(from: string, to: string): string {
  if (![from, to].every((label) => quotable.test(label))) return '';
  return [from, to].every((label) => plainWord.test(label)) ? ` ${from}=${to}` : ` "${from}=${to}"`;
}

/** The error for a file of which no label is known. */
export function noCommonLabelError(file: string, labels: readonly string[], known: readonly string[]): UserError {
  return new UserError(
    `${file} has no label in common with the real data: its labels are ${quoteList(labels)}, ` +
      `those of the real data ${quoteList(known)}. Rename them or pass --label-map.`,
  );
}

/** Edit distances are computed for so many different unknown labels; a file with more has another problem. */
const MAX_COMPARED = 1000;
/** Labels longer than this, in UTF-16 code units, are not compared by edit distance. */
const MAX_COMPARED_LENGTH = 100;

/**
 * Suggests the known label that an unknown one is likely a misspelling of: the only one that differs just by case,
 * space, underscore or hyphen; else the only nearest within one edit (two from 8 characters on). Never between integers.
 */
export function labelSuggester(known: readonly string[]): (label: string) => string | undefined {
  const byFold = new Map<string, string | undefined>();
  for (const label of known) {
    const folded = foldSpelling(label);
    byFold.set(folded, byFold.has(folded) ? undefined : label);
  }
  const suggestions = new Map<string, string | undefined>();
  return (label) => {
    if (INTEGER.test(label.trim())) return known.includes(label.trim()) ? label.trim() : undefined;
    const folded = foldSpelling(label);
    if (byFold.has(folded)) return byFold.get(folded);
    if (suggestions.has(folded)) return suggestions.get(folded);
    if (suggestions.size >= MAX_COMPARED) return undefined;
    const suggestion = nearest(folded, known);
    suggestions.set(folded, suggestion);
    return suggestion;
  };
}

function nearest(folded: string, known: readonly string[]): string | undefined {
  if (folded.length < 4 || folded.length > MAX_COMPARED_LENGTH) return undefined;
  let best = folded.length >= 8 ? 2 : 1;
  let found: string | undefined;
  for (const label of known) {
    const other = foldSpelling(label);
    if (other.length < 4 || Math.abs(other.length - folded.length) > best) continue;
    const distance = editDistance(folded, other);
    if (distance > best) continue;
    found = distance === best && found !== undefined ? undefined : label;
    best = distance;
  }
  return found;
}

function foldCaseAndSpace(label: string): string {
  return label.normalize('NFC').toLowerCase().replace(/\s+/gu, '');
}

function foldSpelling(label: string): string {
  return foldCaseAndSpace(label).replace(/[_\p{Pd}]/gu, '');
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours each count 1. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(substitution, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
