import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { trainJob, type TrainOptions } from '../../../src/jobs/trainJob.ts';
import type { Progress, ResumedTraining } from '../../../src/jobs/workspace.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-resumed-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a resumed training tells the losses, epochs and rows of the try before', async () => {
  const of = (name: string, rows: number, seed: number): string =>
    writeRows(folder, name, generateRows({ rows, labels, seed }));
  const options: TrainOptions = {
    paths: { synthetic: of('synthetic.jsonl', 64, 1), real: of('real.jsonl', 20, 2), dev: of('dev.jsonl', 20, 3) },
    ...{ loss: 'ce', recipe: 'default', data: 'synthetic', threads: 1, checkpointSeconds: 0 },
    model: writeTinyModel(join(folder, 'encoder')),
    overrides: { epochs: 3, batchSize: 16 },
  };
  const stop = new AbortController();
  const seen: Progress[] = [];
  const first = trainJob(options, {
    notice: () => undefined,
    signal: stop.signal,
    onProgress: (progress) => {
      if (progress.unit !== 'steps') return;
      seen.push(progress);
      if (progress.done === 6) stop.abort();
    },
  });
  await expect(first).rejects.toThrow(CancelledError);

  const resumed: ResumedTraining[] = [];
  const after: number[] = [];
  await trainJob(options, {
    notice: () => undefined,
    onResumed: (told) => resumed.push(told),
    onProgress: ({ unit, done }) => {
      if (unit === 'steps') after.push(done);
    },
  });
  expect(resumed).toHaveLength(1);
  const [{ losses, epochs, ...rest }] = resumed;
  // Four steps of 16 rows make an epoch.
  expect(rest).toEqual({ stage: 'classifier, ce', step: 6, steps: 12, encoderRows: 96 });
  expect(losses).toEqual(seen.map(({ done, loss }) => ({ step: done, value: loss, count: 1 })));
  expect(losses.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(epochs).toHaveLength(1);
  expect(epochs[0]).toMatchObject({ epoch: 1, accuracy: expect.any(Number) as number });
  const mean = losses.slice(0, 4).reduce((sum, { value }) => sum + value, 0) / 4;
  expect(epochs[0].trainLoss).toBeCloseTo(mean, 6);
  expect(after).toEqual([7, 8, 9, 10, 11, 12]);
});
