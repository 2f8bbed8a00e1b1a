/** The names of the filter language: fields, states, and how they may be written. */
import { editDistance } from '../dataset/labels.ts';
import type { Verdict } from '../weighting/verdicts.ts';

export const numberFields = ['weight', 'low', 'quality', 'diversity', 'line', 'rank'] as const;
export type NumberField = (typeof numberFields)[number];

export const valueFields = ['label', 'suggested', 'verdict', 'is', 'text'] as const;
export type ValueField = (typeof valueFields)[number];

/** What `is:` asks for; `picked`: chosen elsewhere, on the map. */
export const rowStates = ['kept', 'relabelled', 'removed', 'stale', 'scored', 'unscored', 'picked'] as const;
export type RowState = (typeof rowStates)[number];

export function isNumberField(field: NumberField | ValueField): field is NumberField {
  return (numberFields as readonly string[]).includes(field);
}

/** Other ways to write a name, among them the column titles and what a preview calls a verdict. */
const aliases: Readonly<Record<string, NumberField | ValueField | RowState | Verdict>> = {
  w: 'weight',
  p: 'quality',
  "p'": 'quality',
  'p\u0302': 'quality',
  "p\u0302'": 'quality',
  q: 'diversity',
  'q\u0302': 'diversity',
  '#': 'rank',
  weightlow: 'low',
  suggestion: 'suggested',
  relabeled: 'relabelled',
  suspect: 'misaligned',
};

/** The name out of `names` that was written, in any case or as an alias. */
export function findName<N extends string>(written: string, names: readonly N[]): N | undefined {
  const folded = written.toLowerCase().replace(/[’′]/g, "'");
  const name = Object.hasOwn(aliases, folded) ? aliases[folded] : folded;
  return names.find((candidate) => candidate === name);
}

/** The name that was likely meant: the first of the nearest, within one edit, or two from 5 characters on. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const folded = written.toLowerCase();
  let most = folded.length >= 5 ? 2 : 1;
  let nearest: string | undefined;
  for (const name of names) {
    if (Math.abs(name.length - folded.length) > most) continue;
    const distance = editDistance(folded, name);
    if (distance > most || (distance === most && nearest !== undefined)) continue;
    most = distance;
    nearest = name;
  }
  return nearest;
}

/** @returns The label's id; 'ambiguous' where it equals several but for case, and none exactly. */
export function findLabel(written: string, labels: readonly string[]): number | 'unknown' | 'ambiguous' {
  const exact = labels.indexOf(written);
  if (exact !== -1) return exact;
  const folded = foldCase(written);
  const first = labels.findIndex((label) => foldCase(label) === folded);
  if (first === -1) return 'unknown';
  return labels.some((label, id) => id > first && foldCase(label) === folded) ? 'ambiguous' : first;
}

function foldCase(label: string): string {
  return label.normalize('NFC').toLowerCase();
}
