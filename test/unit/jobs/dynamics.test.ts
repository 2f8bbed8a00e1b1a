/** The file of training dynamics: what it says, and that a killed and resumed training writes the same one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { textHash } from '../../../src/core/dataset/identity.ts';
import { hashText } from '../../../src/core/dataset/identity.ts';
import { trainJob, type TrainOptions, type TrainResult } from '../../../src/jobs/trainJob.ts';
import { checkpointFile } from '../../../src/store/checkpoint.ts';
import { readDynamics } from '../../../src/store/dynamics.ts';
import { runFiles } from '../../../src/store/layout.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
const epochs = 3;
let folder: string;
let options: TrainOptions;
const rows = generateRows({ rows: 48, labels, seed: 1 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-dynamics-'));
  options = {
    paths: {
      synthetic: writeRows(folder, 'synthetic.jsonl', rows),
      real: writeRows(folder, 'real.jsonl', generateRows({ rows: 20, labels, seed: 2 })),
      dev: writeRows(folder, 'dev.jsonl', generateRows({ rows: 20, labels, seed: 3 })),
    },
    ...{ loss: 'ce', recipe: 'default', data: 'synthetic', threads: 1, checkpointSeconds: 0 },
    model: writeTinyModel(join(folder, 'encoder')),
    overrides: { epochs, batchSize: 16 },
  };
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function train(changes: Partial<TrainOptions>, stopAfter?: number): Promise<TrainResult> {
  const stop = new AbortController();
  let steps = 0;
  return trainJob(
    { ...options, ...changes },
    {
      notice: () => undefined,
      signal: stop.signal,
      onProgress: ({ unit, stage }) => {
        if (unit === 'steps' && stage.startsWith('classifier') && ++steps === stopAfter) stop.abort();
      },
    },
  );
}

describe('training dynamics of a run', () => {
  it('tell every epoch of every synthetic row, found again by its text', async () => {
    const { folder: run, epochs: history } = await train({ out: join(folder, 'whole') });
    const dynamics = await readDynamics(runFiles(run).dynamics);
    expect(dynamics).toMatchObject({ epochs, rows: 48, weight: undefined });
    const { identities, labelId, logProbability } = dynamics!;
    expect(rows.map(({ text }) => textHash(text!))).toEqual(
      rows.map((_, i) => hashText(identities.hashHigh[i], identities.hashLow[i])),
    );
    expect([...labelId]).toEqual(rows.map(({ label }) => labels.indexOf(label)));
    // Cross-entropy of an epoch is the mean of these very numbers.
    history.forEach(({ trainLoss }, epoch) => {
      const own = logProbability.subarray(epoch * 48, (epoch + 1) * 48);
      expect(-own.reduce((sum, log) => sum + log, 0) / 48).toBeCloseTo(trainLoss, 5);
    });
  });

  it.each([2, 3, 5, 8])(
    'are the same bytes, and so is the model, where it was cut off after step %i',
    async (stopAfter) => {
      const out = join(folder, `cut-${String(stopAfter)}`);
      await expect(train({ out }, stopAfter)).rejects.toThrow(CancelledError);
      const { folder: run, model } = await train({ out });
      const bytes = (of: string): Buffer => readFileSync(checkpointFile(runFiles(of).dynamics));
      expect(bytes(run).equals(bytes(join(folder, 'whole')))).toBe(true);
      const weights = (of: string): Buffer => readFileSync(join(of, 'model.safetensors'));
      expect(weights(model).equals(weights(runFiles(join(folder, 'whole')).model))).toBe(true);
    },
  );

  it('tell the weights that DIMP gave in each epoch, of the synthetic rows alone where real ones are trained on too', async () => {
    const { folder: run } = await train({ out: join(folder, 'dimp'), loss: 'dimp', data: 'both', effort: 'preview' });
    const { weight, rows: count } = (await readDynamics(runFiles(run).dynamics))!;
    expect(count).toBe(48);
    expect(weight).toHaveLength(epochs * 48);
    expect(weight!.every((w) => w > 0)).toBe(true);
    // They move as the model learns.
    expect([...weight!.subarray(0, 48)]).not.toEqual([...weight!.subarray(48, 96)]);
  });

  it('have no constant weights, and are absent where no synthetic row is trained on', async () => {
    const imp = await train({ out: join(folder, 'quality'), loss: 'quality', effort: 'preview' });
    expect((await readDynamics(runFiles(imp.folder).dynamics))!.weight).toBeUndefined();
    const real = await train({ out: join(folder, 'real'), data: 'real' });
    expect(await readDynamics(runFiles(real.folder).dynamics)).toBeUndefined();
  });
});
