/** `score`: what the checkers say about every synthetic row, and the weights that follow. */
import type { Verdict } from '../core/weighting/verdicts.ts';
import { stratifiedSubsample } from '../core/sampling.ts';
import type { CopiedRows } from '../core/duplicates/leakage.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import type { Sureness } from '../core/weighting/sureness.ts';
import { dataWarnings, essWarnings, farRowsWarnings, qualityCheckerWarnings } from '../core/weighting/warnings.ts';
import { UserError } from '../base/errors.ts';
import { sampleStage } from '../store/embeddingSample.ts';
import { embeddingStages, sampledEmbeddingsStage } from '../store/layout.ts';
import { rowIdentities } from '../store/rowIdentities.ts';
import type { JsonObject } from '../store/json.ts';
import { openScoresWriter } from '../store/scores.ts';
import { predictLogits } from './checkerModel.ts';
import {
  checkRealRows,
  embedSets,
  encodeSet,
  makeCheckers,
  makeTfidfCheckers,
  type CheckersResult,
  type Embeddings,
} from './checkers.ts';
import { epochWeightsStage, prepareLoss, trainClassifier } from './classifier.ts';
import { loadArray } from './checkerModel.ts';
import { describeDevice, versions, workspace, type ComputeOptions, type JobContext } from './context.ts';
import { writeRunDynamics } from './dynamics.ts';
import type { Encoder } from './encoder.ts';
import { estimateWork } from './estimate.ts';
import { encoderIfAny, findAndOpenEncoder } from './findModel.ts';
import { inRun, type OpenRun } from './inRun.ts';
import { copiesOfReal, cosinesTell, encoderTellsNothing } from './leakage.ts';
import { nearDuplicates, type NearDuplicates } from './nearDuplicates.ts';
import { nearest, type NearnessOptions } from './nearness.ts';
import type { Effort } from './names.ts';
import { openDevice } from './openDevice.ts';
import type { QualityResult } from './qualityChecker.ts';
import {
  allRowErrors,
  allSets,
  describeInputs,
  joinedText,
  readInputs,
  type InputPaths,
  type Inputs,
  type ReadInputsOptions,
} from './readInputs.ts';
import { asStored, priorsOf, scoreSet, type Evidence, type RankedRow, type ScoredSet } from './scoring.ts';
import type { LabelledRows } from './selectRows.ts';
import {
  asJson,
  checkDimpSettings,
  checkerSettings,
  classifierSettings,
  recipeOf,
  weightChoices,
  type CheckerSettings,
  type Overrides,
  type WeightChoices,
} from './settings.ts';
import { learningCurveOf, surenessOf } from './sureness.ts';
import { checkerPasses, forwardPasses, trainingPasses } from './workload.ts';
import { noStages, type Workspace } from './workspace.ts';

export interface ScoreOptions extends ReadInputsOptions, ComputeOptions {
  readonly paths: Pick<InputPaths, 'synthetic' | 'real'>;
  readonly effort: Effort;
  readonly method: 'imp' | 'dimp';
  /** A hub name or a folder; `none` for TF-IDF features without an encoder. */
  readonly model?: string;
  readonly overrides: Overrides;
  readonly out?: string;
}

export interface ScoreResult {
  readonly folder: string;
  readonly effort: Effort;
  readonly method: 'imp' | 'dimp';
  readonly labels: readonly string[];
  /** Rows of the file, those that could not be scored included. */
  readonly rows: number;
  readonly scored: number;
  readonly errors: number;
  readonly ess: number;
  /** By label, beside the share of the label among real and synthetic rows. */
  readonly perLabel: readonly {
    readonly label: string;
    readonly sumOfWeights: number;
    readonly shareOfWeights: number;
    readonly realShare: number;
    readonly syntheticShare: number;
  }[];
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly quality: QualityResult['used'];
  /** How far the checkers can be trusted. */
  readonly sureness: Sureness;
  readonly warnings: readonly string[];
  readonly metrics: JsonObject;
  /** Heaviest first. */
  readonly ranked: readonly RankedRow[];
  readonly timings: Readonly<Record<string, number>>;
  readonly passes: { readonly forward: number; readonly backward: number };
}

/** The name that means: no encoder. */
export const noEncoder = 'none';

/** Scores a synthetic file by a real one; see {@link ScoreResult}. Resumes an unfinished run of the same job. */
export async function scoreJob(options: ScoreOptions, context: JobContext): Promise<ScoreResult> {
  const { effort, method, overrides } = options;
  if (method === 'dimp') checkDimpSettings(overrides);
  const choices = weightChoices(recipeOf(effort), overrides);
  const device = await openDevice(options, context.notice);
  const inputs = await readInputs(options.paths, { ...options, signal: context.signal });
  context.onRowErrors?.(allRowErrors(inputs));
  const checkers = checkerSettings(effort, overrides);
  checkRealRows({ ...inputs, settings: checkers });
  const encoder = await scoreEncoder(options, context);
  const sets = encoder && {
    real: await encodeSet(encoder, inputs.real, checkers.maxLength, context.signal),
    synthetic: await encodeSet(encoder, inputs.synthetic, checkers.maxLength, context.signal),
  };
  const classifier = classifierSettings(recipeOf(effort), overrides, inputs.synthetic.rows.length);
  if (encoder && sets) {
    const measuring = workspace(device, noStages, { forward: 0, backward: 0 }, context, options);
    const fineTuned = effort !== 'preview';
    const wanted = { quality: fineTuned, diversity: fineTuned && method === 'imp' };
    const estimate = await estimateWork(measuring, encoder, inputs.labels.length, sets.synthetic, classifier, [
      ...checkerPasses(checkers, sets.real, sets.synthetic, wanted),
      ...(method === 'dimp'
        ? [trainingPasses(sets.synthetic, classifier.epochs), forwardPasses(sets.synthetic, 1)]
        : []),
      ...[forwardPasses(sets.real, 1), forwardPasses(sets.synthetic, 1)],
    ]);
    if (estimate !== undefined) await context.approve?.(estimate);
  }

  const warnings = [
    ...inputs.warnings,
    ...dataWarnings({
      labelNames: inputs.labels,
      realLabels: inputs.real.labelIds,
      syntheticLabels: inputs.synthetic.labelIds,
    }).map(({ message }) => message),
    ...truncationWarnings(sets, checkers.maxLength),
  ];
  const { folder, record, result } = await inRun(
    {
      dataset: options.paths.synthetic,
      method,
      out: options.out,
      storage: options.storage,
      warnings,
      remarks: device.remarks?.lines,
      notice: context.notice,
      onRun: context.onRun,
      plan: {
        kind: 'score',
        inputs: describeInputs(inputs),
        schema: asJson(Object.fromEntries(allSets(inputs).map(({ role, schema }) => [role, schema]))),
        labels: inputs.labels,
        labelMap: options.labelMap,
        settings: asJson({
          ...{ effort, method, checkers, weights: choices, decisions: inputs.decisionsHash },
          classifier: method === 'dimp' ? classifier : undefined,
        }),
        seed: checkers.seed,
        recipe: recipeOf(effort),
        model: encoder && { id: encoder.folder.id, hash: encoder.folder.hash },
        device: describeDevice(device),
        versions,
      },
    },
    async (run) => {
      const work = workspace(device, run.stages, run.passes, context, options);
      const scored = await score(work, run, { inputs, encoder, sets, checkers, choices, classifier, method }, warnings);
      const writer = await openScoresWriter(run.files.scores, inputs.labels);
      try {
        for (const line of scored.set.lines) await writer.write(line);
        await writer.finish();
      } finally {
        await writer.discard();
      }
      const metrics = metricsOf(scored, inputs);
      const { sureness, keep } = scored;
      return { result: { ...scored, metrics }, metrics, warnings, sureness, keep };
    },
  );
  const { set, quality, sureness, metrics } = result;
  const total = set.sumOfWeights.reduce((a, b) => a + b, 0);
  return {
    ...{ folder, effort, method, labels: inputs.labels, rows: set.lines.length, scored: set.ranked.length },
    errors: set.lines.length - set.ranked.length,
    ess: set.ess,
    perLabel: inputs.labels.map((label, i) => ({
      label,
      sumOfWeights: set.sumOfWeights[i],
      shareOfWeights: total > 0 ? set.sumOfWeights[i] / total : 0,
      realShare: set.priors.real[i],
      syntheticShare: set.priors.synthetic[i],
    })),
    ...{ verdicts: set.verdicts, quality: quality.used, sureness, warnings, metrics, ranked: set.ranked },
    ...{ timings: record.timings, passes: record.passes },
  };
}

async function scoreEncoder(
  { model, effort, method }: ScoreOptions,
  context: JobContext,
): Promise<Encoder | undefined> {
  const optional = effort === 'preview' && method === 'imp';
  if (model === noEncoder) {
    if (optional) return undefined;
    throw new UserError(`--model ${noEncoder} works with --effort preview --method imp only; name an encoder.`, 2);
  }
  return optional ? encoderIfAny(model, context) : findAndOpenEncoder(model, context);
}

interface Scoring {
  readonly inputs: Inputs;
  readonly encoder?: Encoder;
  readonly sets?: { readonly real: LabelledRows; readonly synthetic: LabelledRows };
  readonly checkers: CheckerSettings;
  readonly choices: WeightChoices;
  readonly classifier: ReturnType<typeof classifierSettings>;
  readonly method: 'imp' | 'dimp';
}

interface Scored {
  readonly set: ScoredSet;
  readonly quality: QualityResult;
  readonly diversity: CheckersResult['diversity'];
  readonly sureness: Sureness;
  /** Synthetic rows that are copies of real ones. */
  readonly copied: CopiedRows;
  readonly keep: readonly string[];
}

async function score(work: Workspace, run: OpenRun, scoring: Scoring, warnings: string[]): Promise<Scored> {
  const { inputs, encoder, sets, checkers, choices, method } = scoring;
  const { labels, real, synthetic } = inputs;
  const input = { labels, real, synthetic, settings: checkers, timed: run.timed };
  const wanted = { diversity: method === 'imp' };

  let embeddings: Embeddings | undefined;
  let made: CheckersResult;
  if (encoder && sets) {
    const own = await run.timed('embeddings', () => embedSets(work, encoder, sets));
    made = await makeCheckers(work, encoder, sets, own, input, wanted);
    embeddings = own;
  } else {
    made = await makeTfidfCheckers(work, input, wanted);
    warnings.push(
      'No encoder was used: TF-IDF features stand in for embeddings, and near-copies are found by their words alone.',
    );
  }
  const { quality, diversity } = made;
  warnings.push(
    ...qualityCheckerWarnings(quality.realLogP, real.labelIds, labels)
      .filter(() => quality.outOfFold)
      .map(({ message }) => message),
  );

  const curve = await run.timed('learning curve', () => learningCurveOf(made, inputs, checkers, work.signal));

  const logP = asStored(quality.logP);
  const logPSpread = quality.spread && asStored(quality.spread);
  let rest: Pick<Evidence, 'logQ' | 'logQSpread' | 'foldOf' | 'epochWeights'>;
  let keep = made.keep;
  if (diversity !== undefined) {
    const { logQ, spread, foldOf } = diversity;
    rest = { logQ: asStored(logQ), logQSpread: spread && asStored(spread), foldOf };
  } else if (encoder && sets) {
    rest = await run.timed('dimp', () => scoreDimp(work, encoder, sets.synthetic, logP, scoring));
    await writeRunDynamics(work, run.files.dynamics, dimpStage, scoring.classifier.epochs, synthetic);
    keep = [...keep, dimpStage];
  } else throw new Error('DIMP needs an encoder');

  const { copied, ...found } = await run.timed('neighbours', () => findNeighbours(work, embeddings, inputs, warnings));
  if (embeddings !== undefined) {
    const few = synthetic.rows.length <= mostKeptEmbeddings;
    const kept = few ? embeddingStages[1] : await keepSample(work, embeddings, synthetic, labels.length, checkers.seed);
    keep = [...keep, embeddingStages[0], kept];
  }
  const sureness = surenessOf(made, found.neighbours, curve);
  const intervalQuantile = sureness.interval?.quantile;
  const set = scoreSet(synthetic, real, labels, { logP, logPSpread, ...rest, ...found, intervalQuantile }, choices);
  const { farRows } = sureness;
  warnings.push(
    ...[...(farRows ? farRowsWarnings(farRows) : []), ...essWarnings(set.ess, synthetic.rows.length)].map(
      ({ message }) => message,
    ),
  );
  return { set, quality, diversity, sureness, copied, keep };
}

/** Embeddings of more synthetic rows are not kept: 1.5 KB a row, for "find similar" in the editor. */
const mostKeptEmbeddings = 20_000;

/** Of more rows those of some are kept, in the labels' proportions, for the map. Returns the stage's name. */
async function keepSample(
  work: Workspace,
  { synthetic: values, width }: Embeddings,
  { rows, labelIds }: Inputs['synthetic'],
  classCount: number,
  seed: number,
): Promise<string> {
  const chosen = stratifiedSubsample(labelIds, classCount, mostKeptEmbeddings, seed);
  const sampled = new Float32Array(chosen.length * width);
  chosen.forEach((row, i) => {
    sampled.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  const identities = rowIdentities(Array.from(chosen, (row) => rows[row]));
  await work.stages.save(sampledEmbeddingsStage, sampleStage({ identities, values: sampled, width }));
  return sampledEmbeddingsStage;
}

/** Nearest real rows that are kept of each synthetic row. */
const nearestRealKept = 5;

/** In DIMP the model itself is the diversity checker. */
const dimpStage = 'diversity/dimp';

/** Trains with DIMP-Loss, then asks the final model, in evaluation, about every row. */
async function scoreDimp(
  work: Workspace,
  encoder: Encoder,
  data: LabelledRows,
  logP: Float64Array,
  { inputs: { labels, synthetic, real }, choices, classifier }: Scoring,
): Promise<Pick<Evidence, 'logQ' | 'epochWeights'>> {
  const classCount = labels.length;
  const prepared = prepareLoss(
    'dimp',
    { ...choices, seed: classifier.seed, priorCorrection: priorsOf(synthetic, real, classCount, choices) },
    { labelIds: data.labelIds, classCount, logP },
  );
  const { weights } = await trainClassifier(work, encoder, {
    ...{ labels, data, prepared, settings: classifier, selectBy: 'macroF1', name: dimpStage },
    ...{ keepEpochWeights: true, keepDynamics: true },
  });
  const logits = await predictLogits(work, encoder, classCount, weights, data.rows, 'scoring with the trained model');
  const epochWeights: Float32Array[] = [];
  for (let epoch = 1; epoch <= classifier.epochs; epoch++) {
    const kept = await loadArray(work, epochWeightsStage(dimpStage, epoch));
    if (kept !== undefined) epochWeights.push(kept);
  }
  return { logQ: asStored(logSoftmax(logits, data.rows.count, classCount)), epochWeights };
}

async function findNeighbours(
  work: Workspace,
  embeddings: Embeddings | undefined,
  inputs: Inputs,
  warnings: string[],
): Promise<{ duplicates: NearDuplicates; neighbours?: Evidence['neighbours']; copied: CopiedRows }> {
  const options = (stage: string, total: number): NearnessOptions => ({
    ...{ device: work.device, signal: work.signal },
    onProgress: (done) => work.onProgress?.({ stage, done, total, unit: 'rows' }),
  });
  const { synthetic } = inputs;
  const rows = synthetic.rows.length;
  const texts = synthetic.rows.map(joinedText);
  const compared = { texts, labelIds: synthetic.labelIds };
  const duplicatesAmong = options('near-duplicates', rows);
  if (embeddings === undefined) {
    const copied = copiesOfReal(inputs);
    warnings.push(...copied.warnings);
    return { duplicates: await nearDuplicates(compared, duplicatesAmong), copied: copied.found };
  }
  const { width } = embeddings;
  const neighbours = {
    toReal: await nearest(embeddings.synthetic, embeddings.real, width, {
      ...options('nearest real rows', rows),
      most: nearestRealKept,
    }),
    amongReal: await nearest(embeddings.real, embeddings.real, width, { self: true }),
  };
  const withEmbeddings = { ...compared, embeddings: { values: embeddings.synthetic, width } };
  const tells = cosinesTell(synthetic, embeddings.synthetic, width);
  const copied = copiesOfReal(inputs, tells ? neighbours.toReal : undefined);
  warnings.push(...copied.warnings);
  if (!tells) warnings.push(encoderTellsNothing);
  const duplicates = await nearDuplicates(tells ? withEmbeddings : compared, duplicatesAmong);
  return { duplicates, neighbours, copied: copied.found };
}

function truncationWarnings(
  sets:
    | {
        readonly real: { readonly truncated: number; readonly rows: { readonly count: number } };
        readonly synthetic: { readonly truncated: number; readonly rows: { readonly count: number } };
      }
    | undefined,
  maxLength: number,
): string[] {
  if (sets === undefined) return [];
  const truncated = sets.real.truncated + sets.synthetic.truncated;
  const share = truncated / (sets.real.rows.count + sets.synthetic.rows.count);
  if (truncated === 0) return [];
  return [
    `${String(truncated)} rows (${(100 * share).toFixed(1)} %) are longer than ${String(maxLength)} tokens and were cut; --max-length changes that.`,
  ];
}

function metricsOf({ set, quality, diversity, copied }: Scored, { labels }: Inputs): JsonObject {
  const byLabel = (values: readonly number[]): Record<string, number> =>
    Object.fromEntries(labels.map((label, i) => [label, values[i]]));
  return asJson({
    ess: set.ess,
    sumOfWeights: byLabel(set.sumOfWeights),
    realPriors: byLabel(set.priors.real),
    syntheticPriors: byLabel(set.priors.synthetic),
    verdicts: set.verdicts,
    verdictSettings: set.verdictSettings,
    copiesOfReal: copied,
    quality: { used: quality.used, candidates: quality.candidates, folds: quality.folds, outOfFold: quality.outOfFold },
    diversity: diversity && {
      folds: diversity.folds,
      trainedRows: diversity.trainedRows,
      temperature: diversity.temperature,
      ...(diversity.probe && { C: diversity.probe.C }),
    },
  });
}
