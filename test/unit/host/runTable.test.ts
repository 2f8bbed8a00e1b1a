import { describe, expect, it } from 'vitest';
import {
  bestEpochOf,
  epochCountOf,
  epochsOf,
  readSetScores,
  secondsPerRow,
  trainingRows,
} from '../../../src/host/train/runTable.ts';
import type { JsonObject } from '../../../src/store/json.ts';
import type { RunRecord } from '../../../src/store/runRecord.ts';
import { listed, setScores, trainRecord } from './runs.ts';

describe('the rows of the run table', () => {
  const run = listed('20260131T142233Z-imp', trainRecord());

  it('shows what a finished training measured', () => {
    const [row] = trainingRows([run], run.folder, () => true);
    expect(row).toMatchObject({
      folder: run.folder,
      loss: 'imp',
      data: 'synthetic',
      seed: 42,
      current: true,
      devFile: 'dev.jsonl',
      testFile: 'test.jsonl',
      testRows: 'dd 500',
      model: `${run.folder}/model`,
    });
    expect(row.test).toMatchObject({ rows: 500, accuracy: 0.9, macroF1: 0.85 });
    expect(row.test?.perClass['spam'].f1).toBeCloseTo(0.8, 12);
    expect(row.dev).toMatchObject({ rows: 400, accuracy: 0.92 });
  });

  it('leaves out scorings and what is not finished', () => {
    const others = [
      listed('a', trainRecord({ kind: 'score' })),
      listed('b', trainRecord({ status: 'running' })),
      listed('c', trainRecord({ status: 'cancelled' })),
      listed('d', trainRecord({ status: 'failed' })),
    ];
    expect(trainingRows([...others, run], undefined, () => true).map(({ folder }) => folder)).toEqual([run.folder]);
  });

  it('offers no model that is gone', () => {
    expect(trainingRows([run], undefined, () => false)[0].model).toBeUndefined();
  });

  it('has no test numbers where there was no test file', () => {
    const record = trainRecord({
      metrics: { dev: setScores(0.92, 0.9, 400) },
      inputs: trainRecord().inputs.filter(({ role }) => role !== 'test'),
    });
    const [row] = trainingRows([listed('x', record)], undefined, () => true);
    expect(row.test).toBeUndefined();
    expect(row.testRows).toBeUndefined();
    expect(row.dev?.macroF1).toBe(0.9);
  });

  describe('rows that were measured', () => {
    const all = setScores(0.9, 0.85, 500) as JsonObject;
    /** A run that left out 20 of 500 test rows. */
    const leaking = (judged: string | undefined, changes: Partial<RunRecord> = {}): RunRecord =>
      trainRecord({
        metrics: {
          ...(setScores(0.88, 0.82, 480) as object),
          leakage: { test: { rows: 500, exact: 20, near: 0, ...(judged !== undefined && { judged }) } },
        },
        metricsAll: all,
        ...changes,
      });
    const testRows = (record: RunRecord): string | undefined =>
      trainingRows([listed('x', record)], undefined, () => true)[0].testRows;
    const edited = trainRecord().inputs.map((input) =>
      input.role === 'synthetic' ? { ...input, sha256: 'a2' } : input,
    );

    it('are the same where the same copies were left out, though the synthetic rows are others', () => {
      expect(testRows(leaking('one', { inputs: edited }))).toBe(testRows(leaking('one')));
    });

    it('are not the same where as many, but other copies were left out', () => {
      expect(testRows(leaking('two'))).not.toBe(testRows(leaking('one')));
      expect(testRows(leaking('one'))).not.toBe(testRows(trainRecord()));
    });

    it('of runs that do not tell are the same only if all that decides is the same', () => {
      expect(testRows(leaking(undefined, { seed: 7 }))).toBe(testRows(leaking(undefined)));
      expect(testRows(leaking(undefined, { inputs: edited }))).not.toBe(testRows(leaking(undefined)));
    });

    it('are not the same where fewer of the same file could be used', () => {
      expect(testRows(trainRecord({ metrics: setScores(0.9, 0.85, 499) as JsonObject }))).not.toBe(
        testRows(trainRecord()),
      );
    });
  });

  describe('groups', () => {
    const groupOf = (changes: Parameters<typeof trainRecord>[0]): string =>
      trainingRows([listed('x', trainRecord(changes))], undefined, () => true)[0].group;
    const own = groupOf({});

    it('joins runs that differ in their seed, wherever it is written', () => {
      const { settings } = trainRecord();
      const reseeded = {
        ...settings,
        classifier: { epochs: 3, seed: 7 },
        checkers: { effort: 'standard', seed: 7 },
      };
      expect(groupOf({ seed: 7, settings: reseeded, created: '2026-02-01T00:00:00.000Z' })).toBe(own);
    });

    it('joins runs with other test files: they are the same model', () => {
      expect(groupOf({ inputs: trainRecord().inputs.filter(({ role }) => role !== 'test') })).toBe(own);
    });

    it('separates other settings and other rows', () => {
      const { settings, inputs } = trainRecord();
      expect(groupOf({ settings: { ...settings, loss: 'ce' } })).not.toBe(own);
      expect(groupOf({ settings: { ...settings, classifier: { epochs: 4, seed: 42 } } })).not.toBe(own);
      expect(groupOf({ inputs: inputs.map((input) => ({ ...input, sha256: `${input.sha256}0` })) })).not.toBe(own);
    });
  });
});

describe('metrics of a set', () => {
  it.each([
    undefined,
    null,
    3,
    {},
    { rows: 3, accuracy: 'high', macroF1: 1, perClass: {} },
    { rows: 1, accuracy: 1, macroF1: 1 },
  ])('are absent where %j stands', (value) => {
    expect(readSetScores(value)).toBeUndefined();
  });
});

describe('epochs of a finished run', () => {
  it('are its dev numbers in order', () => {
    const record = trainRecord({
      metrics: {
        epochs: [
          {
            epoch: 1,
            trainLoss: 0.6,
            evaluation: { score: 0.4, metrics: { accuracy: 0.8, macroF1: 0.7, logLoss: 0.4 } },
          },
          {
            epoch: 2,
            trainLoss: 0.3,
            evaluation: { score: 0.3, metrics: { accuracy: 0.9, macroF1: 0.8, logLoss: 0.3 } },
          },
        ],
        bestEpoch: 2,
      },
    });
    expect(epochsOf(record)).toEqual([
      { epoch: 1, accuracy: 0.8, macroF1: 0.7, logLoss: 0.4 },
      { epoch: 2, accuracy: 0.9, macroF1: 0.8, logLoss: 0.3 },
    ]);
    expect(bestEpochOf(record)).toBe(2);
  });

  it('are none without dev rows', () => {
    const record = trainRecord({ metrics: { epochs: [{ epoch: 1, trainLoss: 0.6 }] } });
    expect(epochsOf(record)).toEqual([]);
    expect(bestEpochOf(record)).toBeUndefined();
  });
});

describe('what a run tells of the cost of the next', () => {
  it('is the time of the training over its rows and epochs', () => {
    expect(epochCountOf(trainRecord())).toBe(3);
    expect(secondsPerRow(trainRecord())).toBeCloseTo(60 / (3 * 1000), 12);
  });

  it('counts the rows that were trained on', () => {
    const settings = { ...trainRecord().settings, data: 'both' };
    expect(secondsPerRow(trainRecord({ settings }))).toBeCloseTo(60 / (3 * 1200), 12);
  });

  it('is nothing where the time is unknown', () => {
    expect(secondsPerRow(trainRecord({ timings: {} }))).toBeUndefined();
    expect(secondsPerRow(trainRecord({ settings: {} }))).toBeUndefined();
  });
});
