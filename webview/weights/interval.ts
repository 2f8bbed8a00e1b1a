/** The interval of a row's weight: where it is drawn and what is said of it. Pure. */
import { formatWeight } from '../../src/core/table/format.ts';
import type { RowView } from '../../src/protocol/data.ts';
import { t } from '../shared/l10n.ts';

export interface Whisker {
  /** Shares of the bar's width from its left edge, 0 to 1. */
  readonly from: number;
  readonly to: number;
  /** It goes on beyond the bar. */
  readonly isCut: boolean;
}

type Weights = Pick<RowView, 'weight' | 'weightLow' | 'weightHigh'>;

/** Where the interval stands on a bar that `fullWeight` fills; undefined where it is not known. */
export function whiskerOf({ weightLow, weightHigh }: Weights, fullWeight: number): Whisker | undefined {
  if (weightLow === undefined || weightHigh === undefined) return undefined;
  return {
    from: Math.min(1, weightLow / fullWeight),
    to: Math.min(1, weightHigh / fullWeight),
    isCut: weightHigh > fullWeight * (1 + 1e-6),
  };
}

/** e.g. `Weight 0.12, between 0.05 and 0.31`; undefined where there is no interval. */
export function intervalWords({ weight, weightLow, weightHigh }: Weights): string | undefined {
  if (weight === undefined || weightLow === undefined || weightHigh === undefined) return undefined;
  return t('Weight {0}, between {1} and {2}', formatWeight(weight), formatWeight(weightLow), formatWeight(weightHigh));
}

/** What the interval covers and what it does not. */
export function intervalMeaning(): string {
  return t(
    'Where the weight would lie, in 95 of 100 cases, had other real rows of the same source been labelled: judged by how much the fold models disagree. Not covered: real rows unlike the data to come, wrong labels among them, texts far from all of them.',
  );
}
