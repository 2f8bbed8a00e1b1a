/** `brief`: what the next generation should be told, from embeddings of both files. Writes nothing. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../base/errors.ts';
import { briefConfusions, briefLabels, type Brief, type BriefInput, type BriefLabel } from '../core/brief/brief.ts';
import type { BriefSource } from '../core/brief/markdown.ts';
import { exactCopies } from '../core/dataset/copies.ts';
import type { Features } from '../core/probe/features.ts';
import { fitTfidf, transformTfidf } from '../core/probe/tfidf.ts';
import { isJsonObject, type JsonObject } from '../store/json.ts';
import { embedSets, encodeSet } from './checkers.ts';
import { workspace, type ComputeOptions, type JobContext } from './context.ts';
import type { Encoder } from './encoder.ts';
import { encoderIfAny } from './findModel.ts';
import { scoresOf } from './findScores.ts';
import { openDevice } from './openDevice.ts';
import { embeddingFeatures } from './qualityChecker.ts';
import {
  allRowErrors,
  joinedText,
  readInputs,
  type InputPaths,
  type Inputs,
  type ReadInputsOptions,
} from './readInputs.ts';
import { noEncoder } from './scoreJob.ts';
import { checkerSettings } from './settings.ts';
import { memoryStages } from './workspace.ts';

export interface BriefOptions extends ReadInputsOptions, ComputeOptions {
  readonly paths: Pick<InputPaths, 'synthetic' | 'real'>;
  /** A finished score run by the same real file: its P̂' tells which labels look like others. */
  readonly scores?: string;
  /** A hub name or a folder; `none` for TF-IDF features without an encoder. */
  readonly model?: string;
  readonly maxLength?: number;
  /** Clusters per label; by default as many as its real rows bear. */
  readonly clusters?: number;
  readonly seed?: number;
}

export interface BriefResult extends Brief {
  readonly source: BriefSource;
  readonly warnings: readonly string[];
}

/** Makes the brief; see `core/brief`. */
export async function briefJob(options: BriefOptions, context: JobContext): Promise<BriefResult> {
  const inputs = await readInputs(options.paths, { ...options, signal: context.signal });
  context.onRowErrors?.(allRowErrors(inputs));
  const { labels, real, synthetic } = inputs;
  const scores =
    options.scores === undefined ? undefined : await scoresOf(options.scores, inputs, { diversity: false });
  const encoder = options.model === noEncoder ? undefined : await encoderIfAny(options.model, context);
  const { seed, maxLength } = checkerSettings('preview', { seed: options.seed, maxLength: options.maxLength });
  const features =
    encoder === undefined ? tfidfFeatures(inputs) : await embeddings(encoder, inputs, maxLength, options, context);
  const rowsOf = (set: Inputs['real']): BriefInput['real'] => ({
    rows: set.rows.map((row) => ({ line: row.line, text: joinedText(row) })),
    labelIds: set.labelIds,
  });
  const input: BriefInput = {
    ...{ labels, real: rowsOf(real), synthetic: rowsOf(synthetic), features, seed },
    ...{ clusters: options.clusters, logP: scores?.logP },
  };
  const found: BriefLabel[] = [];
  for (const label of briefLabels(input)) {
    found.push(label);
    context.onProgress?.({ stage: 'clusters and phrases', done: found.length, total: labels.length, unit: 'steps' });
    await turn();
    if (context.signal?.aborted) throw new CancelledError();
  }
  return {
    labels: found,
    confusions: briefConfusions(input),
    warnings: inputs.warnings,
    source: {
      synthetic: basename(options.paths.synthetic),
      real: basename(options.paths.real),
      realRows: real.rows.length,
      syntheticRows: synthetic.rows.length,
      leftOut: synthetic.leftOut.length,
      copies: exactCopies(synthetic.rows),
      encoder: encoder && nameOf(encoder),
      seed,
      quality: scores && qualityOf(scores.record.metrics),
    },
  };
}

async function embeddings(
  encoder: Encoder,
  { real, synthetic }: Inputs,
  maxLength: number,
  options: BriefOptions,
  context: JobContext,
): Promise<Features> {
  const device = await openDevice(options, context.notice);
  const work = workspace(device, memoryStages(), { forward: 0, backward: 0 }, context, options);
  const sets = {
    real: await encodeSet(encoder, real, maxLength, context.signal),
    synthetic: await encodeSet(encoder, synthetic, maxLength, context.signal),
  };
  const made = await embedSets(work, encoder, sets);
  return embeddingFeatures(made.real, made.synthetic, made.width);
}

/** A folder's path is of no use to whoever reads the brief. */
function nameOf({ folder }: Encoder): string {
  return existsSync(folder.id) ? basename(folder.dir) : folder.id;
}

/** Columns of TF-IDF features: k-means compares each row with dense centroids. */
const mostTerms = 5000;

function tfidfFeatures({ real, synthetic }: Inputs): Features {
  const texts = [...real.rows, ...synthetic.rows].map(joinedText);
  return transformTfidf(fitTfidf(texts, { maxNgram: 1, minDocumentFrequency: 2, maxFeatures: mostTerms }), texts);
}

/** How good the quality checker of a score run is, as its record has it. */
function qualityOf({ quality }: JsonObject): BriefSource['quality'] {
  const used = isJsonObject(quality) ? quality['used'] : undefined;
  if (!isJsonObject(quality) || !isJsonObject(used) || typeof used['accuracy'] !== 'number') return undefined;
  return { accuracy: used['accuracy'], outOfFold: quality['outOfFold'] === true };
}
