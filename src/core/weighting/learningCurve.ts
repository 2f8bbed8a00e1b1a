/** What the quality checker gains from more real rows: a learning curve, and what it says about labelling more. */
import { argmaxRows, confusionMatrix, reportOf } from '../metrics/classification.ts';
import { forEachResample, meanAndSd } from '../metrics/intervals.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { sentence, type Sentence } from '../table/sentence.ts';
import { logSoftmax } from './softmax.ts';
import type { LearningCurve, LearningPoint, Projection } from './sureness.ts';
import { fitTemperature } from './temperature.ts';

/** What was predicted at one number of training rows. */
export interface CurveMeasurement {
  /** Real rows that each model was trained on, mean over models. */
  readonly rows: number;
  /** One per repeat: logits of every real row from a model that was not trained on it, [real rows, classCount]. */
  readonly logits: readonly Float64Array[];
}

export interface CurveInput {
  readonly measured: readonly CurveMeasurement[];
  /** Label ids of the real rows. */
  readonly labels: ArrayLike<number>;
  readonly classCount: number;
  readonly kind: LearningCurve['kind'];
  readonly used: LearningCurve['used'];
  readonly seed: number;
  /** Further labelled rows to look ahead to. */
  readonly further?: number;
}

/** Rows to look ahead to unless told. */
export const FURTHER_ROWS = 100;

/** Sizes that a projection needs at least: a line through fewer says nothing of how well it fits. */
const leastPoints = 3;
/** Of the bootstrap; its own noise in the standard error is then 5 %. */
const resamples = 200;

/** The curve of measurements in any order, and its projection. */
export function learningCurve(input: CurveInput): LearningCurve {
  const { labels, classCount, kind, used } = input;
  const measured = [...input.measured].sort((a, b) => a.rows - b.rows);
  const points = measured.map(({ rows, logits }): LearningPoint => {
    const repeats = logits.map((of) => {
      const { temperature } = fitTemperature(of, labels, classCount);
      const { accuracy, macroF1 } = reportOf(
        confusionMatrix(labels, argmaxRows(of, classCount), classCount),
        classCount,
      );
      return {
        accuracy,
        macroF1,
        loss: logLoss(logSoftmax(of, labels.length, classCount, temperature), labels, classCount),
      };
    });
    const f1 = repeats.map(({ macroF1 }) => macroF1);
    return {
      rows: Math.round(rows),
      logLoss: mean(repeats.map(({ loss }) => loss)),
      accuracy: mean(repeats.map(({ accuracy }) => accuracy)),
      macroF1: mean(f1),
      low: Math.min(...f1),
      high: Math.max(...f1),
    };
  });
  return { points, kind, used, projected: project({ ...input, measured }) };
}

/**
 * The gain of further rows by F1(m) = a − b/√m, fitted by least squares to the mean macro-F1 at each number m of training rows.
 * An inverse power law is how classifiers usually learn (Cortes et al., NIPS 1993; Figueroa et al., BMC Medical Informatics
 * and Decision Making 12:8, 2012; Viering and Loog, "The shape of learning curves", TPAMI 2023); the exponent is set to ½, since four points do not
 * tell three numbers.
 *
 * Its standard error: that of the gain over the rows that judge (bootstrap, the same drawn rows at every size) and the spread
 * between repeats, added in quadrature. The spread is not divided by √repeats: all repeats share the same real rows, so their mean
 * is no surer of what other real rows would have taught than one of them. That the curve may bend otherwise than 1/√m is not in it.
 */
function project({ measured, labels, classCount, seed, further = FURTHER_ROWS }: CurveInput): Projection | undefined {
  const sizes = measured.map(({ rows }) => rows);
  if (new Set(sizes).size < leastPoints || labels.length === 0) return undefined;
  const largest = sizes[sizes.length - 1];
  // Of further labelled rows a fold model sees the share that it sees of those there are.
  const after = largest + (further * largest) / labels.length;
  const step = 1 / Math.sqrt(largest) - 1 / Math.sqrt(after);
  const gainOf = (f1: readonly number[]): number =>
    100 *
    step *
    -slope(
      sizes.map((m) => 1 / Math.sqrt(m)),
      f1,
    );

  const predicted = measured.map(({ logits }) => logits.map((of) => argmaxRows(of, classCount)));
  const f1Of = (by: Int32Array, rows?: Int32Array): number =>
    reportOf(confusionMatrix(labels, by, classCount, rows), classCount).macroF1;
  const overRows = new Float64Array(resamples);
  forEachResample(labels.length, { resamples, seed }, (rows, b) => {
    overRows[b] = gainOf(predicted.map((repeats) => mean(repeats.map((by) => f1Of(by, rows)))));
  });
  const repeats = Math.min(...predicted.map((of) => of.length));
  const overRepeats = Array.from({ length: repeats }, (_, r) => gainOf(predicted.map((of) => f1Of(of[r]))));
  const ofRepeats = repeats < 2 ? 0 : meanAndSd(overRepeats).sd;
  return {
    rows: further,
    gain: gainOf(predicted.map((of) => mean(of.map((by) => f1Of(by))))),
    error: Math.hypot(meanAndSd(overRows).sd, ofRepeats),
  };
}

/** Points of macro-F1 below which a gain is called little. */
const LITTLE_GAIN = 1;

/** Whether labelling more rows would pay, in one or two sentences. */
export function learningCurveAdvice({ projected, kind, used }: LearningCurve): Sentence {
  if (projected === undefined) return sentence`Too few real rows to tell what more of them would bring.`;
  const { gain, error } = projected;
  const [rows, by, give] = [String(projected.rows), points(gain), points(error)];
  const advice =
    gain + error < LITTLE_GAIN
      ? sentence`${rows} more labelled rows would add little to the quality checker: about ${by} ± ${give} points of macro-F1.`
      : gain > 2 * error
        ? sentence`${rows} more labelled rows would add about ${by} ± ${give} points of macro-F1 to the quality checker.`
        : sentence`${rows} more labelled rows may add ${by} ± ${give} points of macro-F1 to the quality checker, or nothing: the real rows are too few to tell.`;
  return kind === 'probe' && used === 'fine-tuned'
    ? sentence`${advice} Measured with logistic regression on embeddings in place of the fine-tuned checker.`
    : advice;
}

/** One decimal, and no minus before a zero. */
function points(value: number): string {
  const text = value.toFixed(1).replace('-', '−');
  return text === '−0.0' ? '0.0' : text;
}

/** Least-squares slope of y over x. */
function slope(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [products, squares] = [0, 0];
  x.forEach((value, i) => {
    products += (value - meanX) * (y[i] - meanY);
    squares += (value - meanX) ** 2;
  });
  return products / squares;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
