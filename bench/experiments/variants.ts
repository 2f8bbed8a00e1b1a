/** Cuts of the data sets that experiments train on: fewer synthetic rows, fewer real ones. Lines are copied as they are. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stratifiedSubsample } from '../../src/core/sampling.ts';

export interface Variant {
  /** Folder of the data set. */
  readonly task: string;
  /** Label-stratified subsamples of so many rows, the same for every seed; all rows where absent. */
  readonly syntheticRows?: number;
  readonly realRows?: number;
}

/** Of the subsamples. */
const seed = 1;

/** Name of a variant's folder, e.g. `sst2-2000-real-50`. */
export function variantName({ task, syntheticRows, realRows }: Variant): string {
  return [
    task,
    ...(syntheticRows === undefined ? [] : [String(syntheticRows)]),
    ...(realRows === undefined ? [] : [`real-${String(realRows)}`]),
  ].join('-');
}

/** Writes a variant's four files below `to`, and tells their folder. */
export async function writeVariant(datasets: string, to: string, variant: Variant): Promise<string> {
  const from = path.join(datasets, variant.task);
  const folder = path.join(to, variantName(variant));
  await mkdir(folder, { recursive: true });
  for (const file of ['dev.jsonl', 'test.jsonl']) await copyFile(path.join(from, file), path.join(folder, file));
  await writeCut(from, folder, 'synthetic.jsonl', variant.syntheticRows);
  await writeCut(from, folder, 'real.jsonl', variant.realRows);
  return folder;
}

async function writeCut(from: string, to: string, file: string, rows: number | undefined): Promise<void> {
  const lines = (await readFile(path.join(from, file), 'utf8')).split('\n').filter((line) => line !== '');
  const labels = lines.map((line) => (JSON.parse(line) as { readonly label: string }).label);
  const names = [...new Set(labels)].sort();
  const ids = labels.map((label) => names.indexOf(label));
  const kept = rows === undefined ? lines.keys() : stratifiedSubsample(ids, names.length, rows, seed);
  await writeFile(path.join(to, file), [...kept].map((row) => `${lines[row]}\n`).join(''));
}
