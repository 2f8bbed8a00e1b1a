/** Measures the learning curve of the quality checker with logistic regression on features that are there already. */
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../base/errors.ts';
import { selectRows, type Features } from '../core/probe/features.ts';
import { fitLogisticRegression, logisticLogits } from '../core/probe/logisticRegression.ts';
import { chooseC } from '../core/probe/outOfFold.ts';
import { assignFolds, stratifiedSubsample } from '../core/sampling.ts';
import { learningCurve, type CurveMeasurement } from '../core/weighting/learningCurve.ts';
import type { LearningCurve } from '../core/weighting/sureness.ts';

export interface LearningCurveInput {
  /** Of the real rows. */
  readonly features: Features;
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Folds of each repeat, at least 2, and no more than the smallest label has rows. */
  readonly folds: number;
  readonly kind: 'probe' | 'tf-idf';
  readonly used: LearningCurve['used'];
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Shares of the rows outside a fold that are trained on. */
const shares = [0.25, 0.5, 0.75, 1] as const;
/** A model of fewer rows a label says nothing. */
const leastRowsPerLabel = 2;
/** More real rows are represented by a subsample: the curve must cost seconds. */
const mostRows = 4000;
/** C is chosen on at most so many rows. */
const rowsToChooseC = 1000;

/**
 * Trains on 25, 50, 75 and 100 % of the real rows outside each fold and predicts the fold, several times with other folds
 * and subsets (more often where rows are few and the curve is noisy). C is chosen for every size as the checker's is; of
 * TF-IDF features once, for all rows.
 */
export async function measureLearningCurve(input: LearningCurveInput): Promise<LearningCurve> {
  const { classCount, folds, seed, signal } = input;
  const taken = stratifiedSubsample(input.labels, classCount, mostRows, seed);
  const features = selectRows(input.features, taken);
  const labels = Int32Array.from(taken, (row) => input.labels[row]);
  // A fit on tens of thousands of words and word pairs takes many times one on an embedding: fewer of them there.
  const wide = features.kind === 'csr';
  const repeats = wide ? 2 : Math.min(10, Math.max(2, Math.round(2000 / labels.length)));
  const ofAll = wide ? chooseFor(features, labels, labels.length, input) : undefined;
  const outside = labels.length - Math.ceil(labels.length / folds);
  const measured: CurveMeasurement[] = [];
  for (const share of shares) {
    const rows = Math.round(share * outside);
    if (rows < leastRowsPerLabel * classCount) continue;
    const C = ofAll ?? chooseFor(features, labels, Math.round(share * labels.length), input);
    const logits: Float64Array[] = [];
    let trained = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const foldOf = assignFolds({ labels, classCount, folds, seed: seed + repeat });
      const all = new Float64Array(labels.length * classCount);
      for (let fold = 0; fold < folds; fold++) {
        const [held, rest] = [rowsWhere(foldOf, (of) => of === fold), rowsWhere(foldOf, (of) => of !== fold)];
        const restLabels = rest.map((row) => labels[row]);
        const subset = stratifiedSubsample(restLabels, classCount, Math.round(share * rest.length), seed + repeat);
        const training = subset.map((at) => rest[at]);
        trained += training.length;
        const model = fitLogisticRegression(
          selectRows(features, training),
          training.map((row) => labels[row]),
          classCount,
          { C },
        );
        const predicted = logisticLogits(model, selectRows(features, held));
        held.forEach((row, i) => {
          all.set(predicted.subarray(i * classCount, (i + 1) * classCount), row * classCount);
        });
        await turn();
        if (signal?.aborted) throw new CancelledError();
      }
      logits.push(all);
    }
    measured.push({ rows: trained / (repeats * folds), logits });
  }
  const { kind, used } = input;
  return learningCurve({ measured, labels, classCount, kind, used, seed });
}

/** C by out-of-fold log-loss on a subset of the size that is looked at. */
function chooseFor(
  features: Features,
  labels: Int32Array,
  size: number,
  { classCount, folds, seed }: LearningCurveInput,
): number {
  const chosen = stratifiedSubsample(labels, classCount, Math.min(size, rowsToChooseC), seed);
  const own = Int32Array.from(chosen, (row) => labels[row]);
  return chooseC({ features: selectRows(features, chosen), labels: own, classCount, folds, seed }).C;
}

function rowsWhere(foldOf: Int32Array, passes: (fold: number) => boolean): Int32Array {
  return Int32Array.from(foldOf.keys()).filter((row) => passes(foldOf[row]));
}
