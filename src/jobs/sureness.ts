/** How far the checkers of a score run can be trusted, put together for its record. */
import { foldsFor } from '../core/sampling.ts';
import { farRows } from '../core/weighting/farRows.ts';
import { intervalFacts } from '../core/weighting/spread.ts';
import type { LearningCurve, Sureness } from '../core/weighting/sureness.ts';
import { labelCounts } from '../core/weighting/weights.ts';
import type { CheckersResult } from './checkers.ts';
import { measureLearningCurve } from './learningCurve.ts';
import type { Inputs } from './readInputs.ts';
import type { Evidence } from './scoring.ts';
import type { CheckerSettings } from './settings.ts';

/** What the checkers themselves, the distances between the sets and the learning curve say. */
export function surenessOf(
  { quality, diversity }: CheckersResult,
  neighbours: Evidence['neighbours'],
  learningCurve: LearningCurve,
): Sureness {
  return {
    quality: quality.calibration,
    diversity: diversity?.calibration,
    learningCurve,
    farRows: neighbours && farRows(neighbours.toReal.distance, neighbours.amongReal.distance),
    interval: quality.spread && intervalFacts(quality.folds),
  };
}

/** Folds of the curve where the checker itself has none. */
const curveFolds = 5;

/** The curve of logistic regression on the features that the checkers were offered: seconds, at every effort. */
export function learningCurveOf(
  { quality, probeFeatures }: CheckersResult,
  { real, labels }: Pick<Inputs, 'real' | 'labels'>,
  settings: CheckerSettings,
  signal?: AbortSignal,
): Promise<LearningCurve> {
  const { folds } = settings.quality;
  return measureLearningCurve({
    ...probeFeatures,
    labels: real.labelIds,
    classCount: labels.length,
    folds: foldsFor(labelCounts(real.labelIds, labels.length), folds === 1 ? curveFolds : folds, {
      labelNames: labels,
      smallClasses: 'ignore',
    }),
    used: quality.used.kind,
    ...{ seed: settings.seed, signal },
  });
}
