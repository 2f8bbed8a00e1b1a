import { createReadStream } from 'node:fs';
import path from 'node:path';
import { readDataset, type Dataset } from '../../src/core/dataset/dataset.ts';
import { labelMapOfRealSet } from '../../src/core/dataset/labels.ts';
import { stratifiedSubsample } from '../../src/core/sampling.ts';
import { tokenise, type Encoder } from '../../src/jobs/encoder.ts';
import type { LabelledRows } from '../../src/jobs/selectRows.ts';

export const taskNames = ['sst2', 'financial'] as const;
export type TaskName = (typeof taskNames)[number];

/** One task's files, tokenised. */
export interface Task {
  readonly name: TaskName;
  readonly labels: readonly string[];
  readonly real: LabelledRows;
  readonly dev: LabelledRows;
  readonly test: LabelledRows;
  readonly synthetic: LabelledRows;
}

/**
 * Reads a task from a folder of data sets.
 * @param syntheticRows A label-stratified subsample of this size, the same for every seed; all where there are fewer.
 */
export async function readTask(dir: string, name: TaskName, encoder: Encoder, syntheticRows: number): Promise<Task> {
  const read = (file: string, labels?: readonly string[]): Promise<Dataset> => {
    const full = path.join(dir, name, `${file}.jsonl`);
    return readDataset(createReadStream(full), { name: full, labels });
  };
  const real = await read('real');
  const labels = labelMapOfRealSet(real.labelCounts.keys(), 'real.jsonl');
  const [dev, test, synthetic] = [
    await read('dev', labels),
    await read('test', labels),
    await read('synthetic', labels),
  ];
  // sst2's dev and test share a row: a row that reports a number must choose nothing.
  const inTest = new Set(test.rows.map((row) => row.textHash));
  const prepare = async (rows: Dataset['rows']): Promise<LabelledRows> => ({
    rows: (await tokenise(encoder, rows, 128)).encoded,
    labelIds: Int32Array.from(rows, (row) => labels.indexOf(row.label)),
  });
  const ids = synthetic.rows.map((row) => labels.indexOf(row.label));
  const sample = stratifiedSubsample(ids, labels.length, syntheticRows, 1);
  return {
    name,
    labels,
    real: await prepare(real.rows),
    dev: await prepare(dev.rows.filter((row) => !inTest.has(row.textHash))),
    test: await prepare(test.rows),
    synthetic: await prepare([...sample].map((row) => synthetic.rows[row])),
  };
}
