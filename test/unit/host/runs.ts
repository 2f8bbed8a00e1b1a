/** Builders for records of runs. */
import type { Json } from '../../../src/store/json.ts';
import type { ListedRun } from '../../../src/store/listRuns.ts';
import type { RunRecord } from '../../../src/store/runRecord.ts';

export function trainRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    kind: 'train',
    status: 'done',
    created: '2026-01-31T14:22:33.000Z',
    finished: '2026-01-31T14:25:00.000Z',
    inputs: [
      { role: 'synthetic', path: '/data/synthetic.jsonl', sha256: 'aa', rows: 1000, errors: 0 },
      { role: 'real', path: '/data/real.jsonl', sha256: 'bb', rows: 200, errors: 0 },
      { role: 'dev', path: '/data/dev.jsonl', sha256: 'cc', rows: 400, errors: 0 },
      { role: 'test', path: '/data/test.jsonl', sha256: 'dd', rows: 500, errors: 0 },
    ],
    schema: { synthetic: { text: 'text', label: 'label' } },
    labels: ['ham', 'spam'],
    settings: {
      loss: 'imp',
      data: 'synthetic',
      classifier: { epochs: 3, seed: 42 },
      checkers: { effort: 'standard', seed: 42 },
      weights: { gamma: 1, clip: { min: -10, max: Math.log(2) } },
    },
    seed: 42,
    recipe: 'default',
    model: { id: 'encoder', hash: 'ee' },
    device: 'cpu: fast, 2 threads',
    versions: { counterweight: '0.1.0' },
    timings: { training: 60, 'quality checker': 30 },
    passes: { forward: 4000, backward: 9000 },
    metrics: { ...(setScores(0.9, 0.85, 500) as object), dev: setScores(0.92, 0.9, 400), bestEpoch: 2 },
    warnings: [],
    ...changes,
  };
}

/** Metrics of a set as `train` writes them. */
export function setScores(accuracy: number, macroF1: number, rows: number): Json {
  return {
    ...{ rows, accuracy, macroF1, logLoss: 0.25 },
    perClass: {
      ham: { precision: 0.9, recall: 0.95, f1: macroF1 + 0.05, support: rows / 2 },
      spam: { precision: 0.85, recall: 0.8, f1: macroF1 - 0.05, support: rows / 2 },
    },
  };
}

export function listed(id: string, record: RunRecord): ListedRun {
  return { id, folder: `/data/.counterweight/synthetic.jsonl/${id}`, record };
}
