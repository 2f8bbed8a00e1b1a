/** States of the Compare view as the host would send them. */
import type { CompareState, ComparisonResults, MethodResult, Standing } from '../../../src/protocol/compare.ts';

const dataset = '/home/ada/projects/mail/synthetic.jsonl';
const runs = '/home/ada/projects/mail/.counterweight/synthetic.jsonl';
const methods = ['ce', 'real', 'quality', 'filter-0.5', 'imp-2', 'dimp', 'rho-50', 'random', 'both'];
const seeds = [1, 2, 3];

interface Told {
  readonly seeds?: readonly number[];
  readonly standing?: Standing;
  readonly p?: number;
  readonly seconds?: readonly [training: number, checkers: number];
  readonly kept?: number;
  readonly ess?: number;
  readonly labels?: readonly string[];
}

/** A method with this macro-F1 by seed, against CE's mean of 0.842. */
function result(method: string, bySeed: readonly number[], told: Told = {}): MethodResult {
  const { standing = 'not separated', p = 0.4, seconds = [62, 0], kept = 1000, ess, labels = ['ham', 'spam'] } = told;
  const mean = bySeed.reduce((sum, value) => sum + value, 0) / bySeed.length;
  const sd = bySeed.length > 1 ? 0.006 : undefined;
  const gain = mean - 0.842;
  return {
    ...{ method, seeds: told.seeds ?? seeds.slice(0, bySeed.length), failures: [], trainedRows: kept, ess },
    macroF1: { mean, sd, low: mean - 0.018, high: mean + 0.017, bySeed },
    accuracy: { mean: mean + 0.011, sd },
    perClass: Object.fromEntries(labels.map((label, i) => [label, { mean: mean + (i % 2 === 0 ? 0.03 : -0.03), sd }])),
    seconds: { training: seconds[0], checkers: seconds[1] },
    passes: { forward: 4200 + Math.round(seconds[1] * 20), backward: Math.round(3 * kept + seconds[1] * 60) },
    difference: method === 'ce' ? undefined : { mean: gain, sd, low: gain - 0.009, high: gain + 0.009, p, standing },
    trainable: !method.startsWith('rho'),
  };
}

const all: readonly MethodResult[] = [
  result('ce', [0.838, 0.841, 0.847]),
  result('real', [0.701, 0.72, 0.688], { standing: 'worse', p: 0.0004, seconds: [14, 0], kept: 200 }),
  result('quality', [0.851, 0.848, 0.856], { p: 0.071, seconds: [61, 48], ess: 0.83 }),
  result('filter-0.5', [0.86, 0.852, 0.857], { standing: 'better', p: 0.031, seconds: [44, 48], kept: 712, ess: 1 }),
  result('imp-2', [0.866, 0.861, 0.871], { standing: 'better', p: 0.0034, seconds: [63, 131], ess: 0.71 }),
  result('dimp', [0.863, 0.853, 0.868], { standing: 'better', p: 0.018, seconds: [66, 48], ess: 0.66 }),
  result('rho-50', [0.835, 0.829, 0.841], { p: 0.58, seconds: [33, 110], kept: 500 }),
  result('random', [0.831, 0.844, 0.836], { p: 1, seconds: [62, 131], ess: 0.71 }),
  result('both', [0.849, 0.846, 0.853], { p: 0.12, seconds: [74, 0], kept: 1200 }),
];

const results: ComparisonResults = {
  advice:
    'IMP, K = 2 beats CE by 2.4 ± 0.6 macro-F1 on your 1,000 test rows (p = 0.003); filter, τ = 0.5 does as well, as far as these rows can tell, for half the cost. Real only is worse than CE.',
  ...{ labels: ['ham', 'spam'], testRows: 1000, leftOut: 12, syntheticRows: 1000, realRows: 200, devRows: 400 },
  ...{ encoder: 'sentence-transformers/all-MiniLM-L6-v2', resamples: 2000, methods: all, recommended: 'imp-2' },
};

const base: CompareState = {
  ...{ dataset, methods, seeds, effort: 'standard', device: 'cpu: AMD EPYC, 2 threads' },
  ...{ realFile: 'real.jsonl', devFile: 'dev.jsonl', testFile: 'test.jsonl' },
  runs: [],
  warnings: [],
};

const job = {
  id: 1,
  kind: 'compare',
  title: 'Comparing methods on synthetic.jsonl',
  device: 'CPU, 2 threads',
} as const;
const row = { methods: 9, seeds, current: false } as const;
const run = `${runs}/20260201T080000Z-compare`;
const earlier = [
  { ...row, folder: run, created: '2026-02-01T08:00:00.000Z', status: 'done', current: true },
  { ...row, folder: `${runs}/20260131T141002Z-compare`, created: '2026-01-31T14:10:02.000Z', status: 'cancelled' },
  { ...row, folder: `${runs}/20260130T101500Z-compare`, created: '2026-01-30T10:15:00.000Z', status: 'interrupted' },
] as const;

/** Of the first seed and the first method of the second one. */
const partial = { ...results, advice: 'Plain CE will do.', unfinished: { done: 4, total: 27 }, recommended: 'ce' };

export const states = {
  nothing: {
    ...base,
    ...{ methods: [], seeds: [], realFile: undefined, devFile: undefined, testFile: undefined, effort: undefined },
    device: undefined,
  },
  queued: { ...base, job: { ...job, state: 'queued', device: undefined } },
  /** The checkers of the first seed are made. */
  started: {
    ...base,
    job: {
      ...job,
      state: 'running',
      stage: 'Seed 1, classifier, ce',
      fraction: 0,
      rate: '61 rows/s',
      secondsLeft: 5400,
    },
    ...{ done: 0, total: 27, next: { method: 'ce', seed: 1 }, run },
    estimate: { seconds: 5600, memoryBytes: 1.24e9, diskBytes: 363e6 },
  },
  running: {
    ...base,
    job: {
      ...job,
      state: 'running',
      stage: 'Seed 1, quality checker, fold 2 of 5',
      fraction: 0.15,
      rate: '58 rows/s',
      secondsLeft: 4100,
    },
    ...{ done: 4, total: 27, next: { method: 'imp-2', seed: 1 }, run },
    results: {
      ...partial,
      methods: all.map((method, i) =>
        i < 4
          ? result(method.method, method.macroF1?.bySeed.slice(0, 1) ?? [], { seconds: [62, 48] })
          : { ...method, macroF1: undefined, accuracy: undefined, difference: undefined, seeds: [], perClass: {} },
      ),
    },
    warnings: ["Labels are spread differently: 'ham' is 69 % of the real rows but 50 % of the synthetic ones."],
  },
  asking: {
    ...base,
    job: {
      ...job,
      state: 'running',
      question:
        'Comparing methods on synthetic.jsonl takes about 2 h 10 min on this machine (memory 1.2 GB, disk 363 MB).',
    },
    estimate: { seconds: 7800, memoryBytes: 1.24e9, diskBytes: 363e6 },
  },
  done: {
    ...base,
    ...{ run, ended: 'done', results, runs: earlier },
    warnings: [
      "Labels are spread differently: 'ham' is 69 % of the real rows but 50 % of the synthetic ones.",
      '18 rows are longer than 128 tokens and were cut; --max-length changes that.',
    ],
  },
  /** One seed, a method that could not be run, no dev rows. */
  oneSeed: {
    ...base,
    ...{ run, ended: 'done', seeds: [7], methods: ['ce', 'filter-0.5', 'imp-1'], devFile: undefined },
    results: {
      ...results,
      advice:
        'No method is separated from CE by this 1 seed and 1,000 test rows: the largest gain is IMP, K = 1, +0.9 macro-F1 (p = 0.31). Plain CE will do, until more test rows or seeds say otherwise. One seed cannot tell a better method from luck in training: compare with three seeds or more.',
      recommended: 'ce',
      methods: [
        result('ce', [0.842], { seeds: [7] }),
        {
          ...result('filter-0.5', [0.84], { seeds: [7] }),
          ...{ seeds: [], macroF1: undefined, accuracy: undefined, difference: undefined, perClass: {} },
          failures: [{ seed: 7, reason: 'every synthetic row has weight 0, so that nothing is left to train on' }],
        },
        result('imp-1', [0.851], { seeds: [7], p: 0.31, seconds: [62, 110], ess: 0.44 }),
      ],
    },
  },
  cancelled: { ...base, run, ended: 'cancelled', results: partial, runs: earlier },
  failed: {
    ...base,
    ...{ run, ended: 'failed' },
    error:
      'Cannot write /home/ada/projects/mail/.counterweight/synthetic.jsonl/20260201T080000Z-compare/outcomes: the disk is full; free some space and run again.',
  },
  interrupted: { ...base, run, ended: 'interrupted', results: partial },
  elsewhere: { ...base, run, results: partial },
  damaged: {
    ...base,
    ...{ run, ended: 'done' },
    fault: `${run}/compare.json is damaged: delete it and run the comparison again, which repeats no training.`,
  },
  /** Names that try to be more than text, and many labels. */
  hostile: {
    ...base,
    dataset: '/home/ada/<img src=x onerror=hostile()>\u202e.jsonl',
    testFile: '<b onclick=hostile()>test</b>.jsonl',
    ...{ run, ended: 'done', methods: ['ce', 'imp-2', '<script>hostile()</script>'] },
    results: {
      ...results,
      advice: '</script><script>hostile()</script> beats CE.',
      labels: [
        '<img src=x onerror=hostile()>',
        'constructor',
        ...Array.from({ length: 14 }, (_, i) => `a label with a long name ${String(i)}`),
      ],
      methods: [
        result('ce', [0.84, 0.85, 0.836], { labels: ['<img src=x onerror=hostile()>', 'a label with a long name 3'] }),
        result('imp-2', [0.861, 0.858, 0.866], { standing: 'better', p: 0.004, labels: ['constructor'] }),
        result('<script>hostile()</script>', [0.83, 0.84, 0.82]),
      ],
    },
    warnings: ['</script><script>hostile()</script> is no label'],
  },
} satisfies Readonly<Record<string, CompareState>>;
