/** From what the checkers say to what is written and shown of each row: weight, verdict, reason. */
import {
  DEFAULT_VERDICT_SETTINGS,
  explainRow,
  farFromRealThreshold,
  judgeRow,
  type RowEvidence,
  type Verdict,
  type VerdictSettings,
} from '../core/weighting/verdicts.ts';
import {
  classWeights,
  computeWeights,
  effectiveSampleSize,
  labelPriors,
  type WeightMethod,
  type Weights,
} from '../core/weighting/weights.ts';
import type { NearestReal, ScoreRow } from '../store/scores.ts';
import type { NearDuplicates } from './nearDuplicates.ts';
import type { Nearest } from './nearness.ts';
import type { InputSet } from './readInputs.ts';
import type { WeightChoices } from './settings.ts';

/** What is known of the synthetic rows before weights are made of it. */
export interface Evidence {
  /** Log P̂'(·|x) of the synthetic rows as stored (float32), [rows, labels]. */
  readonly logP: Float64Array;
  /** Log Q̂(·|x) likewise. */
  readonly logQ: Float64Array;
  /** Standard errors of `logP` and `logQ` as stored; NaN for rows without, absent where no row has them. */
  readonly logPSpread?: Float64Array;
  readonly logQSpread?: Float64Array;
  /** Standard errors to either side of an interval (`intervalFacts`); absent where there are none. */
  readonly intervalQuantile?: number;
  /** Fold of each row, −1 for none. */
  readonly foldOf?: Int32Array;
  readonly duplicates: NearDuplicates;
  /** The real rows nearest to each row, and those nearest to each real row among the others. Absent without embeddings. */
  readonly neighbours?: { readonly toReal: Nearest; readonly amongReal: Pick<Nearest, 'distance'> };
  /** [epochs] each row's weight after each epoch, of DIMP. */
  readonly epochWeights?: readonly Float32Array[];
}

/** One synthetic row as the report shows it. */
export interface RankedRow {
  readonly line: number;
  readonly text: string;
  readonly label: string;
  readonly suggested: string;
  readonly weight: number;
  readonly logWeight: number;
  /** 95 % interval of the weight; absent where it is not known. */
  readonly weightLow?: number;
  readonly weightHigh?: number;
  readonly quality: number;
  readonly diversity: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface ScoredSet {
  /** One for each line of the file that is not blank, in its order. */
  readonly lines: readonly ScoreRow[];
  /** The scored rows, heaviest first. */
  readonly ranked: readonly RankedRow[];
  readonly weights: Weights;
  readonly ess: number;
  /** Σw of each label. */
  readonly sumOfWeights: readonly number[];
  /** Share of each label among real and synthetic rows. */
  readonly priors: { readonly real: readonly number[]; readonly synthetic: readonly number[] };
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly verdictSettings: VerdictSettings;
}

/** log w of a row that float32 holds as a weight of 0: the logarithm of the smallest normal number. */
const leastLogWeight = Math.log(2 ** -126);

/** Log-probabilities as `scores.jsonl` holds them, so that weights computed from the file are the same bits. */
export function asStored(logProbabilities: Float64Array): Float64Array {
  return Float64Array.from(Float32Array.from(logProbabilities));
}

/** Weights of a set. */
export function weigh(
  set: Pick<InputSet, 'labelIds'>,
  real: Pick<InputSet, 'labelIds'>,
  labels: readonly string[],
  method: WeightMethod,
  evidence: Pick<Evidence, 'logP' | 'logPSpread' | 'logQSpread' | 'intervalQuantile'> & Partial<Pick<Evidence, 'logQ'>>,
  choices: WeightChoices,
): Weights {
  const classCount = labels.length;
  const { logP, logQ, logPSpread, logQSpread, intervalQuantile: quantile } = evidence;
  const known = logPSpread !== undefined && quantile !== undefined;
  return computeWeights({
    ...{ logP, logQ, labels: set.labelIds, classCount },
    spread: known ? { logP: logPSpread, logQ: logQSpread, quantile } : undefined,
    settings: { ...choices, method, priorCorrection: priorsOf(set, real, classCount, choices) },
  });
}

/** The two label distributions where prior correction is asked for. */
export function priorsOf(
  set: Pick<InputSet, 'labelIds'>,
  real: Pick<InputSet, 'labelIds'>,
  classCount: number,
  { priorCorrection }: Pick<WeightChoices, 'priorCorrection'>,
): { real: number[]; synthetic: number[] } | undefined {
  return priorCorrection
    ? { real: labelPriors(real.labelIds, classCount), synthetic: labelPriors(set.labelIds, classCount) }
    : undefined;
}

/** The real rows nearest to row `i`, best first. */
function nearestLines({ count, index, cosine }: Nearest, i: number, real: Pick<InputSet, 'rows'>): NearestReal[] {
  return Array.from({ length: count }, (_, k) => ({
    line: real.rows[index[i * count + k]].line,
    cosine: cosine[i * count + k],
  }));
}

/** The line of the first row of each group. */
function firstLines(clusterOf: Int32Array, lineOf: (row: number) => number): Map<number, number> {
  const firstOf = new Map<number, number>();
  clusterOf.forEach((cluster, row) => {
    if (cluster >= 0 && !firstOf.has(cluster)) firstOf.set(cluster, lineOf(row));
  });
  return firstOf;
}

/** Weight, verdict and reason of every row. */
export function scoreSet(
  set: InputSet,
  real: InputSet,
  labels: readonly string[],
  evidence: Evidence,
  choices: WeightChoices,
): ScoredSet {
  const classCount = labels.length;
  const weights = weigh(set, real, labels, 'imp', evidence, choices);
  const { duplicates, neighbours, foldOf, epochWeights } = evidence;
  const verdictSettings = {
    ...DEFAULT_VERDICT_SETTINGS,
    farFromReal: neighbours === undefined ? Infinity : farFromRealThreshold(neighbours.amongReal.distance),
  };
  const verdicts: Record<Verdict, number> = { misaligned: 0, redundant: 0, informative: 0, unsure: 0, ok: 0 };
  const firstOf = firstLines(duplicates.clusterOf, (row) => set.rows[row].line);
  const copyOf = (i: number): number | undefined => {
    const line = firstOf.get(duplicates.clusterOf[i]);
    return line === set.rows[i].line ? undefined : line;
  };
  /** The row's standard errors, where it has any. */
  const known = (all: Float64Array | undefined, i: number): Float64Array | undefined => {
    const own = all?.subarray(i * classCount, (i + 1) * classCount);
    return own === undefined || Number.isNaN(own[0]) ? undefined : own;
  };
  const ranked: RankedRow[] = [];
  const scored: ScoreRow[] = set.rows.map((row, i) => {
    const of = (all: Float64Array): Float64Array => all.subarray(i * classCount, (i + 1) * classCount);
    const diversity = weights.diversity === undefined ? NaN : weights.diversity[i];
    const quality = weights.quality[i];
    const weight = weights.weight[i];
    const logWeight = Math.max(weights.logWeight[i], leastLogWeight);
    const found: RowEvidence = {
      ...{ logP: of(evidence.logP), label: set.labelIds[i], weight, diversity },
      nearDuplicates: duplicates.counts[i],
      copyOf: copyOf(i),
      distanceToReal: neighbours?.toReal.distance[i],
    };
    const judgement = judgeRow(found, verdictSettings);
    const { verdict } = judgement;
    const suggested = labels[judgement.suggested];
    verdicts[verdict]++;
    const { line, textHash, occurrence, label } = row;
    const text = row.textPair === undefined ? row.text : `${row.text} ⏐ ${row.textPair}`;
    const reason = explainRow(found, judgement, labels, verdictSettings);
    const { interval } = weights;
    ranked.push({
      ...{ line, text, label, suggested, weight, logWeight },
      ...(interval && !Number.isNaN(interval.low[i])
        ? { weightLow: interval.low[i], weightHigh: interval.high[i] }
        : {}),
      ...{ quality, diversity, verdict, reason },
    });
    return {
      ...{ line, textHash, occurrence, label, logP: of(evidence.logP), logQ: of(evidence.logQ) },
      ...{ logPSpread: known(evidence.logPSpread, i), logQSpread: known(evidence.logQSpread, i) },
      fold: foldOf === undefined || foldOf[i] < 0 ? undefined : foldOf[i],
      cluster: duplicates.clusterOf[i] < 0 ? undefined : duplicates.clusterOf[i],
      ...{ logWeight, weight, quality, diversity, verdict },
      suggested: suggested === label ? undefined : suggested,
      nearDuplicates: duplicates.counts[i] === 0 ? undefined : duplicates.counts[i],
      nearestReal: neighbours && nearestLines(neighbours.toReal, i, real),
      epochLogWeights: epochWeights?.map((epoch) => Math.max(Math.log(epoch[i]), leastLogWeight)),
    };
  });
  const unscored = set.leftOut.map(({ line, textHash, occurrence, label, reason }) => ({
    ...{ line, textHash, occurrence, label, error: reason },
  }));
  return {
    lines: [...scored, ...unscored].sort((a, b) => a.line - b.line),
    ranked: ranked.sort((a, b) => b.weight - a.weight || a.line - b.line),
    weights,
    ess: effectiveSampleSize(weights.weight),
    sumOfWeights: [...classWeights(weights.weight, set.labelIds, classCount)],
    priors: { real: labelPriors(real.labelIds, classCount), synthetic: labelPriors(set.labelIds, classCount) },
    verdicts,
    verdictSettings,
  };
}
