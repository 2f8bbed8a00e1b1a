/** What a row's numbers say to the person who owns the data: a verdict, a suggested label and one sentence of reason. */
import { mostNearDuplicatesCounted } from '../duplicates/limits.ts';
import { formatPercent, formatWeight } from '../format.ts';
import { quantile } from '../metrics/intervals.ts';

/**
 * - `misaligned`: the quality checker contradicts the label and clearly prefers another. Relabel or remove.
 * - `redundant`: a near-copy of an earlier row. Remove it, or leave it. The first row of a group is never redundant: removing
 *   every redundant row keeps one of each.
 * - `unsure`: the text lies far from every real row, or the quality checker cannot tell. Collect real rows like it.
 * - `informative`: the quality checker agrees and the weight is well above 1: the generator rarely writes such rows. Keep.
 * - `ok`: none of these.
 *
 * Where several hold, the first in this order is given, except that a text far from every real row is `unsure` whatever the
 * quality checker says of it: it has seen nothing like it.
 */
export const verdicts = ['misaligned', 'redundant', 'unsure', 'informative', 'ok'] as const;
/** See `verdicts`. */
export type Verdict = (typeof verdicts)[number];

export interface VerdictSettings {
  /** `misaligned` needs P̂'(y|x) below this … */
  misalignedBelow: number;
  /** … and another label with P̂' of at least this. */
  preferredFrom: number;
  /** `redundant` needs an earlier near-copy, at least this many near-copies besides the row itself … */
  duplicatesFrom: number;
  /** … and Q̂(y|x) of at least this; 0: whatever Q̂ says. */
  redundantDiversityFrom: number;
  /** `informative` needs P̂'(y|x) of at least this, y being the most probable label … */
  agreementFrom: number;
  /** … and a weight of at least this. */
  informativeWeightFrom: number;
  /** `unsure` from this entropy of P̂' on, as a share of ln C (1 is uniform). */
  uniformFrom: number;
  /** `unsure` beyond this distance to the nearest real row (see `farFromRealThreshold`). */
  farFromReal: number;
}

/**
 * What the defaults find of faults planted on purpose, at *standard*, precision / recall (docs/faults.md has the commands).
 * `misaligned`, a tenth of the labels flipped: 79 % / 43 % on `sst2`, 11 % / 40 % on `financial`, where P̂' is at chance; at 0.25 in
 * place of 0.2 68 % / 61 % and 10 % / 44 %: more is found, and more marks are wrong. `uniformFrom` adds little to distance, 82 % of
 * rows from elsewhere in place of 78 % on `sst2`, at a precision of 50 % in place of 100 %: the rows that it marks are of the
 * domain, and P̂' cannot tell them. `redundant` needs one near-copy, whatever Q̂ says of the label: to ask for a Q̂ of 0.5 finds 48 %
 * of the copies in `financial` in place of 68 %, at a precision of 99 % in place of 96 %. Distance is judged first, since the
 * quality checker knows nothing of such texts.
 */
export const DEFAULT_VERDICT_SETTINGS: VerdictSettings = {
  misalignedBelow: 0.2,
  preferredFrom: 0.5,
  duplicatesFrom: 1,
  redundantDiversityFrom: 0,
  agreementFrom: 0.6,
  informativeWeightFrom: 1.3,
  uniformFrom: 0.97,
  farFromReal: Infinity,
};

/**
 * The distance beyond which a text counts as unlike the real rows: the quantile of the real rows' own distances, each to
 * its nearest other real row. Infinity (never) where there are none.
 */
export function farFromRealThreshold(realNearestDistances: ArrayLike<number>, q = 0.99): number {
  return realNearestDistances.length === 0 ? Infinity : quantile(realNearestDistances, q);
}

/** One row's numbers. */
export interface RowEvidence {
  /** Calibrated log P̂'(·|x), [classCount]. */
  logP: ArrayLike<number>;
  /** The row's label id. */
  label: number;
  /** w, ≥ 0. */
  weight: number;
  /** Q̂(y|x); without it nothing is `redundant` unless whatever Q̂ says will do. */
  diversity?: number;
  /** Number of other rows that are near-duplicates of this one; at least so many from `mostNearDuplicatesCounted` on. */
  nearDuplicates?: number;
  /** Line of the first row among them; absent where that is this row. */
  copyOf?: number;
  /** Distance (1 − cosine of the pretrained embeddings) to the nearest real row. */
  distanceToReal?: number;
}

export interface Judgement {
  verdict: Verdict;
  /** The label P̂' prefers; the row's own where it ties for the first place. */
  suggested: number;
}

/** Verdict and suggested label of one row. */
export function judgeRow(row: RowEvidence, settings: VerdictSettings = DEFAULT_VERDICT_SETTINGS): Judgement {
  const suggested = preferredLabel(row);
  const quality = Math.exp(row.logP[row.label]);
  const preferred = Math.exp(row.logP[suggested]);
  return { verdict: verdictOf(), suggested };

  function verdictOf(): Verdict {
    if (isFar(row, settings)) return 'unsure';
    if (suggested !== row.label && quality < settings.misalignedBelow && preferred >= settings.preferredFrom) {
      return 'misaligned';
    }
    if (
      row.copyOf !== undefined &&
      (row.nearDuplicates ?? 0) >= settings.duplicatesFrom &&
      (row.diversity ?? 0) >= settings.redundantDiversityFrom
    ) {
      return 'redundant';
    }
    if (uniformity(row.logP) >= settings.uniformFrom) return 'unsure';
    const agrees = suggested === row.label && quality >= settings.agreementFrom;
    return agrees && row.weight >= settings.informativeWeightFrom ? 'informative' : 'ok';
  }
}

/**
 * One sentence that says why, e.g. `label 'positive', real data says 'negative' (97 %), weight 0.03`.
 *
 * @param labelNames [classCount]
 * @param settings The settings the row was judged with.
 */
export function explainRow(
  row: RowEvidence,
  { verdict, suggested }: Judgement,
  labelNames: readonly string[],
  settings: VerdictSettings = DEFAULT_VERDICT_SETTINGS,
): string {
  const own = `'${labelNames[row.label]}'`;
  const other = `'${labelNames[suggested]}'`;
  const quality = formatPercent(Math.exp(row.logP[row.label]));
  const preferred = formatPercent(Math.exp(row.logP[suggested]));
  const weight = `weight ${formatWeight(row.weight)}`;
  const generator = row.diversity === undefined ? '' : ` (${formatPercent(row.diversity)})`;
  switch (verdict) {
    case 'misaligned':
      return `label ${own}, real data says ${other} (${preferred}), ${weight}`;
    case 'redundant':
      return `near-copy of line ${row.copyOf}${others(row)}, ${weight}`;
    case 'informative':
      return `real data agrees with ${own} (${quality}), and the generator's data foresees it less${generator}, ${weight}`;
    case 'unsure':
      if (isFar(row, settings)) {
        return `unlike every real row (distance ${(row.distanceToReal ?? 0).toFixed(2)}, limit ${settings.farFromReal.toFixed(2)}), ${weight}`;
      }
      return `real data cannot tell: label ${own} ${quality}${suggested === row.label ? '' : `, ${other} ${preferred}`}, ${weight}`;
    case 'ok':
      return suggested === row.label
        ? `real data agrees with ${own} (${quality}), ${weight}`
        : `label ${own} (${quality}), real data leans to ${other} (${preferred}), ${weight}`;
  }
}

/** Entropy of the distribution divided by ln C: 0 certain, 1 uniform. With one class, 0. */
export function uniformity(logP: ArrayLike<number>): number {
  if (logP.length < 2) return 0;
  let entropy = 0;
  for (let c = 0; c < logP.length; c++) if (logP[c] > -Infinity) entropy -= logP[c] * Math.exp(logP[c]);
  return entropy / Math.log(logP.length);
}

/** How many near-copies there are beyond the one that is named; of very many not all were counted. */
function others({ nearDuplicates = 0 }: RowEvidence): string {
  if (nearDuplicates <= 1) return '';
  const least = nearDuplicates >= mostNearDuplicatesCounted ? 'at least ' : '';
  return ` and ${least}${nearDuplicates - 1} other${nearDuplicates > 2 ? 's' : ''}`;
}

function preferredLabel({ logP, label }: RowEvidence): number {
  let best = label;
  for (let c = 0; c < logP.length; c++) if (logP[c] > logP[best]) best = c;
  return best;
}

function isFar(row: RowEvidence, settings: VerdictSettings): boolean {
  return row.distanceToReal !== undefined && row.distanceToReal > settings.farFromReal;
}
