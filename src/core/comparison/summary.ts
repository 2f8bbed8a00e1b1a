/** From what every method predicted with every seed to one table: spread, intervals, tests against the baseline. */
import { classificationReport, reportOf } from '../metrics/classification.ts';
import { forEachResample, meanAndSd, percentileInterval } from '../metrics/intervals.ts';
import { discordantRows, holm, mcnemarExact, pairedDifference, type PairedDifference } from '../metrics/pairedTests.ts';
import { baseline } from './methods.ts';

/** What came of one method with one seed. */
export interface Outcome {
  readonly method: string;
  readonly seed: number;
  /** Predicted label ids of the test rows, in their order; absent where the method could not be run. */
  readonly predicted?: readonly number[];
  /** Why it could not be run, in one line. */
  readonly failed?: string;
  /** Rows trained on. */
  readonly trainedRows: number;
  /** The epoch that the dev rows chose. */
  readonly bestEpoch?: number;
  /** On the dev rows, after that epoch: what settings are chosen by. Absent without dev rows. */
  readonly dev?: { readonly accuracy: number; readonly macroF1: number; readonly logLoss: number };
  /** Effective sample size as a share of the rows trained on; absent where the method has no weights. */
  readonly ess?: number;
  /** Seconds of its own training and of the checkers that it needs, as if it were run alone. */
  readonly seconds: { readonly training: number; readonly checkers: number };
  /** What to know of the checkers behind it, in plain words. */
  readonly warnings: readonly string[];
}

/** A number over seeds and test rows, in shares of one. */
export interface Spread {
  readonly mean: number;
  /** Over seeds; absent with one. */
  readonly sd?: number;
  /** Percentile bootstrap interval of the mean over test rows. */
  readonly low: number;
  readonly high: number;
  readonly bySeed: readonly number[];
}

/** A difference to the baseline; `corrected` is the p-value after Holm's correction over all methods. */
export interface TestedDifference extends PairedDifference {
  readonly corrected: number;
}

export interface MethodSummary {
  readonly method: string;
  readonly title: string;
  /** The seeds that it was run with. */
  readonly seeds: readonly number[];
  /** Where it could not be run, and why. */
  readonly failures: readonly { readonly seed: number; readonly reason: string }[];
  /** Absent where it could not be run at all. */
  readonly accuracy?: Spread;
  readonly macroF1?: Spread;
  /** Mean over seeds on all test rows, with those that are left out; absent where none is. */
  readonly withLeftOut?: { readonly accuracy: number; readonly macroF1: number };
  /** F1 by label. */
  readonly perClass: Readonly<Record<string, { readonly mean: number; readonly sd?: number }>>;
  /** Macro-F1 on the dev rows at the epochs that they chose: too high by that choice, and alike for every method. */
  readonly dev?: { readonly mean: number; readonly sd?: number };
  /** Mean share of the rows; see {@link Outcome}. */
  readonly ess?: number;
  readonly trainedRows: number;
  /** Means over seeds. */
  readonly seconds: { readonly training: number; readonly checkers: number };
  /** Against the baseline, over the seeds that both were run with; absent for the baseline itself. */
  readonly difference?: {
    readonly accuracy: TestedDifference;
    readonly macroF1: TestedDifference;
    /** Exact McNemar p-values of the accuracies, seed by seed. */
    readonly mcnemar: readonly number[];
  };
}

export interface Comparison {
  readonly labels: readonly string[];
  readonly baseline: string;
  readonly seeds: readonly number[];
  /** Rows that the methods are judged on. */
  readonly testRows: number;
  /** Test rows that are left out, being copies of training rows; absent where there are none. */
  readonly leftOut?: number;
  readonly resamples: number;
  readonly methods: readonly MethodSummary[];
  /** Macro-F1 of every two methods, uncorrected: first minus second. */
  readonly pairs: readonly (PairedDifference & { readonly first: string; readonly second: string })[];
}

export interface SummaryInput {
  readonly labels: readonly string[];
  /** Label ids of the test rows. */
  readonly truth: Int32Array;
  /** The test rows that count, ascending, at least one: all but those that are copies of training rows; all unless given. */
  readonly counted?: Int32Array;
  readonly methods: readonly { readonly name: string; readonly title: string }[];
  readonly seeds: readonly number[];
  readonly outcomes: readonly Outcome[];
  /** Bootstrap resamples; 2000 unless told. */
  readonly resamples?: number;
}

const metrics = ['accuracy', 'macroF1'] as const;
type Metric = (typeof metrics)[number];

/** One method with one seed, judged: its metrics on all test rows and on each resample of them. */
interface Judged {
  readonly outcome: Outcome;
  readonly f1: readonly number[];
  readonly all: Readonly<Record<Metric, number>>;
  readonly resampled: Readonly<Record<Metric, Float64Array>>;
}

/** Of the bootstrap over test rows: fixed, so that a comparison has one result. */
const bootstrapSeed = 1;

/** Sums up a comparison. Outcomes of other methods or seeds than named are left out; missing ones are missing in the table. */
export function summarise(whole: SummaryInput): Comparison {
  const input = countedOnly(whole);
  const { labels, truth, methods, seeds, resamples = 2000 } = input;
  const leftOut = whole.truth.length - truth.length;
  const outcomesOf = (name: string): Outcome[] =>
    seeds.flatMap((seed) => input.outcomes.filter((outcome) => outcome.method === name && outcome.seed === seed));
  const judged = new Map<string, Judged[]>();
  for (const { name } of methods) judged.set(name, judge(outcomesOf(name), truth, labels.length, resamples));
  resample([...judged.values()].flat(), truth, labels.length, resamples);

  const of = (name: string): Judged[] => judged.get(name) ?? [];
  const rivals = methods.filter(({ name }) => name !== baseline && common(of(name), of(baseline)).length > 0);
  const tested = new Map(
    metrics.map((metric) => {
      const differences = rivals.map(({ name }) => differ(of(name), of(baseline), metric, truth.length));
      const corrected = holm(differences.map(({ p }) => p));
      return [metric, differences.map((difference, i) => ({ ...difference, corrected: corrected[i] }))] as const;
    }),
  );
  const differenceOf = (name: string): MethodSummary['difference'] => {
    const at = rivals.findIndex((rival) => rival.name === name);
    const [accuracy, macroF1] = metrics.map((metric) => tested.get(metric)?.[at]);
    if (accuracy === undefined || macroF1 === undefined) return undefined;
    const mcnemar = common(of(name), of(baseline)).map(([a, b]) => {
      const { onlyFirst, onlySecond } = discordantRows(truth, a.outcome.predicted ?? [], b.outcome.predicted ?? []);
      return mcnemarExact(onlyFirst, onlySecond);
    });
    return { accuracy, macroF1, mcnemar };
  };
  const able = methods.filter(({ name }) => of(name).length > 0);
  return {
    ...{ labels, baseline, seeds, testRows: truth.length, resamples },
    ...(leftOut > 0 ? { leftOut } : {}),
    methods: methods.map(({ name, title }) => ({
      ...{ method: name, title, ...summariseMethod(of(name), outcomesOf(name), labels) },
      ...(leftOut > 0 ? { withLeftOut: withLeftOut(whole, name) } : {}),
      difference: differenceOf(name),
    })),
    pairs: able.flatMap((first, i) =>
      able
        .slice(i + 1)
        .filter((second) => common(of(first.name), of(second.name)).length > 0)
        .map((second) => ({
          ...{ first: first.name, second: second.name },
          ...differ(of(first.name), of(second.name), 'macroF1', truth.length),
        })),
    ),
  };
}

/** The truth and the predictions of the rows that count. */
function countedOnly(input: SummaryInput): SummaryInput {
  const { counted, truth, outcomes } = input;
  if (counted === undefined) return input;
  return {
    ...input,
    truth: counted.map((row) => truth[row]),
    outcomes: outcomes.map((outcome) => {
      const { predicted } = outcome;
      return predicted === undefined
        ? outcome
        : { ...outcome, predicted: Array.from(counted, (row) => predicted[row]) };
    }),
  };
}

function withLeftOut({ labels, truth, seeds, outcomes }: SummaryInput, name: string): MethodSummary['withLeftOut'] {
  const reports = outcomes.flatMap(({ method, seed, predicted }) =>
    method === name && seeds.includes(seed) && predicted !== undefined
      ? [classificationReport(truth, predicted, labels.length)]
      : [],
  );
  if (reports.length === 0) return undefined;
  return {
    accuracy: meanAndSd(reports.map(({ accuracy }) => accuracy)).mean,
    macroF1: meanAndSd(reports.map(({ macroF1 }) => macroF1)).mean,
  };
}

/** The comparison of two methods' macro-F1, whichever stands first; undefined where they share no seed. */
export function pairOf({ pairs }: Comparison, first: string, second: string): PairedDifference | undefined {
  const found = pairs.find((pair) => pair.first === first && pair.second === second);
  if (found !== undefined) return found;
  const turned = pairs.find((pair) => pair.first === second && pair.second === first);
  return turned && { ...turned, mean: -turned.mean, low: -turned.high, high: -turned.low };
}

function judge(outcomes: readonly Outcome[], truth: Int32Array, classCount: number, resamples: number): Judged[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.predicted === undefined) return [];
    const { accuracy, macroF1, perClass } = classificationReport(truth, outcome.predicted, classCount);
    const resampled = { accuracy: new Float64Array(resamples), macroF1: new Float64Array(resamples) };
    return [{ outcome, f1: perClass.map(({ f1 }) => f1), all: { accuracy, macroF1 }, resampled }];
  });
}

/** Fills in the bootstrap, every method and seed on the same draws. */
function resample(judged: readonly Judged[], truth: Int32Array, classCount: number, resamples: number): void {
  // The cell of the confusion matrix that each row falls into, worked out once.
  const cells = judged.map(({ outcome }) =>
    Int32Array.from(outcome.predicted ?? [], (label, row) => truth[row] * classCount + label),
  );
  const confusion = new Int32Array(classCount * classCount);
  forEachResample(truth.length, { resamples, seed: bootstrapSeed }, (rows, b) => {
    judged.forEach(({ resampled }, of) => {
      confusion.fill(0);
      const cellOf = cells[of];
      for (let i = 0; i < rows.length; i++) confusion[cellOf[rows[i]]]++;
      const { accuracy, macroF1 } = reportOf(confusion, classCount);
      resampled.accuracy[b] = accuracy;
      resampled.macroF1[b] = macroF1;
    });
  });
}

/** The two methods' results with the seeds that both have. */
function common(first: readonly Judged[], second: readonly Judged[]): (readonly [Judged, Judged])[] {
  return first.flatMap((a) => {
    const b = second.find(({ outcome }) => outcome.seed === a.outcome.seed);
    return b === undefined ? [] : [[a, b] as const];
  });
}

function differ(
  first: readonly Judged[],
  second: readonly Judged[],
  metric: Metric,
  testRows: number,
): PairedDifference {
  const both = common(first, second);
  const distribution = meanOver(both.map(([a, b]) => a.resampled[metric].map((x, i) => x - b.resampled[metric][i])));
  const { sd } = meanAndSd(distribution);
  return pairedDifference(
    both.map(([a, b]) => a.all[metric] - b.all[metric]),
    sd * sd,
    testRows,
  );
}

function summariseMethod(
  judged: readonly Judged[],
  outcomes: readonly Outcome[],
  labels: readonly string[],
): Omit<MethodSummary, 'method' | 'title' | 'difference'> {
  const spread = (metric: Metric): Spread | undefined => {
    if (judged.length === 0) return undefined;
    const bySeed = judged.map(({ all }) => all[metric]);
    const { low, high } = percentileInterval(meanOver(judged.map(({ resampled }) => resampled[metric])));
    return { ...meanSd(bySeed), low, high, bySeed };
  };
  const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : meanAndSd(values).mean);
  const ess = judged.flatMap(({ outcome }) => (outcome.ess === undefined ? [] : [outcome.ess]));
  const dev = judged.flatMap(({ outcome }) => (outcome.dev === undefined ? [] : [outcome.dev.macroF1]));
  return {
    seeds: judged.map(({ outcome }) => outcome.seed),
    failures: outcomes.flatMap(({ seed, failed }) => (failed === undefined ? [] : [{ seed, reason: failed }])),
    ...{ accuracy: spread('accuracy'), macroF1: spread('macroF1') },
    perClass:
      judged.length === 0
        ? {}
        : Object.fromEntries(labels.map((label, id) => [label, meanSd(judged.map(({ f1 }) => f1[id]))])),
    ...(dev.length === 0 ? {} : { dev: meanSd(dev) }),
    ess: ess.length === 0 ? undefined : mean(ess),
    trainedRows: Math.round(mean(judged.map(({ outcome }) => outcome.trainedRows))),
    seconds: {
      training: mean(judged.map(({ outcome }) => outcome.seconds.training)),
      checkers: mean(judged.map(({ outcome }) => outcome.seconds.checkers)),
    },
  };
}

function meanSd(values: readonly number[]): { mean: number; sd?: number } {
  const { mean, sd } = meanAndSd(values);
  return values.length > 1 ? { mean, sd } : { mean };
}

/** Element by element. */
function meanOver(arrays: readonly Float64Array[]): Float64Array {
  return arrays[0].map((_, i) => arrays.reduce((sum, array) => sum + array[i], 0) / arrays.length);
}
