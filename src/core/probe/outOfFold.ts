/** Out-of-fold predictions of the logistic probe, and what its fold models say about other rows. */
import { logLoss } from '../metrics/probabilistic.ts';
import { assignFolds } from '../sampling.ts';
import { logMeanProbabilities, logSoftmax } from '../weighting/softmax.ts';
import { type Features, selectRows } from './features.ts';
import {
  type LogisticModel,
  type LogisticSettings,
  fitLogisticRegression,
  logisticLogits,
} from './logisticRegression.ts';

export interface OutOfFoldInput {
  features: Features;
  /** [features.rowCount] label ids. */
  labels: ArrayLike<number>;
  classCount: number;
  /** The fold of every row (`assignFolds`). */
  foldOf: Int32Array;
  /** Number of folds. With 1 there is no cross-fitting: one model is fitted on all rows and predicts the same rows. */
  folds: number;
  settings?: LogisticSettings;
  /** Models to start from, one per fold, as an earlier call with the same folds returned them. */
  startModels?: readonly LogisticModel[];
}

export interface OutOfFold {
  /** [rows, classCount] logits of every row from the model that was not trained on it: what a temperature is fitted on. */
  logits: Float64Array;
  /** One model per fold, trained on all the other folds. */
  models: LogisticModel[];
}

/** Trains one model per fold on the other folds' rows and predicts the fold itself. */
export function outOfFold({
  features,
  labels,
  classCount,
  foldOf,
  folds,
  settings,
  startModels,
}: OutOfFoldInput): OutOfFold {
  if (foldOf.length !== features.rowCount) throw new RangeError(`${foldOf.length} folds for ${features.rowCount} rows`);
  const logits = new Float64Array(features.rowCount * classCount);
  const models: LogisticModel[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const inside: number[] = [];
    const outside: number[] = [];
    foldOf.forEach((f, row) => (f === fold ? inside : outside).push(row));
    const training = folds === 1 ? inside : outside;
    const weights = settings?.sampleWeights;
    const model = fitLogisticRegression(
      selectRows(features, training),
      training.map((row) => labels[row]),
      classCount,
      {
        ...settings,
        sampleWeights: weights && training.map((row) => weights[row]),
        start: startModels?.[fold],
      },
    );
    models.push(model);
    const predicted = logisticLogits(model, selectRows(features, inside));
    inside.forEach((row, i) => {
      logits.set(predicted.subarray(i * classCount, (i + 1) * classCount), row * classCount);
    });
  }
  return { logits, models };
}

/**
 * The mean of the fold models' probabilities on rows that none of them was trained on, in log space.
 *
 * @param temperature Divides each model's logits before the mean, as it did where it was fitted.
 * @returns [features.rowCount, classCount]
 */
export function predictMeanOfFolds(
  models: readonly LogisticModel[],
  features: Features,
  temperature = 1,
): Float64Array {
  return logMeanProbabilities(logProbabilitiesOfFolds(models, features, temperature));
}

/** What each fold model says by itself: log-probabilities, one array of [features.rowCount, classCount] per model. */
export function logProbabilitiesOfFolds(
  models: readonly LogisticModel[],
  features: Features,
  temperature = 1,
): Float64Array[] {
  return models.map((model) =>
    logSoftmax(logisticLogits(model, features), features.rowCount, model.classCount, temperature),
  );
}

/** The inverse regularisation strengths tried by `chooseC`: for L2-normalised rows from near-uniform to nearly separating. */
export const C_GRID = [0.1, 0.3, 1, 3, 10, 30, 100, 300] as const;

export interface ChooseCInput {
  features: Features;
  labels: ArrayLike<number>;
  classCount: number;
  folds: number;
  seed: number;
  /** Near-duplicate groups kept within one fold (see `assignFolds`). */
  groups?: ArrayLike<number>;
  /** Ascending; C_GRID unless given. */
  grid?: readonly number[];
}

export interface ChosenC extends OutOfFold {
  C: number;
  /** Out-of-fold log-loss in nats of every C tried. */
  losses: { C: number; logLoss: number }[];
  foldOf: Int32Array;
}

/**
 * Chooses C by out-of-fold log-loss (the smaller of equals) and returns the out-of-fold predictions and fold models of
 * the winner. At least two folds.
 *
 * Each fit starts from the previous C's models, and the search ends once the loss has risen twice in a row: the loss
 * first falls and then rises along the grid, and the largest C are the slowest to fit.
 */
export function chooseC({ features, labels, classCount, folds, seed, groups, grid = C_GRID }: ChooseCInput): ChosenC {
  if (folds < 2) throw new RangeError('choosing C needs rows that the model was not trained on: at least 2 folds');
  const foldOf = assignFolds({ labels, classCount, folds, seed, groups });
  const losses: ChosenC['losses'] = [];
  let best: { C: number; loss: number; result: OutOfFold } | undefined;
  let startModels: readonly LogisticModel[] | undefined;
  let rises = 0;
  for (const C of grid) {
    const result = outOfFold({ features, labels, classCount, foldOf, folds, settings: { C }, startModels });
    startModels = result.models;
    const loss = logLoss(logSoftmax(result.logits, features.rowCount, classCount), labels, classCount);
    rises = losses.length > 0 && loss > losses[losses.length - 1].logLoss ? rises + 1 : 0;
    losses.push({ C, logLoss: loss });
    if (!best || loss < best.loss) best = { C, loss, result };
    if (rises === 2) break;
  }
  if (!best) throw new RangeError('the grid of C is empty');
  return { C: best.C, losses, foldOf, ...best.result };
}
