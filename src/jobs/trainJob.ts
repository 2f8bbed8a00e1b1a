/** `train`: a classifier fine-tuned on synthetic rows with one of the losses, tested, and saved as a Hugging Face folder. */
import { UserError } from '../base/errors.ts';
import type { ClassificationReport } from '../core/metrics/classification.ts';
import { dataWarnings, essWarnings, qualityCheckerWarnings } from '../core/weighting/warnings.ts';
import { classWeights, effectiveSampleSize } from '../core/weighting/weights.ts';
import { exportClassifier } from '../engine/hub/exportClassifier.ts';
import { NonFiniteLossError, type EpochHistory } from '../engine/training/fineTune.ts';
import type { JsonObject } from '../store/json.ts';
import { checkRealRows, embedSets, encodeSet, makeCheckers, type CheckersResult } from './checkers.ts';
import {
  checkersFor,
  evaluate,
  judge,
  prepareLoss,
  trainClassifier,
  withRealRows,
  type ModelEvaluation,
  type PreparedLoss,
} from './classifier.ts';
import { describeDevice, versions, workspace, type ComputeOptions, type JobContext } from './context.ts';
import { writeRunDynamics } from './dynamics.ts';
import type { Encoder } from './encoder.ts';
import { estimateWork } from './estimate.ts';
import { findAndOpenEncoder } from './findModel.ts';
import { findScores, scoresOf, type FoundScores } from './findScores.ts';
import { inRun, type OpenRun } from './inRun.ts';
import { cleanRows, copyRule, findLeakage, leakageJson, leftOutOf, type CleanSet, type Leakage } from './leakage.ts';
import type { Effort, LossName, TrainingSet } from './names.ts';
import { openDevice } from './openDevice.ts';
import {
  allRowErrors,
  allSets,
  describeInputs,
  readInputs,
  type InputPaths,
  type Inputs,
  type ReadInputsOptions,
} from './readInputs.ts';
import type { RecipeName } from './recipes.ts';
import { asStored, priorsOf } from './scoring.ts';
import { concatLabelled, type LabelledRows } from './selectRows.ts';
import {
  asJson,
  checkDimpSettings,
  checkerSettings,
  classifierSettings,
  weightChoices,
  type CheckerSettings,
  type Overrides,
  type WeightChoices,
} from './settings.ts';
import { checkerPasses, forwardPasses, leakagePasses, trainingPasses } from './workload.ts';
import { noStages, type Workspace } from './workspace.ts';

export interface TrainOptions extends ReadInputsOptions, ComputeOptions {
  readonly paths: InputPaths;
  readonly loss: LossName;
  readonly recipe: RecipeName;
  readonly data: TrainingSet;
  /** How the checkers are made; as the recipe says unless given. */
  readonly effort?: Effort;
  /** A finished score run to take the checkers' answers from. */
  readonly scores?: string;
  readonly model?: string;
  readonly overrides: Overrides;
  readonly out?: string;
}

/** Metrics of a set, as `--json` prints them. */
export interface SetMetrics {
  readonly rows: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
  readonly perClass: Readonly<Record<string, { precision: number; recall: number; f1: number; support: number }>>;
}

export interface TrainResult {
  readonly folder: string;
  readonly model: string;
  readonly loss: LossName;
  readonly labels: readonly string[];
  /** Lines of the synthetic file, those left out included. */
  readonly rows: number;
  /** Rows trained on, and how many of them are real. */
  readonly trained: number;
  readonly trainedReal: number;
  readonly errors: number;
  /** Of the weights the rows had last; absent where the loss has none. */
  readonly ess?: number;
  readonly sumOfWeights?: Readonly<Record<string, number>>;
  readonly epochs: readonly EpochHistory[];
  /** The epoch that the dev rows chose; absent without them: the last one's weights are kept. */
  readonly bestEpoch?: number;
  /** Without leaked rows: see `leakage.ts`. */
  readonly dev?: SetMetrics;
  readonly test?: SetMetrics;
  /** With the leaked rows, where there are such. */
  readonly devAll?: SetMetrics;
  readonly testAll?: SetMetrics;
  readonly warnings: readonly string[];
  readonly metrics: JsonObject;
  readonly timings: Readonly<Record<string, number>>;
  readonly passes: { readonly forward: number; readonly backward: number };
}

type Sets = {
  readonly real: LabelledRows;
  readonly synthetic: LabelledRows;
  readonly dev?: LabelledRows;
  readonly test?: LabelledRows;
};

/** Trains, tests and saves a classifier. Resumes an unfinished run of the same job. */
export async function trainJob(options: TrainOptions, context: JobContext): Promise<TrainResult> {
  const { loss, overrides } = options;
  if (loss === 'dimp') checkDimpSettings(overrides);
  const needs = neededCheckers(options);
  const effort = options.effort ?? (options.recipe === 'paper' ? 'paper' : 'standard');
  const choices = weightChoices(options.recipe, overrides);
  const device = await openDevice(options, context.notice);
  const inputs = await readInputs(options.paths, { ...options, signal: context.signal });
  context.onRowErrors?.(allRowErrors(inputs));
  const checkers = checkerSettings(effort, overrides);
  if (needs.quality) checkRealRows({ ...inputs, settings: checkers });
  const encoder = await findAndOpenEncoder(options.model, context);
  const { sets, truncated } = await encodeAll(encoder, inputs, checkers.maxLength, context.signal);

  const named =
    options.scores === undefined || !needs.quality ? undefined : await scoresOf(options.scores, inputs, needs);
  const scores =
    named ??
    (needs.quality
      ? await findScores(options.paths.synthetic, inputs, encoder.folder.hash, checkers, needs, options.storage)
      : undefined);
  if (scores !== undefined) context.notice(`Checkers: scores of ${scores.folder}`);

  const data = trainingData(options.data, sets);
  const classifier = classifierSettings(options.recipe, overrides, data.rows.count);
  const measuring = workspace(device, noStages, { forward: 0, backward: 0 }, context, options);
  const fineTuned = scores === undefined && effort !== 'preview';
  const estimate = await estimateWork(measuring, encoder, inputs.labels.length, data, classifier, [
    ...checkerPasses(checkers, sets.real, sets.synthetic, {
      quality: fineTuned && needs.quality,
      diversity: fineTuned && needs.diversity,
    }),
    trainingPasses(data, classifier.epochs),
    ...leakagePasses(sets),
    ...(sets.dev ? [forwardPasses(sets.dev, classifier.epochs)] : []),
    ...(sets.test ? [forwardPasses(sets.test, 1)] : []),
  ]);
  if (estimate !== undefined) await context.approve?.(estimate);

  const warnings = [
    ...inputs.warnings,
    ...dataWarnings({
      labelNames: inputs.labels,
      realLabels: inputs.real.labelIds,
      syntheticLabels: inputs.synthetic.labelIds,
    }).map(({ message }) => message),
    ...(truncated === 0
      ? []
      : [
          `${String(truncated)} rows are longer than ${String(checkers.maxLength)} tokens and were cut; --max-length changes that.`,
        ]),
  ];
  const { folder, record, result } = await inRun(
    {
      dataset: options.paths.synthetic,
      method: loss,
      out: options.out,
      storage: options.storage,
      warnings,
      remarks: device.remarks?.lines,
      notice: context.notice,
      onRun: context.onRun,
      plan: {
        kind: 'train',
        inputs: describeInputs(inputs),
        schema: asJson(Object.fromEntries(allSets(inputs).map(({ role, schema }) => [role, schema]))),
        labels: inputs.labels,
        labelMap: options.labelMap,
        settings: asJson({
          ...{ loss, data: options.data, maxLength: checkers.maxLength, classifier, weights: choices },
          selectBy: selectBy(options.recipe),
          leakage: inputs.dev || inputs.test ? copyRule : undefined,
          checkers: needs.quality && named === undefined ? checkers : undefined,
          scores: named?.hash,
          decisions: inputs.decisionsHash,
        }),
        seed: classifier.seed,
        recipe: options.recipe,
        model: { id: encoder.folder.id, hash: encoder.folder.hash },
        device: describeDevice(device),
        versions,
      },
    },
    async (run) => {
      const work = workspace(device, run.stages, run.passes, context, options);
      const training = { options, inputs, encoder, sets, data, checkers, classifier, choices, scores, needs };
      const trained = await train(work, run, training, warnings);
      const { metrics, metricsAll } = trained;
      return { result: trained, metrics, metricsAll, warnings, keep: [] };
    },
  );
  const { synthetic } = inputs;
  return {
    ...{ folder, model: result.model, loss, labels: inputs.labels },
    rows: synthetic.rows.length + synthetic.leftOut.length,
    ...{ trained: data.rows.count, trainedReal: options.data === 'synthetic' ? 0 : sets.real.rows.count },
    errors: synthetic.leftOut.length,
    ...result.outcome,
    ...{ warnings, metrics: result.metrics, timings: record.timings, passes: record.passes },
  };
}

function neededCheckers({ loss, data }: TrainOptions): { quality: boolean; diversity: boolean } {
  const needs = checkersFor(loss);
  if (data === 'real' && needs.quality) {
    throw new UserError(`--data real has no synthetic rows to weight; use --loss ce or --loss focal, not ${loss}.`, 2);
  }
  return needs;
}

function selectBy(recipe: RecipeName): 'macroF1' | 'accuracy' {
  return recipe === 'paper' ? 'accuracy' : 'macroF1';
}

async function encodeAll(
  encoder: Encoder,
  inputs: Inputs,
  maxLength: number,
  signal: AbortSignal | undefined,
): Promise<{ sets: Sets; truncated: number }> {
  const encode = (set: Inputs['dev']): Promise<(LabelledRows & { truncated: number }) | undefined> =>
    set === undefined ? Promise.resolve(undefined) : encodeSet(encoder, set, maxLength, signal);
  const real = await encodeSet(encoder, inputs.real, maxLength, signal);
  const synthetic = await encodeSet(encoder, inputs.synthetic, maxLength, signal);
  const [dev, test] = [await encode(inputs.dev), await encode(inputs.test)];
  const truncated = [real, synthetic, dev, test].reduce((total, set) => total + (set?.truncated ?? 0), 0);
  return { sets: { real, synthetic, dev, test }, truncated };
}

function trainingData(which: TrainingSet, { real, synthetic }: Sets): LabelledRows {
  switch (which) {
    case 'synthetic':
      return synthetic;
    case 'real':
      return real;
    case 'both':
      return concatLabelled(synthetic, real);
  }
}

interface Training {
  readonly options: TrainOptions;
  readonly inputs: Inputs;
  readonly encoder: Encoder;
  readonly sets: Sets;
  readonly data: LabelledRows;
  readonly checkers: CheckerSettings;
  readonly classifier: ReturnType<typeof classifierSettings>;
  readonly choices: WeightChoices;
  readonly scores?: FoundScores;
  readonly needs: { readonly quality: boolean; readonly diversity: boolean };
}

interface Trained {
  readonly model: string;
  readonly metrics: JsonObject;
  readonly metricsAll?: JsonObject;
  readonly outcome: Pick<
    TrainResult,
    'ess' | 'sumOfWeights' | 'epochs' | 'bestEpoch' | 'dev' | 'test' | 'devAll' | 'testAll'
  >;
}

async function train(work: Workspace, run: OpenRun, training: Training, warnings: string[]): Promise<Trained> {
  const { options, inputs, encoder, sets, data, classifier, checkers } = training;
  const { labels } = inputs;
  const leakage = await run.timed('leakage', () => findLeakage(work, encoder, inputs, sets));
  warnings.push(...(leakage?.warnings ?? []));
  const cleanDev = cleanRows(sets.dev, leakage?.dev);
  const answers = training.needs.quality ? await checkerAnswers(work, run, training, warnings) : {};
  const prepared = prepare(training, answers);

  const { weights, bestEpoch, history, rowWeights } = await run.timed('training', () =>
    namingRows(inputs, options.data, () =>
      trainClassifier(work, encoder, {
        ...{ labels, data, prepared, settings: classifier, dev: cleanDev, name: options.loss },
        selectBy: selectBy(options.recipe),
        keepDynamics: options.data !== 'real',
      }),
    ),
  );
  if (options.data !== 'real') {
    await writeRunDynamics(work, run.files.dynamics, options.loss, history.length, inputs.synthetic);
  }
  if (cleanDev === undefined) {
    warnings.push(
      `No --dev rows${sets.dev === undefined ? '' : ' that are no copies'}: trained for ${String(classifier.epochs)} epochs as set, and the last weights are kept; nothing chose among them.`,
    );
  }
  const evaluated = (role: 'dev' | 'test'): Promise<EvaluatedSet> =>
    run.timed(role, () => evaluateSet(work, encoder, labels, weights, sets[role], role, leakage?.[role]));
  const { clean: test, all: testAll } = await evaluated('test');
  const { clean: dev, all: devAll } = await evaluated('dev');
  for (const [name, of] of [
    ['test', test],
    ['dev', dev],
  ] as const) {
    if (of?.noBetterThanMajority) {
      warnings.push(`On the ${name} rows the model is no better than always answering the most frequent label.`);
    }
  }

  const ess = rowWeights && effectiveSampleSize(rowWeights);
  const sums = rowWeights && classWeights(rowWeights, data.labelIds, labels.length);
  const sumOfWeights = sums && Object.fromEntries(labels.map((label, i) => [label, sums[i]]));
  if (ess !== undefined && options.loss !== 'focal')
    warnings.push(...essWarnings(ess, data.rows.count).map(({ message }) => message));

  const [devMetrics, testMetrics, devAllMetrics, testAllMetrics] = [dev, test, devAll, testAll].map(
    (of) => of && describe(of, labels),
  );
  await run.timed('saving', () =>
    exportClassifier(run.files.model, {
      config: encoder.folder.config,
      ...{ weights, labels, maxLength: checkers.maxLength },
      tokenizerFiles: encoder.folder.tokenizerFiles,
      baseModel: encoder.folder.id === encoder.folder.dir ? undefined : encoder.folder.id,
      notes: notes(training, testMetrics),
    }),
  );
  const outcome = {
    ...{ ess, sumOfWeights, epochs: history, bestEpoch, dev: devMetrics, test: testMetrics },
    ...{ devAll: devAllMetrics, testAll: testAllMetrics },
  };
  const leaked = testAllMetrics !== undefined || devAllMetrics !== undefined;
  return {
    ...{ model: run.files.model, outcome },
    metrics: asJsonMetrics(outcome, answers, leakage),
    metricsAll: leaked ? asJson({ ...testAllMetrics, dev: devAllMetrics }) : undefined,
  };
}

/** What the checkers say of the synthetic rows, and how good the quality checker is. */
interface Answers {
  readonly logP?: Float64Array;
  readonly logQ?: Float64Array;
  readonly quality?: JsonObject;
  readonly from?: string;
}

/** From an earlier run where there is one; else the checkers are made here. */
async function checkerAnswers(
  work: Workspace,
  run: OpenRun,
  { scores, inputs, encoder, sets, checkers, needs }: Training,
  warnings: string[],
): Promise<Answers> {
  if (scores !== undefined) {
    const quality = scores.record.metrics['quality'] as JsonObject | undefined;
    return { logP: scores.logP, logQ: scores.logQ, quality, from: scores.folder };
  }
  const { labels, real, synthetic } = inputs;
  const embeddings = await run.timed('embeddings', () => embedSets(work, encoder, sets));
  const input = { labels, real, synthetic, settings: checkers, timed: run.timed };
  const made: CheckersResult = await makeCheckers(work, encoder, sets, embeddings, input, needs);
  const { quality, diversity } = made;
  if (quality.outOfFold) {
    warnings.push(...qualityCheckerWarnings(quality.realLogP, real.labelIds, labels).map(({ message }) => message));
  }
  return {
    logP: asStored(quality.logP),
    logQ: diversity && asStored(diversity.logQ),
    quality: asJson({
      ...{ used: quality.used, candidates: quality.candidates, folds: quality.folds, outOfFold: quality.outOfFold },
    }),
  };
}

/** The loss with its row inputs, over the rows that are trained on. */
function prepare({ options, inputs, data, choices, classifier }: Training, answers: Answers): PreparedLoss {
  const { synthetic, real, labels } = inputs;
  const classCount = labels.length;
  const prepared = prepareLoss(
    options.loss,
    { ...choices, seed: classifier.seed, priorCorrection: priorsOf(synthetic, real, classCount, choices) },
    { labelIds: synthetic.labelIds, classCount, logP: answers.logP, logQ: answers.logQ },
  );
  if (prepared.weights?.weight.every((weight) => weight === 0)) {
    throw new UserError(
      options.loss === 'filter'
        ? `No synthetic row passes the filter: the quality checker gives none of them more than ${String(choices.filterThreshold)} for its label; lower --filter-threshold.`
        : 'Every synthetic row has weight 0; raise --clip-min.',
    );
  }
  return options.data === 'both' ? withRealRows(prepared, synthetic.rows.length, data.rows.count) : prepared;
}

/** A loss that broke names rows by number; the user knows them by file and line. */
async function namingRows<T>(inputs: Inputs, which: TrainingSet, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof NonFiniteLossError)) throw thrown;
    const { synthetic, real } = inputs;
    const whole = [
      ...(which === 'real' ? [] : synthetic.rows.map(({ line }) => `${synthetic.path}:${String(line)}`)),
      ...(which === 'synthetic' ? [] : real.rows.map(({ line }) => `${real.path}:${String(line)}`)),
    ];
    const places = thrown.rows.slice(0, 5).map((row) => whole[row]);
    throw new UserError(
      `Training stopped: the loss is no longer a finite number, first at ${places.join(', ')}; try a lower learning rate (--lr).`,
      1,
      { cause: thrown },
    );
  }
}

async function evaluateSet(
  work: Workspace,
  encoder: Encoder,
  labels: readonly string[],
  weights: ReadonlyMap<string, Float32Array>,
  data: LabelledRows | undefined,
  title: string,
  clean: CleanSet | undefined,
): Promise<EvaluatedSet> {
  if (data === undefined) return {};
  const all = { ...(await evaluate(work, encoder, labels.length, weights, data, title)), rows: data.rows.count };
  if (leftOutOf(clean) === 0 || clean === undefined) return { clean: all };
  const { rows } = clean;
  if (rows.length === 0) return { all };
  return { all, clean: { ...judge(all.logits, data.labelIds, labels.length, rows), rows: rows.length } };
}

type Evaluated = ModelEvaluation & { readonly rows: number };

/** A set judged without its leaked rows, and with them where there are such. */
interface EvaluatedSet {
  /** Absent where every row leaked. */
  readonly clean?: Evaluated;
  readonly all?: Evaluated;
}

/** Metrics of a set under the names of `--json`. */
export function describe(
  of: { readonly rows: number; readonly logLoss: number; readonly report: ClassificationReport },
  labels: readonly string[],
): SetMetrics {
  const { accuracy, macroF1, perClass } = of.report;
  return {
    ...{ rows: of.rows, accuracy, macroF1, logLoss: of.logLoss },
    perClass: Object.fromEntries(labels.map((label, i) => [label, perClass[i]])),
  };
}

function asJsonMetrics(
  outcome: Trained['outcome'],
  { quality, from }: Answers,
  leakage: Leakage | undefined,
): JsonObject {
  const { test, dev, epochs, bestEpoch, ess, sumOfWeights } = outcome;
  return asJson({
    ...test,
    dev,
    epochs,
    bestEpoch,
    ess,
    sumOfWeights,
    quality,
    scores: from,
    leakage: leakageJson(leakage),
  });
}

/** For the model card. */
function notes({ options, classifier }: Training, test: SetMetrics | undefined): string {
  const { epochs, learningRate, batchSize, seed } = classifier;
  const data = { synthetic: 'synthetic rows', real: 'real rows', both: 'synthetic and real rows' }[options.data];
  return [
    `Fine-tuned by Counterweight on ${data} with the loss \`${options.loss}\`: ${String(epochs)} epochs, learning rate ${String(learningRate)}, batch ${String(batchSize)}, seed ${String(seed)}.`,
    ...(test === undefined
      ? []
      : [
          `On ${String(test.rows)} test rows: accuracy ${(100 * test.accuracy).toFixed(2)} %, macro-F1 ${(100 * test.macroF1).toFixed(2)} %.`,
        ]),
  ].join('\n\n');
}
