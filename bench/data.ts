import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../src/base/errors.ts';
import { Random, permutation } from '../src/base/random.ts';
import { readDataset } from '../src/core/dataset/dataset.ts';
import { exportClassifier } from '../src/engine/hub/exportClassifier.ts';
import { findEncoder } from '../src/engine/hub/findEncoder.ts';
import { readModelFolder, type ModelFolder } from '../src/engine/hub/modelFolder.ts';
import { encodeRows, loadTokenizer } from '../src/engine/hub/tokenizer.ts';
import { parseConfig } from '../src/engine/models/config.ts';
import { withNewHead } from '../src/engine/models/pretrained.ts';
import { planEpoch } from '../src/engine/training/batchPlan.ts';
import { pruneVocabulary } from '../src/engine/training/vocabulary.ts';
import { encodedRows, type JobRows } from './job.ts';

/** Texts with their token ids and label ids. */
export interface BenchRows extends JobRows {
  readonly texts: readonly string[];
}

/** What every part works on: the SST-2 task of the data folder, and the default encoder with a new head. */
export interface Material {
  readonly train: BenchRows;
  readonly dev: BenchRows;
  readonly labels: readonly string[];
  /** A classifier's folder as we export it: all contenders load the same one. */
  readonly model: string;
  readonly tokenizer: string;
  readonly vocabularySize: number;
  readonly padId: number;
}

export const maxLength = 128;
export const seed = 42;

/** @throws UserError where the data or the encoder are not there, saying what to do. */
export async function readMaterial(datasets: string, scratch: string): Promise<Material> {
  const dir = path.join(datasets, 'sst2');
  for (const file of ['synthetic.jsonl', 'dev.jsonl']) {
    if (existsSync(path.join(dir, file))) continue;
    throw new UserError(
      `The benchmark's data are not there: ${path.join(dir, file)} (JSONL, "text" and "label"); name their folder with --datasets DIR.`,
    );
  }
  const found = await findEncoder();
  if (found === undefined) throw new UserError('The encoder is not on this machine; bring it with npm run encoder.');
  const encoder = await readModelFolder(found.dir);
  const config = parseConfig(encoder.config, encoder.id);
  const train = await readRows(path.join(dir, 'synthetic.jsonl'), encoder);
  const dev = await readRows(path.join(dir, 'dev.jsonl'), encoder, train.labelNames);
  const model = path.join(scratch, 'classifier');
  await exportClassifier(model, {
    config: encoder.config,
    weights: withNewHead(config, encoder.tensors, encoder.id, train.labelNames.length, seed),
    labels: train.labelNames,
    tokenizerFiles: encoder.tokenizerFiles,
    maxLength,
  });
  const padId = encoder.config['pad_token_id'];
  return {
    train,
    dev,
    labels: train.labelNames,
    model,
    tokenizer: path.join(model, 'tokenizer.json'),
    vocabularySize: config.vocabularySize,
    padId: typeof padId === 'number' ? padId : 0,
  };
}

async function readRows(
  file: string,
  encoder: ModelFolder,
  labels?: readonly string[],
): Promise<BenchRows & { readonly labelNames: readonly string[] }> {
  const { rows, labelCounts } = await readDataset(createReadStream(file), { name: file, labels });
  const labelNames = labels ?? [...labelCounts.keys()];
  const tokenizerJson = encoder.tokenizerFiles.get('tokenizer.json');
  if (typeof tokenizerJson !== 'string') throw new Error('the encoder has no tokenizer.json');
  const { encoded } = await encodeRows(loadTokenizer({ tokenizerJson }), rows, { maxLength });
  return {
    labelNames,
    texts: rows.map(({ text }) => text),
    labels: rows.map(({ label }) => labelNames.indexOf(label)),
    inputIds: rows.map((_, i) => [...encoded.inputIds.subarray(encoded.offsets[i], encoded.offsets[i + 1])]),
  };
}

/** A random sample of rows, the same every time; all of them where there are fewer. */
export function sample(rows: BenchRows, count: number): BenchRows {
  const order = permutation(rows.texts.length, new Random(seed, 'benchmark sample'));
  return pick(rows, [...order.subarray(0, count)]);
}

/** At most `count` rows of each length: every shape there is, in little time. */
export function sampleOfLengths(rows: BenchRows, count: number): BenchRows {
  const seen = new Map<number, number>();
  const order = permutation(rows.texts.length, new Random(seed, 'benchmark lengths'));
  return pick(
    rows,
    [...order].filter((row) => {
      const length = rows.inputIds[row]!.length;
      const earlier = seen.get(length) ?? 0;
      seen.set(length, earlier + 1);
      return earlier < count;
    }),
  );
}

function pick({ texts, inputIds, labels }: BenchRows, order: readonly number[]): BenchRows {
  return {
    texts: order.map((row) => texts[row]!),
    inputIds: order.map((row) => inputIds[row]!),
    labels: order.map((row) => labels[row]!),
  };
}

/** The batch plan that `fineTune` will follow in its first epoch, for the other side to follow too. */
export function batchPlan(rows: JobRows, batchSize: number): number[][] {
  const lengths = Int32Array.from(rows.inputIds, (ids) => ids.length);
  return planEpoch(lengths, { batchSize, seed, epoch: 0 }).map((batch) => [...batch]);
}

/** The ids that occur in the rows, ascending, with the padding id. */
export function usedVocabulary(material: Material, rows: JobRows): number[] {
  return [...pruneVocabulary(encodedRows(rows.inputIds), material.padId, material.vocabularySize).ids];
}
