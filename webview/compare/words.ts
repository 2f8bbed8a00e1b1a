/** What the Compare view says, without a screen. */
import { formatPercent } from '../../src/core/table/format.ts';
import {
  addsRealRows,
  methodTitle,
  type ComparisonResults,
  type MethodResult,
  type SeedMean,
  type Standing,
} from '../../src/protocol/compare.ts';
import { t } from '../shared/l10n.ts';

/** What a method is called. */
export function titleOf(method: string): string {
  return methodTitle(method, t);
}

/** A share in percent with one decimal: `88.4`. */
export function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** `88.4 ± 0.6`; with one seed, `88.4`. */
export function spread({ mean, sd }: SeedMean): string {
  return sd === undefined ? percent(mean) : `${percent(mean)} ± ${percent(sd)}`;
}

/** A difference of shares in points, always with its sign: `+2.1`, `−0.4`. */
export function points(share: number): string {
  const value = percent(Math.abs(share));
  return Number(value) === 0 ? '0.0' : `${share < 0 ? '−' : '+'}${value}`;
}

/** A p-value: `p = 0.012`, `p < 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}

/** What the corrected test says of a difference, in plain words. */
export function standingWords(standing: Standing): string {
  switch (standing) {
    case 'better':
      return t('more than luck');
    case 'worse':
      return t('worse, more than luck');
    case 'not separated':
      return t('could be luck');
  }
}

/** Best first; those without a number last, as they were. */
export function bestFirst(methods: readonly MethodResult[]): readonly MethodResult[] {
  const macro = ({ macroF1 }: MethodResult): number => macroF1?.mean ?? -1;
  return [...methods].sort((a, b) => macro(b) - macro(a));
}

/** Seconds of one seed. */
export function secondsOf({ seconds }: Pick<MethodResult, 'seconds'>): number {
  return seconds.training + seconds.checkers;
}

/** A stage of the job, its method by title: `Seed 1, classifier, imp-2` → `Seed 1, classifier, IMP, K = 2`. */
export function stageText(stage: string): string {
  return stage.replace(
    /\bclassifier, ([a-z]+(?:-[\d.]+)?(?:@[a-z-]+(?:=[\d.]+)?)*(?:\+real)?)$/i,
    (_, method: string) => `classifier, ${titleOf(method)}`,
  );
}

/** What share of the synthetic rows a method trains on; nothing where it is none or all by its name. */
export function keptText(
  { method, trainedRows }: MethodResult,
  { syntheticRows, realRows }: Pick<ComparisonResults, 'syntheticRows' | 'realRows'>,
): string | undefined {
  if (method === 'real' || method === 'both') return undefined;
  const share = (rows: number): string => formatPercent(rows / Math.max(1, syntheticRows));
  return addsRealRows(method)
    ? t('{0} of the synthetic rows, and the real ones', share(trainedRows - realRows))
    : t('{0} of the synthetic rows', share(trainedRows));
}

/** What is known of a method with a seed. */
export interface SeedCell {
  readonly macroF1?: number;
  /** Why it could not be run. */
  readonly failed?: string;
}

/** @param result Of the method, where there are results. */
export function cellOf(result: MethodResult | undefined, seed: number): SeedCell {
  if (result === undefined) return {};
  const at = result.seeds.indexOf(seed);
  const failed = result.failures.find((failure) => failure.seed === seed)?.reason;
  return { macroF1: at < 0 ? undefined : result.macroF1?.bySeed[at], failed };
}
