import type { Comparison, MethodSummary, TestedDifference } from '../../../src/core/comparison/summary.ts';

/** A method as a test needs it: how far it is from CE, how sure, and what it costs. */
export interface Told {
  readonly method: string;
  readonly title?: string;
  readonly gain?: number;
  readonly sd?: number;
  /** Corrected. */
  readonly p?: number;
  readonly seconds?: number;
  readonly failures?: MethodSummary['failures'];
}

/** A comparison that came out as told; `pairs` are uncorrected p-values of two methods, with their difference where it matters. */
export function comparisonOf(
  told: readonly Told[],
  {
    seeds = [1, 2, 3],
    pairs = {},
  }: { seeds?: number[]; pairs?: Record<string, number | { mean: number; sd?: number; p: number }> } = {},
): Comparison {
  const spread = (mean: number) => ({ mean, sd: 0.01, low: mean - 0.02, high: mean + 0.02, bySeed: [mean] });
  const methods = told.map(
    ({ method, title = method, gain, sd, p = 1, seconds = 100, failures = [] }): MethodSummary => {
      const tested = (mean: number): TestedDifference => ({
        mean,
        sd,
        low: mean - 0.01,
        high: mean + 0.01,
        p,
        corrected: p,
      });
      const ran = method === 'ce' || gain !== undefined;
      return {
        ...{ method, title, seeds: ran ? seeds : [], failures, trainedRows: 100 },
        ...(ran ? { accuracy: spread(0.8 + (gain ?? 0)), macroF1: spread(0.7 + (gain ?? 0)) } : {}),
        perClass: ran ? { neg: { mean: 0.6, sd: 0.01 }, 'a|b': { mean: 0.8, sd: 0.02 } } : {},
        ess: method === 'imp-2' ? 0.64 : undefined,
        seconds: { training: seconds, checkers: 0 },
        difference: gain === undefined ? undefined : { accuracy: tested(gain), macroF1: tested(gain), mcnemar: [p] },
      };
    },
  );
  return {
    ...{ labels: ['neg', 'a|b'], baseline: 'ce', seeds, testRows: 400, resamples: 2000, methods },
    pairs: Object.entries(pairs).map(([names, of]) => {
      const [first, second] = names.split('/');
      const told = typeof of === 'number' ? { mean: 0.001, p: of } : of;
      return { first, second, low: told.mean - 0.01, high: told.mean + 0.01, ...told };
    }),
  };
}
