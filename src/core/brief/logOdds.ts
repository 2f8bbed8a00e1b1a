/**
 * How much more frequent something is in one group of texts than in another: log-odds ratios with an informative Dirichlet
 * prior (Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16(4), 2008, section 3.5.1). The prior keeps rare
 * words from looking distinctive and common ones from being so by their sheer number.
 */

/** One thing counted in both groups. */
export interface Counted {
  readonly first: number;
  readonly second: number;
}

export interface LogOdds {
  /** Log of the odds in the first group over those in the second, with the prior; above 0: more frequent in the first. */
  readonly logOdds: number;
  /** `logOdds` in its standard deviations, under the paper's approximation of the variance. */
  readonly z: number;
}

/**
 * Log-odds of one thing.
 * @param counted How often it occurs in each group; `pooled` how often in the corpus that the prior is taken from.
 * @param totals All occurrences of all things, likewise.
 * @param priorTotal α₀, above 0: the weight of the prior in counts, spread over all things as they are in that corpus.
 */
export function logOddsRatio(
  counted: Counted & { readonly pooled: number },
  totals: Counted & { readonly pooled: number },
  priorTotal: number,
): LogOdds {
  const prior = (priorTotal * counted.pooled) / totals.pooled;
  const logit = (count: number, total: number): number =>
    Math.log(count + prior) - Math.log(total + priorTotal - count - prior);
  const logOdds = logit(counted.first, totals.first) - logit(counted.second, totals.second);
  const variance = 1 / (counted.first + prior) + 1 / (counted.second + prior);
  return { logOdds, z: logOdds / Math.sqrt(variance) };
}
