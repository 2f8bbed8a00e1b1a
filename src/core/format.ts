/** How numbers are shown, the same in sentences, panel and editor. */

/** A share or probability: `97 %`, `> 99 %`, `< 1 %`; `–` where it is not a number. */
export function formatPercent(p: number): string {
  if (Number.isNaN(p)) return '–';
  if (p > 0.99 && p < 1) return '> 99 %';
  if (p < 0.01 && p > 0) return '< 1 %';
  return `${Math.round(100 * p)} %`;
}

/** A weight: `0.03`, `1.80`, `12.3`, `< 0.01`; `–` where it is not a number. */
export function formatWeight(weight: number): string {
  if (Number.isNaN(weight)) return '–';
  if (weight > 0 && weight < 0.01) return '< 0.01';
  return weight < 10 ? weight.toFixed(2) : weight.toFixed(1);
}
