/**
 * The diversity checker Q̂(y|x), trained on the synthetic rows. With one fold it has seen every row it judges (the
 * paper's way); with more, each row is judged by the model that has not, and what the models say of the rows they have
 * not seen calibrates them. Uncalibrated, a model sure of its own judgement gives a wrongly labelled row a tiny Q̂(y|x),
 * hence a large weight: the opposite of what the ratio is for.
 */
import { reliability } from '../core/metrics/reliability.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { ensembleAnswer } from '../core/weighting/spread.ts';
import type { CheckerCalibration } from '../core/weighting/sureness.ts';
import { assignFolds, foldsFor, stratifiedSubsample } from '../core/sampling.ts';
import { chooseC, logProbabilitiesOfFolds, outOfFold } from '../core/probe/outOfFold.ts';
import type { LogisticModel } from '../core/probe/logisticRegression.ts';
import { selectRows, type Features } from '../core/probe/features.ts';
import { labelCounts } from '../core/weighting/weights.ts';
import { fitTemperature } from '../core/weighting/temperature.ts';
import type { FineTuneSettings } from '../engine/training/fineTune.ts';
import type { Encoder } from './encoder.ts';
import { keptArray, predictLogits, trainChecker } from './checkerModel.ts';
import { selectEncoded, selectLabelled, type LabelledRows } from './selectRows.ts';
import type { Workspace } from './workspace.ts';

export interface DiversityResult {
  /** Log Q̂(·|x) of the synthetic rows, [rows, labels]. */
  readonly logQ: Float64Array;
  /**
   * Standard error of each number of `logQ`, as the fold models show it; NaN for rows that a single model answered, absent
   * where that is so for all.
   */
  readonly spread?: Float64Array;
  /** The fold whose model did not see the row; −1 where no model did (outside the subsample) or all did (one fold). */
  readonly foldOf: Int32Array;
  readonly folds: number;
  /** What divides the logits before the softmax; fitted on the rows each model did not see, 1 with one fold. */
  readonly temperature: number;
  /** On the rows it was trained on, each by the model that did not see it; in-sample with one fold. */
  readonly calibration: CheckerCalibration;
  /** Rows the checker was trained on, all folds together. */
  readonly trainedRows: number;
  /** The fold models behind it, where logistic regression was used. */
  readonly probe?: { readonly models: readonly LogisticModel[]; readonly C: number };
}

export interface DiversityInput {
  readonly labels: readonly string[];
  readonly synthetic: LabelledRows;
  readonly settings: FineTuneSettings;
  readonly folds: number;
  /** A larger set is represented by a label-stratified subsample of this size. */
  readonly maxRows: number;
  readonly seed: number;
}

/** Fine-tunes the diversity checker, asks it about every synthetic row, and calibrates it where it is asked out of fold. */
export async function diversityChecker(
  work: Workspace,
  encoder: Encoder,
  input: DiversityInput,
): Promise<DiversityResult> {
  const { labels, synthetic, seed } = input;
  const classCount = labels.length;
  const settings = { ...input.settings, seed };
  const { sample, folds, foldOfSample, foldOf } = layFolds(input);
  const size = synthetic.rows.count;
  const perFold: Float64Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const title = folds === 1 ? 'diversity checker' : `diversity checker, fold ${String(fold + 1)} of ${String(folds)}`;
    const trainedOn = [...sample].filter((_, i) => folds === 1 || foldOfSample[i] !== fold);
    const asked = Array.from({ length: size }, (_, row) => row).filter(
      (row) => folds === 1 || foldOf[row] === fold || foldOf[row] === -1,
    );
    const name = `diversity/fold-${String(fold)}`;
    const logits = await keptArray(work, `${name}/synthetic`, async () => {
      const data = selectLabelled(synthetic, trainedOn);
      const weights = await trainChecker(work, { name, title, encoder, labels: classCount, data, settings });
      return predictLogits(
        work,
        encoder,
        classCount,
        weights,
        selectEncoded(synthetic.rows, asked),
        `${title}: scoring`,
      );
    });
    perFold.push(spread(logits, asked, size, classCount));
  }
  // Of the rows of the subsample, each as the model that did not see it judges it.
  const held = new Float64Array(sample.length * classCount);
  sample.forEach((row, i) => {
    held.set(perFold[Math.max(0, foldOf[row])].subarray(row * classCount, (row + 1) * classCount), i * classCount);
  });
  const sampleLabels = Int32Array.from(sample, (row) => synthetic.labelIds[row]);
  const calibration = calibrate(held, sampleLabels, classCount, folds);
  const { temperature } = calibration;
  const joined = join(
    perFold.map((logits) => logSoftmax(logits, size, classCount, temperature)),
    foldOf,
    classCount,
  );
  return { ...joined, foldOf, folds, temperature, calibration, trainedRows: sample.length };
}

/** Fits a temperature, where rows were held out, and says how good the probabilities are before and after. */
function calibrate(held: Float64Array, labels: Int32Array, classCount: number, folds: number): CheckerCalibration {
  const temperature = folds === 1 ? 1 : fitTemperature(held, labels, classCount).temperature;
  const at = (divisor: number): CheckerCalibration['after'] =>
    reliability(logSoftmax(held, labels.length, classCount, divisor), labels, classCount);
  return { temperature, before: at(1), after: at(temperature), outOfFold: folds > 1 };
}

/** The preview's diversity checker: logistic regression on fixed features, calibrated on out-of-fold rows. */
export function probeDiversityChecker(
  input: Omit<DiversityInput, 'settings' | 'synthetic'> & {
    readonly synthetic: Pick<LabelledRows, 'labelIds'>;
    /** Of the synthetic rows. */
    readonly features: Features;
    /** Inverse regularisation strength of the logistic regression; chosen on a subsample unless given. */
    readonly C?: number;
  },
): DiversityResult {
  const { labels, synthetic, features, seed } = input;
  const classCount = labels.length;
  const { sample, folds, foldOfSample, foldOf } = layFolds({ ...input, folds: Math.max(2, input.folds) });
  const sampleLabels = Int32Array.from(sample, (row) => synthetic.labelIds[row]);
  const C = input.C ?? (folds === 1 ? 1 : chooseOnSubsample(features, synthetic.labelIds, sample, classCount, seed));
  const { logits, models } = outOfFold({
    ...{ features: selectRows(features, sample), labels: sampleLabels, classCount, foldOf: foldOfSample, folds },
    settings: { C },
  });
  const calibration = calibrate(logits, sampleLabels, classCount, folds);
  const { temperature } = calibration;
  const { logP: logQ, spread } = ensembleAnswer(logProbabilitiesOfFolds(models, features, temperature));
  const held = logSoftmax(logits, sample.length, classCount, temperature);
  sample.forEach((row, i) => {
    logQ.set(held.subarray(i * classCount, (i + 1) * classCount), row * classCount);
    spread?.fill(NaN, row * classCount, (row + 1) * classCount);
  });
  return {
    ...{ logQ, foldOf, folds, temperature, calibration, trainedRows: sample.length, probe: { models, C } },
    spread: sample.length < synthetic.labelIds.length ? spread : undefined,
  };
}

/** Choosing C costs many fits; beyond this many rows the choice hardly changes. */
const rowsToChooseC = 1000;

function chooseOnSubsample(
  features: Features,
  labelIds: Int32Array,
  sample: Int32Array,
  classCount: number,
  seed: number,
): number {
  const ofSample = Int32Array.from(sample, (row) => labelIds[row]);
  const chosen = stratifiedSubsample(ofSample, classCount, rowsToChooseC, seed).map((i) => sample[i]);
  const labels = Int32Array.from(chosen, (row) => labelIds[row]);
  return chooseC({ features: selectRows(features, chosen), labels, classCount, folds: 2, seed }).C;
}

function layFolds({
  labels,
  synthetic,
  folds: wanted,
  maxRows,
  seed,
}: Pick<DiversityInput, 'labels' | 'folds' | 'maxRows' | 'seed'> & {
  readonly synthetic: Pick<LabelledRows, 'labelIds'>;
}): { sample: Int32Array; folds: number; foldOfSample: Int32Array; foldOf: Int32Array } {
  const classCount = labels.length;
  const sample = stratifiedSubsample(synthetic.labelIds, classCount, maxRows, seed);
  const sampleLabels = Int32Array.from(sample, (row) => synthetic.labelIds[row]);
  // A set of one row cannot be split; its only row is judged in-sample.
  const folds =
    wanted === 1 || sample.length < 2
      ? 1
      : foldsFor(labelCounts(sampleLabels, classCount), Math.min(wanted, sample.length), {
          labelNames: labels,
          smallClasses: 'ignore',
        });
  const foldOfSample =
    folds === 1 ? new Int32Array(sample.length) : assignFolds({ labels: sampleLabels, classCount, folds, seed });
  const foldOf = new Int32Array(synthetic.labelIds.length).fill(-1);
  if (folds > 1) sample.forEach((row, i) => (foldOf[row] = foldOfSample[i]));
  return { sample, folds, foldOfSample, foldOf };
}

/** Puts rows of [asked, labels] at their places in [size, labels]; the others are NaN. */
function spread(values: ArrayLike<number>, asked: readonly number[], size: number, classCount: number): Float64Array {
  const all = new Float64Array(size * classCount).fill(NaN);
  asked.forEach((row, i) => {
    for (let c = 0; c < classCount; c++) all[row * classCount + c] = values[i * classCount + c];
  });
  return all;
}

/** Each row from its own fold's model; rows outside the subsample from the mean of all. */
function join(
  perFold: readonly Float64Array[],
  foldOf: Int32Array,
  classCount: number,
): Pick<DiversityResult, 'logQ' | 'spread'> {
  if (perFold.length === 1) return { logQ: perFold[0] };
  const logQ = new Float64Array(perFold[0].length);
  const spread = foldOf.includes(-1) ? new Float64Array(logQ.length).fill(NaN) : undefined;
  foldOf.forEach((fold, row) => {
    const at = (all: Float64Array): Float64Array => all.subarray(row * classCount, (row + 1) * classCount);
    const ofAll = fold === -1 ? ensembleAnswer(perFold.map(at)) : undefined;
    logQ.set(ofAll?.logP ?? at(perFold[fold]), row * classCount);
    if (ofAll?.spread !== undefined) spread?.set(ofAll.spread, row * classCount);
  });
  return { logQ, spread };
}
