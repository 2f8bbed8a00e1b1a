import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/base/random.ts';

/** A row of a generated set; pairs have both texts. */
export interface GeneratedRow {
  readonly text?: string;
  readonly premise?: string;
  readonly hypothesis?: string;
  readonly label: string;
}

export interface Generated {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly seed: number;
  readonly pairs?: boolean;
  /** Share of rows with a wrong label. */
  readonly noise?: number;
}

/** Rows whose label follows from their words: each label has letters of its own, among letters that all share. */
export function generateRows({ rows, labels, seed, pairs = false, noise = 0 }: Generated): GeneratedRow[] {
  const random = new Random(seed, 'generated rows');
  const own = 'abcdefghij';
  const shared = 'klmnopqrstuvwxyz';
  const textOf = (label: number): string =>
    Array.from({ length: 4 + random.integer(6) }, () =>
      random.uniform() < 0.5 ? own[label] : shared[random.integer(shared.length)],
    ).join(' ');
  return Array.from({ length: rows }, (_, i) => {
    const truth = i % labels.length;
    const given = random.uniform() < noise ? (truth + 1) % labels.length : truth;
    const label = labels[given];
    return pairs ? { premise: textOf(truth), hypothesis: textOf(truth), label } : { text: textOf(truth), label };
  });
}

/** Writes rows as JSONL; returns the path. */
export function writeRows(folder: string, name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
