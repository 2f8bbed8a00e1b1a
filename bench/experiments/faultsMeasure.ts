// What a finished scoring says of planted faults: how well each number ranks them, what the verdicts catch, at other thresholds
// too, and what confident learning makes of the same probabilities.
import path from 'node:path';
import {
  labelIssues,
  labelQuality,
  type IssueRule,
  type JudgedLabels,
} from '../../src/core/metrics/confidentLearning.ts';
import { argmaxRows } from '../../src/core/metrics/classification.ts';
import { meanAndSd, quantile } from '../../src/core/metrics/intervals.ts';
import { auroc } from '../../src/core/metrics/rank.ts';
import {
  DEFAULT_VERDICT_SETTINGS,
  farFromRealThreshold,
  judgeRow,
  uniformity,
  verdicts,
  type RowEvidence,
  type Verdict,
  type VerdictSettings,
} from '../../src/core/weighting/verdicts.ts';
import { computeWeights, DEFAULT_WEIGHT_SETTINGS } from '../../src/core/weighting/weights.ts';
import { intervalOf } from '../../src/jobs/savedCheckers.ts';
import { nearest } from '../../src/jobs/nearness.ts';
import { loadCheckpoint } from '../../src/store/checkpoint.ts';
import { embeddingStages, runFiles } from '../../src/store/layout.ts';
import { readRunRecord, type RunRecord } from '../../src/store/runRecord.ts';
import { readScores, type ScoreColumns } from '../../src/store/scores.ts';
import { balancedLogProbabilities, fitExponents, togetherLogProbability } from './faultsTogether.ts';
import { faultKinds, type FaultKind, type PlantedRow } from './faultsPlant.ts';

export type Fault = Exclude<FaultKind, 'untouched'>;

/** The verdict that each fault should have. */
export const verdictOfFault = {
  flipped: 'misaligned',
  copy: 'redundant',
  'off-domain': 'unsure',
} as const satisfies Record<Fault, Verdict>;

/** How many rows were marked, and how many of them have the fault. */
export interface Marked {
  readonly marked: number;
  readonly hits: number;
}

/** Rows marked, and hits among them, at other thresholds: keyed by their values, joined by a slash, as `sweepSettings` names them. */
export type Sweep = Readonly<Record<string, readonly [marked: number, hits: number]>>;

/** Thresholds that are swept for each fault; `farQuantile` is that of `farFromRealThreshold`. */
export const sweepSettings = {
  flipped: {
    misalignedBelow: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5],
    preferredFrom: [0.4, 0.5, 0.6, 0.7, 0.8],
  },
  copy: { redundantDiversityFrom: [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9], duplicatesFrom: [1, 2, 3] },
  'off-domain': {
    uniformFrom: [0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 1.01],
    farQuantile: [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1],
  },
} as const satisfies Record<Fault, Record<string, readonly number[]>>;

/** Bounds below which a label is doubted. */
export const doubtBounds = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5] as const;

/** Exponents of P̂' in P̂'^a·Q̂, beside the fitted one. */
export const sharesOfQuality = [0.1, 0.2, 0.3, 0.5, 1] as const;

export const doubtNames = [
  'quality',
  'quality, balanced',
  'diversity',
  'product 0.2',
  'product 1',
  'together',
] as const;
export type DoubtName = (typeof doubtNames)[number];

export type Aurocs = Readonly<Record<string, number>>;

/** One result file. */
export interface FaultResult {
  readonly rows: Readonly<Record<FaultKind, number>>;
  /** Words that the copies have in common with the rows they were made of (Jaccard): 10 %, median, and the share from 0.7. */
  readonly copies: { readonly low: number; readonly median: number; readonly from07: number };
  readonly quality: { readonly kind: string; readonly accuracy: number; readonly logLoss: number };
  readonly seconds: number;
  /** Verdicts of the run, by what was done to the rows. */
  readonly verdicts: Readonly<Record<FaultKind, Readonly<Record<Verdict, number>>>>;
  /** Of each fault, ranked by several numbers: against all other rows, and against untouched rows alone. */
  readonly auroc: Readonly<Record<Fault, { readonly all: Aurocs; readonly untouched: Aurocs }>>;
  /** By the distance to the nearest real row: the rows marked as far, and those `misaligned` if it were not looked at. */
  readonly distance: { readonly far: Marked; readonly misalignedWithout: Marked };
  /** What confident learning marks among all rows, by the probabilities it was given and its rule; hits are flipped labels. */
  readonly confidentLearning: Readonly<Record<'quality' | 'diversity', Readonly<Record<IssueRule, Marked>>>>;
  /** Verdicts at other thresholds. */
  readonly sweeps: Readonly<Record<Fault, Sweep>>;
  /** Rows marked where a number by which labels are doubted lies below a threshold. */
  readonly doubts: Readonly<Record<DoubtName, Sweep>>;
  /** Exponents of P̂' and Q̂ in `together`. */
  readonly exponents: { readonly a: number; readonly b: number };
  /** Means over the rows of the weight, its lower bound and others that it might be, by what was done to the rows. */
  readonly meanWeight: Readonly<Record<string, Readonly<Record<FaultKind, number>>>>;
  /** Share of the untouched rows whose label is the most probable one, by either checker. */
  readonly agreement: { readonly quality: number; readonly diversity: number };
}

/** @param folder Of the finished run, whose rows are `planted` in this order. */
export async function measureFaults(folder: string, planted: readonly PlantedRow[]): Promise<FaultResult> {
  const record = await readRunRecord(folder);
  const columns = await readScores(runFiles(folder).scores, record.labels, planted.length);
  if (columns.errors.size > 0) throw new Error(`${folder}: ${String(columns.errors.size)} rows have no scores`);
  const kinds = planted.map(({ kind }) => kind);
  const evidence = evidenceOf(columns);
  const real = await realDistances(folder);
  const settings = { ...DEFAULT_VERDICT_SETTINGS, farFromReal: farFromRealThreshold(real) };
  const isFar = (row: number): boolean => (evidence[row].distanceToReal ?? 0) > settings.farFromReal;
  const doubts = labelDoubts(columns);
  const weights = {
    weight: columns.weight,
    'lower bound': lowerBounds(columns, record),
    'over largest': weightsOverLargest(columns, columns.logP),
    'over largest, balanced': weightsOverLargest(columns, balanced(columns)),
  };
  const { used } = record.metrics['quality'] as unknown as { used: FaultResult['quality'] };
  const overlaps = planted.flatMap(({ overlap }) => (overlap === undefined ? [] : [overlap]));
  const at = (fault: Fault): ((changed: Partial<VerdictSettings>) => Marked) => {
    return (changed) =>
      markedOf(
        kinds,
        fault,
        (row) => judgeRow(evidence[row], { ...settings, ...changed }).verdict === verdictOfFault[fault],
      );
  };
  return {
    rows: tally(faultKinds, kinds),
    copies: {
      low: quantile(overlaps, 0.1),
      median: quantile(overlaps, 0.5),
      from07: overlaps.filter((overlap) => overlap >= 0.7).length / overlaps.length,
    },
    quality: { kind: used.kind, accuracy: used.accuracy, logLoss: used.logLoss },
    seconds: Math.round(Object.values(record.timings).reduce((sum, value) => sum + value, 0)),
    verdicts: Object.fromEntries(
      faultKinds.map((kind) => {
        const rows = evidence.filter((_, row) => kinds[row] === kind);
        return [
          kind,
          tally(
            verdicts,
            rows.map((row) => judgeRow(row, settings).verdict),
          ),
        ];
      }),
    ) as FaultResult['verdicts'],
    auroc: aurocs(columns, kinds, doubts, weights),
    distance: {
      far: markedOf(kinds, 'off-domain', isFar),
      misalignedWithout: at('flipped')({ farFromReal: Infinity }),
    },
    confidentLearning: {
      quality: confidentLearning(probabilities(columns, 'logP'), kinds),
      diversity: confidentLearning(probabilities(columns, 'logQ'), kinds),
    },
    sweeps: {
      flipped: sweep(sweepSettings.flipped, at('flipped')),
      copy: sweep(sweepSettings.copy, at('copy')),
      'off-domain': sweep(sweepSettings['off-domain'], ({ uniformFrom, farQuantile }) =>
        at('off-domain')({ uniformFrom, farFromReal: farFromRealThreshold(real, farQuantile) }),
      ),
    },
    doubts: Object.fromEntries(
      doubtNames.map((name) => [
        name,
        sweep({ below: doubtBounds }, ({ below }) => markedOf(kinds, 'flipped', (row) => doubts[name][row] < below)),
      ]),
    ) as FaultResult['doubts'],
    exponents: exponentsOf(columns),
    meanWeight: Object.fromEntries(
      Object.entries(weights).flatMap(([name, values]) => {
        if (values === undefined) return [];
        const of = (kind: FaultKind): number =>
          meanAndSd(Array.from(values).filter((_, row) => kinds[row] === kind)).mean;
        return [[name, Object.fromEntries(faultKinds.map((kind) => [kind, of(kind)]))]];
      }),
    ) as FaultResult['meanWeight'],
    agreement: { quality: agreement(columns, 'logP', kinds), diversity: agreement(columns, 'logQ', kinds) },
  };
}

/** Each row as verdicts see it, from the run's own numbers. */
function evidenceOf(columns: ScoreColumns): RowEvidence[] {
  const { rows, labels, labelId, line, cluster, nearDuplicates, nearestReal, nearestRealCosine } = columns;
  const firstLine = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    if (cluster[row] !== -1 && !firstLine.has(cluster[row])) firstLine.set(cluster[row], line[row]);
  }
  return Array.from({ length: rows }, (_, row) => {
    const first = firstLine.get(cluster[row]);
    return {
      logP: columns.logP.subarray(row * labels.length, (row + 1) * labels.length),
      label: labelId[row],
      weight: columns.weight[row],
      diversity: columns.diversity[row],
      nearDuplicates: nearDuplicates[row],
      copyOf: first === line[row] ? undefined : first,
      distanceToReal: nearestReal === 0 ? undefined : 1 - nearestRealCosine[row * nearestReal],
    };
  });
}

/** [real rows] the distance of each to its nearest other. */
async function realDistances(folder: string): Promise<Float64Array | Float32Array> {
  const [stage] = embeddingStages;
  const found = await loadCheckpoint(path.join(runFiles(folder).checkers, stage));
  const values = 'checkpoint' in found ? found.checkpoint.tensors.get('array')?.data : undefined;
  if (!(values instanceof Float32Array)) throw new Error(`${folder} has no embeddings of the real rows`);
  const { inputs } = await readRunRecord(folder);
  const rows = inputs.find(({ role }) => role === 'real')?.rows;
  if (rows === undefined) throw new Error(`${folder} does not say how many real rows there are`);
  return (await nearest(values, values, values.length / rows, { self: true })).distance;
}

function aurocs(
  columns: ScoreColumns,
  kinds: readonly FaultKind[],
  doubts: Readonly<Record<DoubtName, Float64Array>>,
  weights: Readonly<Record<string, ArrayLike<number> | undefined>>,
): FaultResult['auroc'] {
  const { rows, labels, nearestReal, nearestRealCosine } = columns;
  const [byQuality, byDiversity] = [probabilities(columns, 'logP'), probabilities(columns, 'logQ')];
  const low = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, (value) => -value);
  const classCount = labels.length;
  const ofWeights = Object.entries(weights).flatMap(([name, values]) =>
    values === undefined ? [] : ([[name, low(values)]] as const),
  );
  const common = { ...Object.fromEntries(ofWeights), quality: low(columns.quality) };
  const numbers: Record<Fault, Record<string, ArrayLike<number>>> = {
    flipped: {
      ...common,
      ...Object.fromEntries(doubtNames.map((name) => [name, low(doubts[name])])),
      ...Object.fromEntries(sharesOfQuality.map((a) => [`product ${String(a)}`, low(together(columns, { a, b: 1 }))])),
      'quality: margin': low(labelQuality(byQuality, 'normalized margin')),
      'quality: adjusted self-confidence': low(labelQuality(byQuality, 'self-confidence', true)),
      'quality: adjusted margin': low(labelQuality(byQuality, 'normalized margin', true)),
      'diversity: self-confidence': low(labelQuality(byDiversity, 'self-confidence')),
      'diversity: margin': low(labelQuality(byDiversity, 'normalized margin')),
      'diversity: adjusted self-confidence': low(labelQuality(byDiversity, 'self-confidence', true)),
      'diversity: adjusted margin': low(labelQuality(byDiversity, 'normalized margin', true)),
    },
    copy: { ...common, diversity: columns.diversity, nearDuplicates: columns.nearDuplicates },
    'off-domain': {
      ...common,
      entropy: Float64Array.from({ length: rows }, (_, row) =>
        uniformity(columns.logP.subarray(row * classCount, (row + 1) * classCount)),
      ),
      distance: Float64Array.from({ length: rows }, (_, row) => 1 - nearestRealCosine[row * nearestReal]),
    },
  };
  const of = (fault: Fault, others: (kind: FaultKind) => boolean): Aurocs => {
    const kept = [...kinds.keys()].filter((row) => kinds[row] === fault || others(kinds[row]));
    const positive = kept.map((row) => kinds[row] === fault);
    return Object.fromEntries(
      Object.entries(numbers[fault]).map(([name, values]) => [
        name,
        auroc(
          kept.map((row) => values[row]),
          positive,
        ),
      ]),
    );
  };
  return Object.fromEntries(
    (Object.keys(numbers) as Fault[]).map((fault) => [
      fault,
      { all: of(fault, () => true), untouched: of(fault, (kind) => kind === 'untouched') },
    ]),
  ) as FaultResult['auroc'];
}

function probabilities({ rows, labels, labelId, ...columns }: ScoreColumns, name: 'logP' | 'logQ'): JudgedLabels {
  return {
    probabilities: Float64Array.from(columns[name].subarray(0, rows * labels.length), Math.exp),
    labels: labelId,
    classCount: labels.length,
  };
}

/**
 * [rows] by which a row's label may be doubted, each 0 to 1, low where it is doubtful: P̂'(y|x); the same with its lean to some
 * labels taken away; Q̂(y|x); P̂'^a·Q̂, normalised; and both with fitted exponents.
 */
function labelDoubts(columns: ScoreColumns): Record<DoubtName, Float64Array> {
  return {
    quality: Float64Array.from(columns.quality),
    'quality, balanced': together(columns, { a: 1, b: 0 }, balanced(columns)),
    diversity: Float64Array.from(columns.diversity),
    'product 0.2': together(columns, { a: 0.2, b: 1 }),
    'product 1': together(columns, { a: 1, b: 1 }),
    together: together(columns, exponentsOf(columns)),
  };
}

function together(
  { labels, labelId, logP, logQ }: ScoreColumns,
  exponents: { readonly a: number; readonly b: number },
  quality: ArrayLike<number> = logP,
): Float64Array {
  return togetherLogProbability({ logP: quality, logQ, labels: labelId, classCount: labels.length }, exponents).map(
    Math.exp,
  );
}

function exponentsOf({ labels, labelId, logP, logQ }: ScoreColumns): { a: number; b: number } {
  return fitExponents({ logP, logQ, labels: labelId, classCount: labels.length });
}

function balanced({ labels, labelId, logP }: ScoreColumns): Float64Array {
  return balancedLogProbabilities(logP, labelId, labels.length);
}

/** [rows] lower ends of the weights' intervals; undefined for a run without. */
function lowerBounds(columns: ScoreColumns, record: RunRecord): Float64Array | undefined {
  const interval = intervalOf(record);
  const { labels, labelId, logP, logQ, logPSpread, logQSpread } = columns;
  if (logPSpread.length === 0 || interval === undefined) return undefined;
  return computeWeights({
    ...{ logP: Float64Array.from(logP), logQ: Float64Array.from(logQ), labels: labelId, classCount: labels.length },
    spread: { logP: logPSpread, logQ: logQSpread.length === 0 ? undefined : logQSpread, quantile: interval.quantile },
    settings: DEFAULT_WEIGHT_SETTINGS,
  }).interval?.low;
}

/** [rows] P̂'(y|x) / max Q̂(·|x): a weight that a row does not gain by Q̂ contradicting its label. Bounded as weights are. */
function weightsOverLargest({ rows, labels, labelId, logQ }: ScoreColumns, logP: ArrayLike<number>): Float64Array {
  const { min, max } = DEFAULT_WEIGHT_SETTINGS.clip;
  return Float64Array.from({ length: rows }, (_, row) => {
    const at = row * labels.length;
    const largest = Math.max(...logQ.subarray(at, at + labels.length));
    return Math.exp(Math.min(max, Math.max(min, logP[at + labelId[row]] - largest)));
  });
}

function confidentLearning(input: JudgedLabels, kinds: readonly FaultKind[]): Record<IssueRule, Marked> {
  const of = (rule: IssueRule): Marked => {
    const issues = labelIssues(input, rule);
    return markedOf(kinds, 'flipped', (row) => issues[row] === 1);
  };
  return {
    'noise rate': of('noise rate'),
    class: of('class'),
    both: of('both'),
    'confident joint': of('confident joint'),
  };
}

function markedOf(kinds: readonly FaultKind[], fault: Fault, isMarked: (row: number) => boolean): Marked {
  const marked = [...kinds.keys()].filter(isMarked);
  return { marked: marked.length, hits: marked.filter((row) => kinds[row] === fault).length };
}

/** Every combination of the values. */
function sweep<K extends string>(
  values: Readonly<Record<K, readonly number[]>>,
  mark: (settings: Record<K, number>) => Marked,
): Sweep {
  let all: Record<string, number>[] = [{}];
  for (const [name, choices] of Object.entries<readonly number[]>(values)) {
    all = all.flatMap((settings) => choices.map((choice) => ({ ...settings, [name]: choice })));
  }
  return Object.fromEntries(
    all.map((settings) => {
      const { marked, hits } = mark(settings as Record<K, number>);
      return [Object.values(settings).join('/'), [marked, hits]];
    }),
  );
}

/** Of the untouched rows, those whose label is the most probable one. */
function agreement(columns: ScoreColumns, name: 'logP' | 'logQ', kinds: readonly FaultKind[]): number {
  const guessed = argmaxRows(columns[name], columns.labels.length);
  const rows = [...kinds.keys()].filter((row) => kinds[row] === 'untouched');
  return rows.filter((row) => guessed[row] === columns.labelId[row]).length / rows.length;
}

function tally<T extends string>(names: readonly T[], found: readonly T[]): Record<T, number> {
  return Object.fromEntries(names.map((name) => [name, found.filter((one) => one === name).length])) as Record<
    T,
    number
  >;
}
