/** States of the training view as the host would send them. */
import type { SetScores } from '../../../src/protocol/jobs.ts';
import type { TrainingRunRow, TrainingState } from '../../../src/protocol/training.ts';

const dataset = '/home/ada/projects/mail/synthetic.jsonl';
const runs = `/home/ada/projects/mail/.counterweight/synthetic.jsonl`;

export function setScores(
  accuracy: number,
  macroF1: number,
  rows: number,
  labels: readonly string[] = ['ham', 'spam'],
): SetScores {
  return {
    ...{ rows, accuracy, macroF1, logLoss: 0.31 },
    perClass: Object.fromEntries(
      labels.map((label, i) => {
        const f1 = macroF1 + 0.06 * (0.5 - (i + 0.5) / labels.length) * 2;
        return [label, { precision: f1, recall: f1, f1, support: rows / labels.length }];
      }),
    ),
  };
}

export function runRow(
  id: string,
  accuracy: number,
  macroF1: number,
  changes: Partial<TrainingRunRow> = {},
): TrainingRunRow {
  const folder = `${runs}/${id}`;
  return {
    folder,
    created: `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}T${id.slice(9, 11)}:${id.slice(11, 13)}:00Z`,
    ...{ loss: 'imp', data: 'synthetic', seed: 42, current: false, group: id },
    ...{ testRows: 'test', testFile: 'test.jsonl', devRows: 'dev', devFile: 'dev.jsonl', model: `${folder}/model` },
    test: setScores(accuracy, macroF1, 1000),
    dev: setScores(accuracy + 0.01, macroF1 + 0.012, 400),
    ...changes,
  };
}

/** A loss curve that falls, with noise that depends on the step alone. */
export function losses(count: number, every = 1): TrainingState['losses'] {
  return Array.from({ length: count }, (_, i) => {
    const noise = Math.sin(i * 12.9898) * 43758.5453;
    return {
      step: (i + 1) * every,
      loss: 0.12 + 0.55 * Math.exp(-i / (count / 3)) + 0.12 * (noise - Math.floor(noise)),
    };
  });
}

export const earlier: readonly TrainingRunRow[] = [
  runRow('20260131T142233Z-imp', 0.921, 0.914, { group: 'imp', seed: 43 }),
  runRow('20260131T141002Z-imp', 0.934, 0.929, { group: 'imp' }),
  runRow('20260130T101500Z-ce', 0.902, 0.893, { loss: 'ce' }),
  runRow('20260129T090000Z-filter', 0.951, 0.95, { loss: 'filter', testRows: 'other', model: undefined }),
];

const base: TrainingState = {
  dataset,
  loss: 'imp',
  data: 'synthetic',
  seed: 42,
  devFile: 'dev.jsonl',
  testFile: 'test.jsonl',
  device: 'cpu: AMD EPYC, 2 threads',
  epochCount: 3,
  losses: [],
  epochs: [],
  runs: [],
  warnings: [],
};

const job = { id: 1, kind: 'train', title: 'Training on synthetic.jsonl', device: 'CPU, 2 threads' } as const;

export const states = {
  /** The checkers are made first. */
  checkers: {
    ...base,
    job: {
      ...job,
      state: 'running',
      stage: 'quality checker, fold 2 of 5',
      fraction: 0.31,
      rate: '58 rows/s',
      secondsLeft: 540,
    },
    estimate: { seconds: 640, memoryBytes: 1.24e9, diskBytes: 363e6 },
    runs: earlier,
  },
  running: {
    ...base,
    job: { ...job, state: 'running', stage: 'classifier, imp', fraction: 0.57, rate: '61 rows/s', secondsLeft: 195 },
    estimate: { seconds: 640, memoryBytes: 1.24e9, diskBytes: 363e6 },
    losses: losses(210),
    ...{ step: 210, steps: 363, stepsPerEpoch: 121 },
    epochs: [{ epoch: 1, accuracy: 0.8825, macroF1: 0.874, logLoss: 0.36 }],
    runs: earlier,
    warnings: ["Labels are spread differently: 'ham' is 69 % of the real rows but 50 % of the synthetic ones."],
  },
  done: {
    ...base,
    run: `${runs}/20260201T080000Z-imp`,
    job: { ...job, state: 'done' },
    losses: losses(363),
    ...{ step: 363, steps: 363, stepsPerEpoch: 121, bestEpoch: 2, ended: 'done' },
    epochs: [
      { epoch: 1, accuracy: 0.8825, macroF1: 0.874, logLoss: 0.36 },
      { epoch: 2, accuracy: 0.925, macroF1: 0.919, logLoss: 0.29 },
      { epoch: 3, accuracy: 0.9275, macroF1: 0.922, logLoss: 0.33 },
    ],
    runs: [runRow('20260201T080000Z-imp', 0.938, 0.931, { current: true, group: 'imp', seed: 44 }), ...earlier],
    model: `${runs}/20260201T080000Z-imp/model`,
    warnings: [
      "Labels are spread differently: 'ham' is 69 % of the real rows but 50 % of the synthetic ones. Compare the sum of weights per label with the real shares; prior correction adjusts them.",
      '18 rows are longer than 128 tokens and were cut; --max-length changes that.',
    ],
  },
  /** No files to judge by, and labels that try to be more than text. */
  bare: {
    ...base,
    ...{ devFile: undefined, testFile: undefined, ended: 'done', loss: 'ce' },
    dataset: '/home/ada/<img src=x onerror=hostile()>\u202e.jsonl',
    run: `${runs}/20260201T080000Z-ce`,
    losses: losses(12),
    ...{ step: 12, steps: 12, stepsPerEpoch: 4 },
    epochs: [{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }],
    runs: [
      runRow('20260201T080000Z-ce', 0, 0, {
        ...{ current: true, loss: 'ce', test: undefined, dev: undefined },
        ...{ testRows: undefined, devRows: undefined, testFile: undefined, devFile: undefined },
      }),
    ],
    model: `${runs}/20260201T080000Z-ce/model`,
    warnings: ['</script><script>hostile()</script> is no label'],
  },
  many: {
    ...base,
    ended: 'done',
    run: `${runs}/20260201T080000Z-imp`,
    runs: [0, 1, 2].map((i) =>
      runRow(`2026020${String(1 + i)}T080000Z-imp`, 0.9 - i / 100, 0.88 - i / 100, {
        current: i === 0,
        test: setScores(
          0.9 - i / 100,
          0.88 - i / 100,
          1000,
          Array.from({ length: 14 }, (_, label) => `a label with a long name ${String(label)}`),
        ),
      }),
    ),
    model: `${runs}/20260201T080000Z-imp/model`,
    pairs: true,
  },
  failed: {
    ...base,
    ended: 'failed',
    run: `${runs}/20260201T080000Z-imp`,
    error:
      'Cannot write /home/ada/projects/mail/.counterweight/synthetic.jsonl/20260201T080000Z-imp/checkpoint: the disk is full; free some space and run again.',
    runs: earlier,
  },
  interrupted: { ...base, ended: 'interrupted', run: `${runs}/20260201T080000Z-imp`, runs: [] },
  nothing: { ...base, loss: '', devFile: undefined, testFile: undefined },
} satisfies Readonly<Record<string, TrainingState>>;
