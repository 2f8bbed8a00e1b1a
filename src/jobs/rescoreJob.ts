/**
 * `rescore`: scores the rows whose text is new since a score run with that run's own checkers, so that an edited file is
 * judged again without training. Rows whose text is known keep the numbers they have.
 */
import { UserError } from '../base/errors.ts';
import type { Row } from '../core/dataset/dataset.ts';
import { decisionKey } from '../store/decisions.ts';
import { isJsonObject } from '../store/json.ts';
import { embeddingStages, runFiles } from '../store/layout.ts';
import { withLock } from '../store/lock.ts';
import { readRunRecord, writeRunRecord, type RunRecord } from '../store/runRecord.ts';
import { openScoresWriter, readScores, type ScoreColumns } from '../store/scores.ts';
import { loadArray, saveArray } from './checkerModel.ts';
import { encodeSet } from './checkers.ts';
import { workspace, type ComputeOptions, type JobContext } from './context.ts';
import { embedRows, type Encoder } from './encoder.ts';
import { findAndOpenEncoder } from './findModel.ts';
import { cosinesTell } from './leakage.ts';
import { nearDuplicatesOfFresh } from './nearDuplicates.ts';
import { nearest, type Nearest } from './nearness.ts';
import { openDevice } from './openDevice.ts';
import {
  allRowErrors,
  joinedText,
  readInputs,
  type InputPaths,
  type InputSet,
  type ReadInputsOptions,
} from './readInputs.ts';
import { runStages } from './runStages.ts';
import { askSavedCheckers, intervalOf, type SavedAnswers } from './savedCheckers.ts';
import { asStored, scoreSet, type Evidence, type ScoredSet } from './scoring.ts';
import type { WeightChoices } from './settings.ts';
import type { Workspace } from './workspace.ts';

export interface RescoreOptions extends ReadInputsOptions, ComputeOptions {
  readonly paths: Pick<InputPaths, 'synthetic' | 'real'>;
  /** Folder of the finished score run. */
  readonly run: string;
  /** Where the run's encoder lies, if not where the hub's cache has it. */
  readonly model?: string;
}

export interface RescoreResult {
  readonly folder: string;
  readonly rows: number;
  readonly scored: number;
  /** Rows that were scored now. */
  readonly rescored: number;
  readonly ess: number;
  readonly verdicts: ScoredSet['verdicts'];
  readonly warnings: readonly string[];
}

/** Scores what is new in the file; see the top of this module. The run's `scores.jsonl` follows the file's lines. */
export async function rescoreJob(options: RescoreOptions, context: JobContext): Promise<RescoreResult> {
  const { run: folder } = options;
  const files = runFiles(folder);
  const device = await openDevice(options, context.notice);
  return withLock(
    files.lock,
    async () => {
      const record = await readRunRecord(folder);
      if (record.kind !== 'score' || record.status !== 'done') {
        throw new UserError(`${folder}: this is not a finished score run; score the file first.`);
      }
      const inputs = await readInputs(options.paths, options);
      context.onRowErrors?.(allRowErrors(inputs));
      const real = record.inputs.find(({ role }) => role === 'real');
      if (real?.sha256 !== inputs.real.sha256) {
        throw new UserError(
          `${options.paths.real} has changed since the run; its checkers no longer fit: score the file again.`,
        );
      }
      const scores = await readScores(files.scores, record.labels);
      const work = workspace(device, runStages(folder, context.notice), { forward: 0, backward: 0 }, context, options);
      const { set, rescored, embeddings } = await rescore(work, record, inputs, scores, options, context);

      const writer = await openScoresWriter(files.scores, record.labels);
      try {
        for (const line of set.lines) await writer.write(line);
        // Embeddings in another order than the scores would be worse than none, whenever the process may end.
        if (embeddings !== undefined) await work.stages.remove(embeddingStages[1]);
        await writer.finish();
        if (embeddings !== undefined) await saveArray(work, embeddingStages[1], embeddings);
      } finally {
        await writer.discard();
      }
      await writeRunRecord(folder, withPass(record, inputs.synthetic, set, rescored));
      return {
        ...{ folder, rows: set.lines.length, scored: set.ranked.length, rescored },
        ...{ ess: set.ess, verdicts: set.verdicts, warnings: inputs.warnings },
      };
    },
    { timeoutMs: 0 },
  );
}

/** The record, with what was done since the run and on which bytes. */
function withPass(record: RunRecord, { sha256, rows }: InputSet, set: ScoredSet, rescored: number): RunRecord {
  const earlier = record.metrics['rescored'];
  const pass = { time: new Date().toISOString(), sha256, rows: rows.length, rescored };
  return {
    ...record,
    metrics: {
      ...record.metrics,
      ess: set.ess,
      verdicts: { ...set.verdicts },
      rescored: [...(Array.isArray(earlier) ? earlier : []), pass],
    },
  };
}

async function rescore(
  work: Workspace,
  record: RunRecord,
  inputs: Awaited<ReturnType<typeof readInputs>>,
  scores: ScoreColumns,
  options: RescoreOptions,
  context: JobContext,
): Promise<{ set: ScoredSet; rescored: number; embeddings?: Float32Array }> {
  const { synthetic, real } = inputs;
  const { labels } = record;
  if (labels.join('\n') !== inputs.labels.join('\n')) {
    throw new UserError('The labels of the real rows have changed since the run; score the file again.');
  }
  const places = new Map<string, number>();
  for (let i = 0; i < scores.rows; i++) {
    if (!scores.errors.has(i))
      places.set(decisionKey({ textHash: scores.textHash[i], occurrence: scores.occurrence[i] }), i);
  }
  const placeOf = synthetic.rows.map((row) => places.get(decisionKey(row)) ?? -1);
  const fresh = synthetic.rows.filter((_, i) => placeOf[i] === -1);
  const encoder = record.model === undefined ? undefined : await sameEncoder(record.model, options.model, context);
  const embedded = encoder && (await embedFresh(work, encoder, fresh, labels, record, context));
  const answers: SavedAnswers =
    fresh.length === 0
      ? { logP: new Float64Array(0), logQ: new Float64Array(0) }
      : await askSavedCheckers(work, record, encoder, { texts: fresh.map(joinedText), ...embedded });

  // What is known stays as it was, label included: a relabelled row keeps its mark until the file is scored anew.
  const laid = layOut(scores, answers, placeOf);
  const foldOf = new Int32Array(placeOf.length).fill(-1);
  const rows: Row[] = [];
  synthetic.rows.forEach((row, i) => {
    const place = placeOf[i];
    if (place !== -1) foldOf[i] = scores.fold[place];
    rows.push(place === -1 ? row : { ...row, label: labels[scores.labelId[place]] });
  });
  const asScored: InputSet = {
    ...synthetic,
    rows,
    labelIds: Int32Array.from(rows, ({ label }) => labels.indexOf(label)),
  };
  const { embeddings, ...near } = await nearness(work, scores, placeOf, embedded?.embeddings, asScored, real);
  const set = scoreSet(
    asScored,
    real,
    labels,
    { ...laid, foldOf, ...near, intervalQuantile: intervalOf(record)?.quantile },
    record.settings['weights'] as unknown as WeightChoices,
  );
  return { set, rescored: fresh.length, embeddings };
}

/** What is known of the rows and what is new, in the order of the file, [rows, labels] each. */
function layOut(
  scores: ScoreColumns,
  answers: SavedAnswers,
  placeOf: readonly number[],
): Pick<Evidence, 'logP' | 'logQ' | 'logPSpread' | 'logQSpread'> {
  const size = scores.labels.length;
  const merge = (known: Float32Array, fresh: Float64Array | undefined): Float64Array => {
    const stored = fresh && asStored(fresh);
    const merged = new Float64Array(placeOf.length * size).fill(NaN);
    let next = 0;
    placeOf.forEach((place, i) => {
      const at = (place === -1 ? next++ : place) * size;
      const from = place === -1 ? stored : known;
      // A run of an earlier version knows no spread of its rows.
      if (from !== undefined) merged.set(from.subarray(at, at + size), i * size);
    });
    return merged;
  };
  return {
    logP: merge(scores.logP, answers.logP),
    logQ: merge(scores.logQ, answers.logQ),
    logPSpread: merge(scores.logPSpread, answers.logPSpread),
    logQSpread: merge(scores.logQSpread, answers.logQSpread),
  };
}

/** The encoder of the run, which alone fits its checkers. */
async function sameEncoder(
  { id, hash }: NonNullable<RunRecord['model']>,
  model: string | undefined,
  context: JobContext,
): Promise<Encoder> {
  const encoder = await findAndOpenEncoder(model ?? id, context);
  if (encoder.folder.hash !== hash) {
    throw new UserError(
      `${encoder.folder.id} is not the encoder of the run (${id}); name that one, or score the file again.`,
    );
  }
  return encoder;
}

async function embedFresh(
  work: Workspace,
  encoder: Encoder,
  rows: readonly Row[],
  labels: readonly string[],
  { settings }: RunRecord,
  context: JobContext,
): Promise<{
  encoded: Awaited<ReturnType<typeof encodeSet>>['rows'];
  embeddings: { values: Float32Array; width: number };
}> {
  const checkers = settings['checkers'];
  const maxLength = isJsonObject(checkers) ? Number(checkers['maxLength']) : 128;
  const labelIds = Int32Array.from(rows, ({ label }) => labels.indexOf(label));
  const { rows: encoded } = await encodeSet(encoder, { rows, labelIds }, maxLength, context.signal);
  const width = encoder.config.hiddenSize;
  if (rows.length === 0) return { encoded, embeddings: { values: new Float32Array(0), width } };
  return {
    encoded,
    embeddings: { values: await embedRows(work, encoder, encoded, 'embeddings of the new rows'), width },
  };
}

/** Near-duplicates and nearest real rows: kept ones as they were, new ones compared with all. */
async function nearness(
  work: Workspace,
  scores: ScoreColumns,
  placeOf: readonly number[],
  fresh: { readonly values: Float32Array; readonly width: number } | undefined,
  set: Pick<InputSet, 'rows' | 'labelIds'>,
  real: InputSet,
): Promise<Pick<Evidence, 'duplicates' | 'neighbours'> & { embeddings?: Float32Array }> {
  const n = placeOf.length;
  const counts = Int32Array.from(placeOf, (place) => (place === -1 ? 0 : scores.nearDuplicates[place]));
  const clusterOf = Int32Array.from(placeOf, (place) => (place === -1 ? -1 : scores.cluster[place]));
  const followed = fresh && (await followEmbeddings(work, scores, placeOf, fresh));
  const duplicates = nearDuplicatesOfFresh(
    {
      ...{ texts: set.rows.map(joinedText), labelIds: set.labelIds },
      embeddings:
        followed && cosinesTell(set, followed, fresh.width) ? { values: followed, width: fresh.width } : undefined,
    },
    placeOf.flatMap((place, i) => (place === -1 ? [i] : [])),
    { counts, clusterOf },
  );
  const realEmbeddings = await loadArray(work, embeddingStages[0]);
  if (fresh === undefined || realEmbeddings === undefined) return { duplicates };
  const { width } = fresh;
  const most = scores.nearestReal;
  const toReal = await nearest(fresh.values, realEmbeddings, width, { most, signal: work.signal });
  const lineIndex = new Map(real.rows.map(({ line }, index) => [line, index]));
  const all: Nearest = {
    count: most,
    index: new Int32Array(n * most),
    cosine: new Float32Array(n * most),
    distance: new Float64Array(n).fill(Infinity),
  };
  let next = 0;
  placeOf.forEach((place, i) => {
    const at = place === -1 ? next++ : place;
    for (let k = 0; k < most; k++) {
      all.index[i * most + k] =
        place === -1 ? toReal.index[at * most + k] : (lineIndex.get(scores.nearestRealLine[at * most + k]) ?? 0);
      all.cosine[i * most + k] = place === -1 ? toReal.cosine[at * most + k] : scores.nearestRealCosine[at * most + k];
    }
    if (most > 0) all.distance[i] = Math.max(0, 1 - all.cosine[i * most]);
  });
  return {
    duplicates,
    neighbours: { toReal: all, amongReal: await nearest(realEmbeddings, realEmbeddings, width, { self: true }) },
    embeddings: followed,
  };
}

/** Lays the kept embeddings out in the file's new order, the new ones among them. */
async function followEmbeddings(
  work: Workspace,
  scores: ScoreColumns,
  placeOf: readonly number[],
  { values, width }: { readonly values: Float32Array; readonly width: number },
): Promise<Float32Array | undefined> {
  const kept = await loadArray(work, embeddingStages[1]);
  if (kept === undefined) return undefined;
  // Embeddings lie in the order of the scored rows; rows with errors have none.
  const order = new Map<number, number>();
  for (let i = 0; i < scores.rows; i++) if (!scores.errors.has(i)) order.set(i, order.size);
  const all = new Float32Array(placeOf.length * width);
  let next = 0;
  placeOf.forEach((place, i) => {
    const [from, at] = place === -1 ? [values, next++] : [kept, order.get(place) ?? 0];
    all.set(from.subarray(at * width, (at + 1) * width), i * width);
  });
  return all;
}
