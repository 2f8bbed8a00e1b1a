/** Training the classifier with one of the losses, with METHOD's rules of honest selection. */
import { permuteWeights, computeWeights, type Weights as RowWeights } from '../core/weighting/weights.ts';
import {
  argmaxRows,
  checkMajority,
  classificationReport,
  type ClassificationReport,
} from '../core/metrics/classification.ts';
import { logLoss } from '../core/metrics/probabilistic.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import type { EpochHistory, FineTuneSettings } from '../engine/training/fineTune.ts';
import type { Weights } from '../engine/models/pretrained.ts';
import { stepsPerEpoch } from '../engine/training/batchPlan.ts';
import type { LossFunction } from '../engine/training/trainingGraph.ts';
import { flat, predictLogits, saveArray, weightsOf } from './checkerModel.ts';
import { initialWeights, type Encoder } from './encoder.ts';
import { keepEpochDynamics } from './dynamics.ts';
import { crossEntropy, dimp, focal, weightedCrossEntropy, withTrustedRows } from './losses.ts';
import type { Checkpoint } from '../store/checkpoint.ts';
import type { Json } from '../store/json.ts';
import type { LossName } from './names.ts';
import type { LabelledRows } from './selectRows.ts';
import { forgetTraining, trainStage } from './trainStage.ts';
import type { ResumedTraining, Workspace } from './workspace.ts';

export { lossNames, type LossName } from './names.ts';

/** Whether a loss needs the quality checker, and the diversity checker too. */
export function checkersFor(loss: LossName): { readonly quality: boolean; readonly diversity: boolean } {
  const diversity = loss === 'imp' || loss === 'random';
  return { quality: diversity || loss === 'quality' || loss === 'filter' || loss === 'dimp', diversity };
}

export interface LossSettings {
  /** γ of the weights; of focal loss too. */
  readonly gamma: number;
  readonly clip: { readonly min: number; readonly max: number };
  /** τ of `filter`. */
  readonly filterThreshold: number;
  /** Weights divided by their mean over the data set. */
  readonly selfNormalise: boolean;
  readonly truncateQuantile?: number;
  readonly priorCorrection?: { readonly real: readonly number[]; readonly synthetic: readonly number[] };
  readonly seed: number;
}

/** A loss as the engine takes it, its row inputs, and the constant weights behind them, where it has such. */
export interface PreparedLoss {
  readonly loss: LossFunction;
  readonly rowInputs: Readonly<Record<string, Float32Array>>;
  readonly weights?: RowWeights;
}

/**
 * Prepares a loss for rows.
 * @param logP Log P̂'(·|x), [rows, labels]: for every loss but ce and focal.
 * @param logQ Log Q̂(·|x), [rows, labels]: for imp and random.
 */
export function prepareLoss(
  name: LossName,
  settings: LossSettings,
  rows: {
    readonly labelIds: Int32Array;
    readonly classCount: number;
    readonly logP?: Float64Array;
    readonly logQ?: Float64Array;
  },
): PreparedLoss {
  const { labelIds, classCount } = rows;
  const need = (array: Float64Array | undefined, what: string): Float64Array => {
    if (array === undefined) throw new Error(`loss ${name} needs ${what}`);
    return array;
  };
  switch (name) {
    case 'ce':
      return { loss: crossEntropy, rowInputs: {} };
    case 'focal':
      return { loss: focal(settings.gamma, true), rowInputs: {} };
    case 'dimp': {
      const logP = need(rows.logP, "log P̂'");
      const ofLabel = Float32Array.from(labelIds, (label, row) => Math.max(-3e38, logP[row * classCount + label]));
      return { loss: dimp(settings.gamma, settings.clip), rowInputs: { logP: ofLabel } };
    }
    case 'imp':
    case 'random':
    case 'quality':
    case 'filter': {
      const ratio = name === 'imp' || name === 'random';
      const weights = computeWeights({
        logP: need(rows.logP, "log P̂'"),
        logQ: ratio ? need(rows.logQ, 'log Q̂') : undefined,
        labels: labelIds,
        classCount,
        settings: { ...settings, method: ratio ? 'imp' : name },
      });
      const used = name === 'random' ? permuteWeights(weights.weight, settings.seed) : weights.weight;
      return {
        loss: weightedCrossEntropy,
        rowInputs: { weight: Float32Array.from(used) },
        weights: { ...weights, weight: used },
      };
    }
  }
}

/**
 * A loss over synthetic rows as one over those and real rows behind them, which count with weight 1 and plain cross-entropy.
 *
 * @param synthetic Number of synthetic rows.
 * @param rows Number of both together.
 */
export function withRealRows(prepared: PreparedLoss, synthetic: number, rows: number): PreparedLoss {
  if (prepared.loss === crossEntropy) return prepared;
  const extended = (values: Float32Array, fill: number): Float32Array => {
    const all = new Float32Array(rows).fill(fill);
    all.set(values);
    return all;
  };
  const { weight, logP } = prepared.rowInputs;
  if (weight !== undefined) return { ...prepared, rowInputs: { weight: extended(weight, 1) } };
  const trusted = extended(new Float32Array(synthetic), 1);
  return {
    loss: withTrustedRows(prepared.loss),
    rowInputs: { trusted, ...(logP === undefined ? {} : { logP: extended(logP, 0) }) },
  };
}

export interface ClassifierInput {
  readonly labels: readonly string[];
  readonly data: LabelledRows;
  readonly prepared: PreparedLoss;
  readonly settings: FineTuneSettings;
  /** Rows that choose the epoch, never trained on. Without them the last weights are taken. */
  readonly dev?: LabelledRows;
  /**
   * Which dev number chooses the epoch, ties by log-loss. Log-loss alone would choose badly: synthetic rows teach a model to
   * be surer than it is right on real ones, and its log-loss is lowest before it has learnt anything.
   */
  readonly selectBy: 'macroF1' | 'accuracy';
  /** Names the stage. */
  readonly name: string;
  /** Keeps the rows' weights after each epoch as stages (see {@link epochWeightsStage}); for a loss that has such. */
  readonly keepEpochWeights?: boolean;
  /** Keeps what each epoch said of the rows' labels as stages, for `writeRunDynamics`. */
  readonly keepDynamics?: boolean;
}

export interface ClassifierResult {
  readonly weights: Weights;
  readonly bestEpoch?: number;
  readonly history: readonly EpochHistory[];
  /** Last weight each row had in training; undefined for ce. */
  readonly rowWeights?: Float32Array;
}

/** Trains a classifier, or reads it back where an earlier try of the same job finished it. */
export async function trainClassifier(
  work: Workspace,
  encoder: Encoder,
  input: ClassifierInput,
): Promise<ClassifierResult> {
  const { labels, data, prepared, settings, dev, name } = input;
  const kept = await work.stages.load(name);
  const title = `classifier, ${name}`;
  if (kept !== undefined) {
    const finished = fromStage(kept);
    work.onResumed?.(finishedTraining(title, input, finished.history));
    return finished;
  }
  const trained = await trainStage(work, name, title, {
    config: encoder.config,
    labels: labels.length,
    initial: initialWeights(encoder, labels.length, settings.seed),
    padId: encoder.padId,
    data: { ...data, rowInputs: prepared.rowInputs },
    loss: prepared.loss,
    settings,
    evaluate: async (report) => {
      const { rowWeights } = report;
      if (input.keepEpochWeights && rowWeights !== undefined) {
        await saveArray(work, epochWeightsStage(name, report.epoch), rowWeights);
      }
      if (input.keepDynamics) await keepEpochDynamics(work, name, report, prepared.weights === undefined);
      const { epoch, trainLoss } = report;
      if (dev === undefined) {
        work.onEvaluation?.({ epoch, trainLoss });
        return undefined;
      }
      const result = await evaluate(work, encoder, labels.length, await report.weights(), dev, 'evaluation');
      const { accuracy, macroF1, logLoss } = result;
      work.onEvaluation?.({ epoch, trainLoss, accuracy, macroF1, logLoss });
      // Both numbers are fractions of counts: the log-loss, squeezed into far less than they differ by, only breaks ties.
      const tie = (1e-9 * logLoss) / (1 + logLoss);
      return {
        score: tie - (input.selectBy === 'macroF1' ? macroF1 : accuracy),
        metrics: { accuracy, macroF1, logLoss },
      };
    },
  });
  await work.stages.save(name, toStage(trained));
  await forgetTraining(work, name);
  return trained;
}

/** What is told of a training that an earlier try finished: of its steps' losses their means by epoch are left. */
function finishedTraining(
  stage: string,
  { data, settings }: ClassifierInput,
  history: readonly EpochHistory[],
): ResumedTraining {
  const inEpoch = stepsPerEpoch(data.rows.count, settings.batchSize);
  const steps = inEpoch * settings.epochs;
  return {
    ...{ stage, step: steps, steps, encoderRows: data.rows.count * settings.epochs },
    losses: history.map(({ epoch, trainLoss }) => ({ step: epoch * inEpoch, value: trainLoss, count: inEpoch })),
    epochs: history.map(({ epoch, trainLoss, evaluation }) => ({ ...evaluation?.metrics, epoch, trainLoss })),
  };
}

/** Stage that holds the rows' weights after an epoch, 1-based, where `keepEpochWeights` asked for them. */
export function epochWeightsStage(name: string, epoch: number): string {
  return `${name}/row-weights/epoch-${String(epoch)}`;
}

function toStage({ weights, bestEpoch, history, rowWeights }: ClassifierResult): Checkpoint {
  const tensors = flat(weights);
  if (rowWeights !== undefined) {
    tensors.set(rowWeightsTensor, { dtype: 'float32', shape: [rowWeights.length], data: rowWeights });
  }
  return { meta: { bestEpoch: bestEpoch ?? null, history: JSON.parse(JSON.stringify(history)) as Json }, tensors };
}

function fromStage(stage: Checkpoint): ClassifierResult {
  const { bestEpoch, history } = stage.meta as unknown as { bestEpoch: number | null; history: EpochHistory[] };
  const weights = new Map(weightsOf(stage));
  const rowWeights = weights.get(rowWeightsTensor);
  weights.delete(rowWeightsTensor);
  return { weights, bestEpoch: bestEpoch ?? undefined, history, rowWeights };
}

/** No parameter of a model is called so. */
const rowWeightsTensor = 'row weights';

export interface ModelEvaluation {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
  readonly report: ClassificationReport;
  readonly noBetterThanMajority: boolean;
  readonly logits: Float32Array;
}

/** Runs a classifier on labelled rows. */
export async function evaluate(
  work: Workspace,
  encoder: Encoder,
  classCount: number,
  weights: Weights,
  data: LabelledRows,
  title: string,
): Promise<ModelEvaluation> {
  return judge(await predictLogits(work, encoder, classCount, weights, data.rows, title), data.labelIds, classCount);
}

/**
 * What logits, [rows, labels], are worth.
 * @param rows Those that count, at least one; all of them unless given.
 */
export function judge(
  allLogits: Float32Array,
  allLabels: Int32Array,
  classCount: number,
  rows?: Int32Array,
): ModelEvaluation {
  const labelIds = rows === undefined ? allLabels : rows.map((row) => allLabels[row]);
  const logits =
    rows === undefined
      ? allLogits
      : Float32Array.from(
          { length: rows.length * classCount },
          (_, i) => allLogits[rows[Math.floor(i / classCount)] * classCount + (i % classCount)],
        );
  const predicted = argmaxRows(logits, classCount);
  const report = classificationReport(labelIds, predicted, classCount);
  return {
    accuracy: report.accuracy,
    macroF1: report.macroF1,
    logLoss: logLoss(logSoftmax(logits, labelIds.length, classCount), labelIds, classCount),
    report,
    noBetterThanMajority: checkMajority(labelIds, predicted, classCount).noBetterThanMajority,
    logits,
  };
}
