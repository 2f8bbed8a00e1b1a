/** Which rows two score runs weigh most differently, and through which of the two checkers. Pure. */

/** A run's scores by column; `ScoreColumns` of the store has these members, and more. */
export interface ComparedScores {
  readonly rows: number;
  readonly labels: readonly string[];
  /** Of the row in the run's file, from 1. */
  readonly line: ArrayLike<number>;
  /** First and second half of the 64-bit text hash. */
  readonly hashHigh: ArrayLike<number>;
  readonly hashLow: ArrayLike<number>;
  /** Rows whose text hash is unknown or of another form: they cannot be found again. */
  readonly oddHashes: ReadonlyMap<number, string>;
  readonly occurrence: ArrayLike<number>;
  readonly labelId: ArrayLike<number>;
  /** [rows · labels] log P̂'(·|x). */
  readonly logP: ArrayLike<number>;
  /** [rows · labels] log Q̂(·|x). */
  readonly logQ: ArrayLike<number>;
  readonly logWeight: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
  readonly verdictId: ArrayLike<number>;
  readonly verdicts: readonly string[];
  /** Why a row has no scores, by row index. */
  readonly errors: ReadonlyMap<number, string>;
}

/** What one run says of a row. */
export interface RowScores {
  readonly line: number;
  readonly label: string;
  readonly logWeight: number;
  /** w, ≥ 0: 0 where its logarithm is only the least that is kept. */
  readonly weight: number;
  /** P̂'(y|x) of the row's label, 0 to 1. */
  readonly quality: number;
  /** Q̂(y|x) of the row's label, 0 to 1. */
  readonly diversity: number;
  readonly verdict?: string;
}

/**
 * What moved the weight most: another label, the quality checker, the diversity checker, or, where neither moved, what makes
 * weights of them (γ, clipping, truncation, normalisation).
 */
export type ChangeCause = 'label' | 'quality checker' | 'diversity checker' | 'weight settings';

/** A row that both runs scored. */
export interface RowChange {
  readonly textHash: { readonly high: number; readonly low: number };
  readonly occurrence: number;
  readonly before: RowScores;
  readonly after: RowScores;
  /** log w after − log w before. */
  readonly change: number;
  readonly cause: ChangeCause;
}

/** A row with scores in only one of the runs. */
export interface LoneRow {
  readonly line: number;
  readonly textHash: { readonly high: number; readonly low: number };
  readonly occurrence: number;
  /** Why the other run has no scores of it, where it has the row; absent where it has no such row. */
  readonly unscored?: string;
}

export interface ScoresDifference {
  /** Rows that both runs scored. */
  readonly matched: number;
  /** Those whose log weight differs at all. */
  readonly changed: number;
  /** Σ|Δ log w| over the matched rows, divided by their number; 0 where there are none. */
  readonly meanChange: number;
  /** How many changed rows each cause moved. */
  readonly causes: Readonly<Record<ChangeCause, number>>;
  /** The rows whose log weight changed most, the largest change first; rows without any are left out. */
  readonly top: readonly RowChange[];
  readonly onlyBefore: readonly LoneRow[];
  readonly onlyAfter: readonly LoneRow[];
}

/**
 * Compares two runs' scores, row by row; a row is the same where text hash and occurrence are.
 * @param most Rows in `top` at most.
 */
export function diffScores(before: ComparedScores, after: ComparedScores, most: number): ScoresDifference {
  const inBefore = finder(before);
  const inAfter = finder(after);
  const causes: Record<ChangeCause, number> = {
    label: 0,
    'quality checker': 0,
    'diversity checker': 0,
    'weight settings': 0,
  };
  const places: { from: number; to: number; change: number }[] = [];
  const onlyAfter: LoneRow[] = [];
  let [matched, sum] = [0, 0];
  for (let to = 0; to < after.rows; to++) {
    if (after.errors.has(to)) continue;
    const from = inBefore(after, to);
    if (from < 0 || before.errors.has(from)) {
      onlyAfter.push(loneRow(after, to, from < 0 ? undefined : before.errors.get(from)));
      continue;
    }
    matched++;
    const change = Math.abs(after.logWeight[to] - before.logWeight[from]);
    sum += change;
    if (!(change > 0)) continue;
    places.push({ from, to, change });
    causes[causeOf(before, from, after, to)]++;
  }
  const onlyBefore: LoneRow[] = [];
  for (let from = 0; from < before.rows; from++) {
    if (before.errors.has(from)) continue;
    const to = inAfter(before, from);
    if (to < 0 || after.errors.has(to)) {
      onlyBefore.push(loneRow(before, from, to < 0 ? undefined : after.errors.get(to)));
    }
  }
  places.sort((x, y) => y.change - x.change || x.to - y.to);
  const top = places.slice(0, Math.max(0, most)).map(({ from, to }) => ({
    textHash: { high: after.hashHigh[to], low: after.hashLow[to] },
    occurrence: after.occurrence[to],
    before: scoresOf(before, from),
    after: scoresOf(after, to),
    change: after.logWeight[to] - before.logWeight[from],
    cause: causeOf(before, from, after, to),
  }));
  const meanChange = matched === 0 ? 0 : sum / matched;
  return { matched, changed: places.length, meanChange, causes, top, onlyBefore, onlyAfter };
}

/** log w differs by more than rounding of float32 near these numbers. */
const rounding = 1e-6;

function causeOf(before: ComparedScores, from: number, after: ComparedScores, to: number): ChangeCause {
  const [a, b] = [labelOf(before, from), labelOf(after, to)];
  if (a !== b) return 'label';
  const quality = Math.abs(ownLog(after, 'logP', to) - ownLog(before, 'logP', from));
  const diversity = Math.abs(ownLog(after, 'logQ', to) - ownLog(before, 'logQ', from));
  if (Math.max(quality, diversity) <= rounding) return 'weight settings';
  return quality >= diversity ? 'quality checker' : 'diversity checker';
}

function labelOf({ labels, labelId }: ComparedScores, row: number): string {
  return labels[labelId[row]] ?? '';
}

function ownLog(scores: ComparedScores, name: 'logP' | 'logQ', row: number): number {
  return scores[name][row * scores.labels.length + scores.labelId[row]];
}

function scoresOf(scores: ComparedScores, row: number): RowScores {
  const verdict = scores.verdicts[scores.verdictId[row]] as string | undefined;
  return {
    line: scores.line[row],
    label: labelOf(scores, row),
    logWeight: scores.logWeight[row],
    weight: scores.weight[row],
    quality: Math.exp(ownLog(scores, 'logP', row)),
    diversity: Math.exp(ownLog(scores, 'logQ', row)),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

function loneRow({ line, hashHigh, hashLow, occurrence }: ComparedScores, row: number, unscored?: string): LoneRow {
  return {
    line: line[row],
    textHash: { high: hashHigh[row], low: hashLow[row] },
    occurrence: occurrence[row],
    ...(unscored === undefined ? {} : { unscored }),
  };
}

/**
 * Finds the rows of a run by those of another. Two runs are mostly over the same rows in the same order: the row after the
 * one found last is looked at first, and the table is made only when that is another one.
 */
function finder(scores: ComparedScores): (of: ComparedScores, row: number) => number {
  let next = 0;
  let table: Map<string, number> | undefined;
  const key = ({ hashHigh, hashLow, occurrence }: ComparedScores, row: number): string =>
    `${hashHigh[row]}:${hashLow[row]}:${occurrence[row]}`;
  const makeTable = (): Map<string, number> => {
    const made = new Map<string, number>();
    for (let row = 0; row < scores.rows; row++) {
      if (!scores.oddHashes.has(row)) made.set(key(scores, row), row);
    }
    return made;
  };
  return (of, row) => {
    if (of.oddHashes.has(row)) return -1;
    const isNext =
      next < scores.rows &&
      !scores.oddHashes.has(next) &&
      scores.hashLow[next] === of.hashLow[row] &&
      scores.hashHigh[next] === of.hashHigh[row] &&
      scores.occurrence[next] === of.occurrence[row];
    const found = isNext ? next : ((table ??= makeTable()).get(key(of, row)) ?? -1);
    if (found >= 0) next = found + 1;
    return found;
  };
}
