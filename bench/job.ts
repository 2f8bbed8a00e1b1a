import { readFile } from 'node:fs/promises';
import type { EncodedRows } from '../src/engine/hub/encodedRows.ts';

/** Rows of a job: token ids without padding, and a label id each. */
export interface JobRows {
  readonly inputIds: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/**
 * What one contender is to do. The same JSON file is read by bench/torch (whose scripts explain the fields they know) and
 * by our own contenders; each ignores what is meant for the other.
 */
export interface Job extends JobRows {
  /** A Hugging Face folder of a classifier, or with `config` the shape of a BERT with random weights. */
  readonly model?: string;
  readonly config?: Readonly<Record<string, number>>;
  readonly threads: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly maxLength: number;
  readonly numLabels: number;
  readonly learningRate?: number;
  readonly dropout?: number;
  /** For tokenising, which is timed by itself. */
  readonly texts?: readonly string[];
  readonly tokenizer?: string;
  readonly dev?: JobRows;
  /** Where a checkpoint goes: a file for PyTorch, a folder for us. */
  readonly checkpoint?: string;
  /** PyTorch: how batches are made, and the plan for `grouped`. */
  readonly mode?: 'grouped' | 'dynamic' | 'padded' | 'official';
  readonly batches?: readonly (readonly number[])[];
  /** PyTorch: where it computes, `cpu` unless told, and whether through torch.compile. */
  readonly device?: 'cpu' | 'cuda' | 'mps';
  readonly compile?: boolean;
  /** PyTorch: rows of the word table to keep. */
  readonly vocabulary?: readonly number[];
  /** Ours. */
  readonly pruneVocabulary?: boolean;
  /** Ours: each row's loss is multiplied by a constant weight, as IMP does. */
  readonly weighted?: boolean;
  readonly returnLogits?: boolean;
}

export async function readJob(file: string): Promise<Job> {
  return JSON.parse(await readFile(file, 'utf8')) as Job;
}

/** Lists of ids as the engine takes rows: one segment, no padding. */
export function encodedRows(inputIds: readonly (readonly number[])[]): EncodedRows {
  const offsets = new Int32Array(inputIds.length + 1);
  inputIds.forEach((ids, row) => {
    offsets[row + 1] = offsets[row]! + ids.length;
  });
  const flat = Int32Array.from(inputIds.flat());
  return { count: inputIds.length, offsets, inputIds: flat, tokenTypeIds: new Int32Array(flat.length) };
}

/** Row indices in batches of like length, longest first: the batches of bench/torch/common.py's `sorted_batches`. */
export function sortedBatches(inputIds: readonly (readonly number[])[], batchSize: number): number[][] {
  const order = inputIds.map((_, row) => row).sort((a, b) => inputIds[b]!.length - inputIds[a]!.length);
  const batches: number[][] = [];
  for (let at = 0; at < order.length; at += batchSize) batches.push(order.slice(at, at + batchSize));
  return batches;
}
