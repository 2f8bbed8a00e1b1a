/** How far the synthetic rows lie from the real ones, measured by how far the real ones lie from each other. */
import { quantile } from '../metrics/intervals.ts';
import type { FarRows } from './sureness.ts';

/** Of the real rows' distances to their nearest other real row. */
export const FAR_QUANTILE = 0.95;

/**
 * The share of synthetic rows that are farther from every real row than 95 % of the real rows are from the others. About 5 %
 * where both are alike: 4.8 % and 5.8 % of held-out human rows of SST-2 and Financial PhraseBank by 200 others; their
 * synthetic rows 0 % and 26 %, rows of the other task 90 % and more.
 *
 * @param toReal Of each synthetic row, 1 − cosine to the nearest real row.
 * @param amongReal Of each real row, 1 − cosine to the nearest other real row.
 * @returns undefined where there are no rows to compare.
 */
export function farRows(toReal: ArrayLike<number>, amongReal: ArrayLike<number>): FarRows | undefined {
  if (toReal.length === 0 || amongReal.length < 2) return undefined;
  const distance = quantile(amongReal, FAR_QUANTILE);
  let far = 0;
  for (let i = 0; i < toReal.length; i++) if (toReal[i] > distance) far++;
  return { share: far / toReal.length, distance };
}
