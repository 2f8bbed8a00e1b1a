/** From a comparison as it is kept to what the view shows of it. Pure. */
import { standingOf } from '../../core/comparison/advice.ts';
import type { MethodSummary } from '../../core/comparison/summary.ts';
import type { ComparisonResults, MethodResult } from '../../protocol/compare.ts';
import type { KeptComparison } from '../../store/comparison.ts';
import { trainingOf } from './trainingOf.ts';

export function comparisonResults({ advice, facts, comparison, passes }: KeptComparison): ComparisonResults {
  const { syntheticRows, realRows, devRows, encoder, unfinished } = facts;
  const { labels, testRows, leftOut, resamples, baseline } = comparison;
  const methods = comparison.methods.map((method) => resultOf(method, passes?.[method.method]));
  return {
    ...{ advice, labels, testRows, leftOut, syntheticRows, realRows, devRows, encoder, resamples, methods, unfinished },
    recommended: recommendedOf(methods) ?? baseline,
  };
}

function resultOf(summary: MethodSummary, passes: MethodResult['passes']): MethodResult {
  const { method, seeds, failures, macroF1, accuracy, perClass, seconds, trainedRows, ess } = summary;
  const tested = summary.difference?.macroF1;
  return {
    ...{ method, seeds, failures, macroF1, perClass, seconds, passes, trainedRows, ess },
    accuracy: accuracy && { mean: accuracy.mean, sd: accuracy.sd },
    difference: tested && {
      ...{ mean: tested.mean, sd: tested.sd, low: tested.low, high: tested.high },
      ...{ p: tested.corrected, standing: standingOf(tested) },
    },
    trainable: trainingOf(method) !== undefined,
  };
}

/** The one with the largest gain among those that beat the baseline and can be trained. */
function recommendedOf(methods: readonly MethodResult[]): string | undefined {
  const gain = ({ difference }: MethodResult): number => difference?.mean ?? 0;
  return methods
    .filter(({ difference, trainable }) => trainable && difference?.standing === 'better')
    .reduce<MethodResult | undefined>(
      (best, each) => (best === undefined || gain(each) > gain(best) ? each : best),
      undefined,
    )?.method;
}
