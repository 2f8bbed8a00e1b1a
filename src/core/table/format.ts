/** How the panel shows numbers. */
export { formatCount, formatPercent, formatShares, formatWeight } from '../format.ts';

/** What a log₁₀ weight stands for, on an axis: `0.0001`, `0.03`, `1`, `10`. One significant digit below 1, else two. */
export function formatLogWeight(log10: number): string {
  const weight = 10 ** log10;
  return String(Number(weight.toPrecision(weight < 1 ? 1 : 2)));
}
