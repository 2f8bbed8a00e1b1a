/** What the table of runs says, without a screen. */
import type { SetScores } from '../../src/protocol/jobs.ts';
import { lossTitle, type TrainingRunRow } from '../../src/protocol/training.ts';
import { t } from '../shared/l10n.ts';

export interface ResultColumn {
  /** For a class: its F1. */
  readonly label?: string;
  readonly title: string;
  readonly read: (scores: SetScores) => number | undefined;
}

export interface ResultCell {
  readonly value: number | undefined;
  /** The best of its column, to the digit shown; only where there are runs to compare. */
  readonly best: boolean;
}

export interface ResultRow {
  readonly run: TrainingRunRow;
  readonly cells: readonly ResultCell[];
  /** Whether it was measured on the same rows as the run that the table is about. */
  readonly comparable: boolean;
}

/** Runs that differ in their seed only. */
export interface SeedGroup {
  readonly loss: string;
  readonly data: string;
  readonly seeds: readonly number[];
  readonly accuracy: Spread;
  readonly macroF1: Spread;
}

export interface Spread {
  readonly mean: number;
  /** Of the sample (n − 1); undefined for one run. */
  readonly deviation: number | undefined;
  readonly range: number;
}

export interface Results {
  /** Which rows the numbers are about; undefined where no run has any. */
  readonly on: 'test' | 'dev' | undefined;
  readonly file: string | undefined;
  /** How many rows. */
  readonly measured: number;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
  /** Every group of comparable runs where at least one has two seeds; else empty. */
  readonly groups: readonly SeedGroup[];
  /** What the numbers can bear, in plain words. */
  readonly words: readonly string[];
}

/** 95 % of a normal distribution lie within so many standard deviations. */
const z95 = 1.96;

/** @param runs Newest first; at most one is the current one. */
export function results(runs: readonly TrainingRunRow[]): Results {
  const reference =
    runs.find(({ current, test, dev }) => current && (test ?? dev)) ?? runs.find(({ test, dev }) => test ?? dev);
  const on = reference === undefined ? undefined : reference.test === undefined ? 'dev' : 'test';
  if (reference === undefined || on === undefined) {
    return {
      ...{ on, file: undefined, measured: 0, columns: [] },
      ...{ rows: runs.map(unmeasured), groups: [], words: [] },
    };
  }
  const scoresOf = (run: TrainingRunRow): SetScores | undefined => (on === 'test' ? run.test : run.dev);
  const rowsOf = (run: TrainingRunRow): string | undefined => (on === 'test' ? run.testRows : run.devRows);
  const isComparable = (run: TrainingRunRow): boolean =>
    scoresOf(run) !== undefined && rowsOf(run) === rowsOf(reference);
  const comparable = runs.filter(isComparable);
  const columns = columnsOf(comparable.map((run) => scoresOf(run)));
  const best = columns.map(({ read }) => bestOf(comparable.map((run) => read(scoresOf(run) as SetScores))));
  const groups = groupsOf(comparable, scoresOf);
  const scores = scoresOf(reference) as SetScores;
  return {
    ...{ on, columns, groups },
    file: on === 'test' ? reference.testFile : reference.devFile,
    measured: scores.rows,
    rows: runs.map((run) => {
      const own = scoresOf(run);
      return {
        run,
        comparable: isComparable(run),
        cells: columns.map(({ read }, column) => {
          const value = own === undefined ? undefined : read(own);
          return { value, best: isComparable(run) && value !== undefined && shown(value) === best[column] };
        }),
      };
    }),
    words: wordsOf(on, reference, scores, comparable, groups),
  };
}

/** A share in percent with one decimal, as the table shows it. */
export function shown(share: number): string {
  return (100 * share).toFixed(1);
}

function unmeasured(run: TrainingRunRow): ResultRow {
  return { run, cells: [], comparable: false };
}

function columnsOf(scores: readonly (SetScores | undefined)[]): ResultColumn[] {
  const labels = new Set(scores.flatMap((each) => Object.keys(each?.perClass ?? {})));
  return [
    { title: t('Accuracy'), read: ({ accuracy }) => accuracy },
    { title: t('Macro-F1'), read: ({ macroF1 }) => macroF1 },
    ...[...labels].map((label) => ({
      label,
      title: label,
      read: ({ perClass }: SetScores) => (Object.hasOwn(perClass, label) ? perClass[label].f1 : undefined),
    })),
  ];
}

/** As it is shown; undefined where there is nothing to be better than. */
function bestOf(values: readonly (number | undefined)[]): string | undefined {
  const known = values.filter((value) => value !== undefined);
  const best = shown(Math.max(...known));
  return known.length < 2 || known.every((value) => shown(value) === best) ? undefined : best;
}

function groupsOf(
  runs: readonly TrainingRunRow[],
  scoresOf: (run: TrainingRunRow) => SetScores | undefined,
): SeedGroup[] {
  const byGroup = new Map<string, TrainingRunRow[]>();
  for (const run of runs) {
    const members = byGroup.get(run.group) ?? [];
    // The same seed again is the same model again.
    if (!members.some(({ seed }) => seed === run.seed)) members.push(run);
    byGroup.set(run.group, members);
  }
  const groups = [...byGroup.values()].map((members) => ({
    loss: members[0].loss,
    data: members[0].data,
    seeds: members.map(({ seed }) => seed).sort((a, b) => a - b),
    accuracy: spreadOf(members.map((run) => scoresOf(run)?.accuracy ?? NaN)),
    macroF1: spreadOf(members.map((run) => scoresOf(run)?.macroF1 ?? NaN)),
  }));
  return groups.some(({ seeds }) => seeds.length > 1) ? groups : [];
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : undefined,
    range: Math.max(...values) - Math.min(...values),
  };
}

/** Half the width of an accuracy's 95 % interval on so many rows. */
export function accuracyMargin({ accuracy, rows }: Pick<SetScores, 'accuracy' | 'rows'>): number {
  // At the ends the normal approximation is blind: the rule of three.
  return Math.max(z95 * Math.sqrt((accuracy * (1 - accuracy)) / rows), accuracy === 0 || accuracy === 1 ? 3 / rows : 0);
}

function wordsOf(
  on: 'test' | 'dev',
  reference: TrainingRunRow,
  scores: SetScores,
  comparable: readonly TrainingRunRow[],
  groups: readonly SeedGroup[],
): string[] {
  const margin = accuracyMargin(scores);
  const points = (share: number): string => (100 * share).toFixed(1);
  const words = [
    t(
      on === 'test'
        ? 'On {0} test rows an accuracy of {1} % is known to about ± {2} points.'
        : 'On {0} dev rows an accuracy of {1} % is known to about ± {2} points.',
      scores.rows.toLocaleString('en-US'),
      shown(scores.accuracy),
      points(margin),
    ),
  ];
  const all = on === 'test' ? reference.testAll : reference.devAll;
  if (all !== undefined) {
    words.push(
      t(
        '{0} of {1} rows are left out: they are copies of training rows. With them the macro-F1 would be {2} %.',
        (all.rows - scores.rows).toLocaleString('en-US'),
        all.rows.toLocaleString('en-US'),
        shown(all.macroF1),
      ),
    );
  }
  if (on === 'dev') {
    words.push(t('There are no test rows: these numbers are of the dev rows, which chose the epoch, and flatter.'));
  }
  const widest = groups
    .filter(({ seeds }) => seeds.length > 1)
    .sort((a, b) => b.macroF1.range - a.macroF1.range)
    .at(0);
  if (widest === undefined) {
    words.push(
      t('How much the seed alone moves the numbers is not known yet: train the same again with another seed.'),
    );
  } else {
    words.push(
      t(
        'With nothing changed but the seed, {0} moved by {1} points of macro-F1 ({2} seeds).',
        lossTitle(widest.loss),
        points(widest.macroF1.range),
        widest.seeds.length,
      ),
    );
  }
  if (comparable.length < 2) {
    words.push(
      reference.loss === 'ce'
        ? t('This is the only run on these rows so far: train IMP-Loss to see what the weights do.')
        : t('This is the only run on these rows so far: train CE-Loss, which any weighting has to beat.'),
    );
  } else {
    // Two accuracies, each with its own error; on the same rows the true figure is somewhat less.
    const chance = Math.max(Math.SQRT2 * margin, widest?.macroF1.range ?? 0);
    words.push(
      t(
        'So a difference of less than about {0} points between two single runs can be chance. Call a loss better when its runs agree over two or three seeds.',
        points(chance),
      ),
    );
  }
  return words;
}
