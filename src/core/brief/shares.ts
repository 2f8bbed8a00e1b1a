/** Whether a kind of row is rarer in one group than in another, beyond chance. */

/** How many of a group's rows are of a kind. */
export interface Share {
  readonly rows: number;
  readonly of: number;
}

export interface ShareRatio {
  /** Share of the real rows over that of the synthetic ones; with half a row added to each, so that 0 rows give a number. */
  readonly ratio: number;
  /** 99 % interval of `ratio`. */
  readonly low: number;
  readonly high: number;
}

/** The 99.5 % quantile of the normal distribution: a brief looks at dozens of clusters. */
const z = 2.5758293035489;

/** The ratio of two shares with Katz's log interval (Katz et al. 1978), 0.5 added to every count (Walter 1975). */
export function shareRatio(real: Share, synthetic: Share): ShareRatio {
  const [a, n, b, m] = [real.rows + 0.5, real.of + 0.5, synthetic.rows + 0.5, synthetic.of + 0.5];
  const log = Math.log(a / n) - Math.log(b / m);
  const deviation = Math.sqrt(Math.max(0, 1 / a - 1 / n + 1 / b - 1 / m));
  return { ratio: Math.exp(log), low: Math.exp(log - z * deviation), high: Math.exp(log + z * deviation) };
}

/** What a ratio of shares says: by half as much again, and beyond the interval. */
export function standingOf({ ratio, low, high }: ShareRatio): 'lacking' | 'flooded' | 'level' {
  if (low > 1 && ratio >= 1.5) return 'lacking';
  if (high < 1 && ratio <= 1 / 1.5) return 'flooded';
  return 'level';
}
