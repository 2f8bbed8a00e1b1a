/** How numbers are shown, the same in sentences, panel and editor. */

const grouped = new Intl.NumberFormat('en-US');

/** A number of rows: `1,234,567`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A share or probability: `97 %`, `> 99 %`, `< 1 %`; `–` where it is not a number. */
export function formatPercent(p: number): string {
  if (Number.isNaN(p)) return '–';
  if (p > 0.99 && p < 1) return '> 99 %';
  if (p < 0.01 && p > 0) return '< 1 %';
  return `${Math.round(100 * p)} %`;
}

/**
 * Shares of one whole, rounded so that they still add to what they add to: each down, then the largest remainders up (of
 * equal ones the first). Rounded one by one, 12.5 % and 87.5 % would add to 101 %.
 *
 * @param shares 0 to 1; what is no finite number stays as it is.
 * @param digits Decimals of a percentage to round to.
 * @returns The shares, 0 to 1, in the order given.
 */
export function roundShares(shares: readonly number[], digits = 0): number[] {
  const units = 100 * 10 ** digits;
  const finite = shares.flatMap((share, at) => (Number.isFinite(share) ? [{ at, exact: share * units }] : []));
  // A rounding error below a whole number does not count: 100 · 0.29 is 28.999999999999996.
  const parts = finite.map(({ at, exact }) => {
    const down = Math.floor(exact + 1e-9);
    return { at, down, rest: exact - down };
  });
  const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const missing = Math.round(sumOf(finite.map(({ exact }) => exact))) - sumOf(parts.map(({ down }) => down));
  const up = new Set([...parts].sort((a, b) => b.rest - a.rest || a.at - b.at).slice(0, missing));
  const rounded = [...shares];
  for (const part of parts) rounded[part.at] = (part.down + (up.has(part) ? 1 : 0)) / units;
  return rounded;
}

/** Shares of one whole as {@link formatPercent} shows them, but adding to 100 % where they stand together. */
export function formatShares(shares: readonly number[]): string[] {
  const rounded = roundShares(shares);
  // What is too close to nothing or to everything is told as that, not as what it was rounded to.
  return shares.map((share, i) => formatPercent(share < 0.01 || share > 0.99 ? share : rounded[i]));
}

/** A weight: `0.03`, `1.80`, `12.3`, `< 0.01`; `–` where it is not a number. */
export function formatWeight(weight: number): string {
  if (Number.isNaN(weight)) return '–';
  if (weight > 0 && weight < 0.01) return '< 0.01';
  return weight < 10 ? weight.toFixed(2) : weight.toFixed(1);
}
