/**
 * What `export-cluster` writes, run by Hugging Face's Trainer under torchrun: the losses of every step, on two processes and
 * on three, are those of this engine on the same batches.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exportClassifier } from '../../src/engine/hub/exportClassifier.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import { planEpoch } from '../../src/engine/training/batchPlan.ts';
import { fineTune } from '../../src/engine/training/fineTune.ts';
import { encodeSet } from '../../src/jobs/checkers.ts';
import { prepareLoss } from '../../src/jobs/classifier.ts';
import { initialWeights, openEncoder, type Encoder } from '../../src/jobs/encoder.ts';
import { exportCluster } from '../../src/jobs/exportCluster.ts';
import { scoresOf } from '../../src/jobs/findScores.ts';
import { readInputs } from '../../src/jobs/readInputs.ts';
import { scoreJob } from '../../src/jobs/scoreJob.ts';
import { classifierSettings, weightChoices } from '../../src/jobs/settings.ts';
import { generateRows, writeRows } from '../support/rows.ts';
import { writeTinyModel } from '../support/tinyModel.ts';

/** A Python with torch, transformers and accelerate. */
const python = process.env['COUNTERWEIGHT_CLUSTER_PYTHON'];
const labels = ['neg', 'neutral', 'pos'];
// 61 rows in batches of 10: the last has one row. Neither two nor three processes divide it, nor the micro-batches of 3.
const overrides = {
  epochs: 2,
  batchSize: 10,
  microBatchSize: 3,
  learningRate: 3e-3,
  weightDecay: 0.1,
  clipMax: 20,
  seed: 11,
};
const context = { notice: () => undefined };

let folder: string;
let paths: { synthetic: string; real: string; dev: string };
let run: string;
let encoder: Encoder;
/** A classifier without dropout, from whose weights both sides start. */
let start: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cluster-'));
  const tiny = writeTinyModel(join(folder, 'tiny'), { layers: 2 });
  paths = {
    synthetic: writeRows(folder, 'synthetic.jsonl', generateRows({ rows: 61, labels, seed: 1, noise: 0.2 })),
    real: writeRows(folder, 'real.jsonl', generateRows({ rows: 45, labels, seed: 2 })),
    dev: writeRows(folder, 'dev.jsonl', generateRows({ rows: 31, labels, seed: 3 })),
  };
  run = join(folder, 'run');
  await scoreJob(
    { paths, effort: 'preview', method: 'imp', model: tiny, device: 'cpu', threads: 1, overrides: {}, out: run },
    context,
  );
  encoder = await openEncoder(tiny);
  start = join(folder, 'start');
  await exportClassifier(start, {
    config: { ...encoder.folder.config, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
    weights: initialWeights(encoder, labels.length, 5),
    ...{ labels, maxLength: 128, tokenizerFiles: encoder.folder.tokenizerFiles },
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Loss = 'ce' | 'imp' | 'dimp';

/** The engine's loss of every step, and the batches, epoch by epoch. */
async function engineLosses(loss: Loss): Promise<{ losses: number[]; order: number[][][] }> {
  const inputs = await readInputs(paths);
  const data = await encodeSet(encoder, inputs.synthetic, 128);
  const scores = await scoresOf(run, inputs, { diversity: loss === 'imp' });
  const choices = weightChoices('default', overrides);
  const { loss: fn, rowInputs } = prepareLoss(
    loss,
    { ...choices, priorCorrection: undefined, seed: 1 },
    { labelIds: inputs.synthetic.labelIds, classCount: labels.length, ...scores },
  );
  const settings = { ...classifierSettings('default', overrides, 61), dropout: false };
  const losses: number[] = [];
  await fineTune({
    ...{ device: cpuDevice({ threads: 1 }), config: encoder.config, labels: labels.length, padId: encoder.padId },
    initial: initialWeights(encoder, labels.length, 5),
    data: { ...data, rowInputs },
    ...{ loss: fn, settings },
    onStep: (step) => void losses.push(step.loss),
  });
  const lengths = Int32Array.from({ length: 61 }, (_, i) => data.rows.offsets[i + 1] - data.rows.offsets[i]);
  const order = [0, 1].map((epoch) =>
    planEpoch(lengths, { ...settings, epoch, grouped: settings.groupByLength }).map((batch) => [...batch]),
  );
  return { losses, order };
}

/** Milliseconds after which a script is taken to hang, and ended. */
const longestRun = 150_000;

interface Logged {
  readonly step: number;
  readonly loss?: number;
  readonly eval_accuracy?: number;
}

/** The losses that the exported script logs. */
async function scriptLosses(out: string, processes: number, args: readonly string[]): Promise<Logged[]> {
  const output = join(out, `output-${String(processes)}`);
  const launch =
    processes === 1 ? [] : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)];
  await new Promise<void>((resolve, reject) => {
    const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
    const command = [...launch, join(out, 'train.py'), '--cpu', '--log-every', '1', '--output', output, ...args];
    execFile(python ?? 'python3', command, { env, maxBuffer: 2 ** 26, timeout: longestRun }, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.slice(-4000), { cause: error }));
    });
  });
  return readFileSync(join(output, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Logged);
}

const lossesOf = (logged: readonly Logged[]): number[] =>
  logged.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));

async function exported(name: string, loss: Loss, more: { dev?: string } = {}): Promise<string> {
  const out = join(folder, name);
  await exportCluster(
    { ...{ paths: { synthetic: paths.synthetic, ...more }, scores: run, loss, recipe: 'default', overrides, out } },
    {},
  );
  return out;
}

vi.setConfig({ testTimeout: 2 * longestRun + 20_000 });

describe.skipIf(python === undefined)(
  python === undefined
    ? 'the exported script [skipped: COUNTERWEIGHT_CLUSTER_PYTHON names no Python with torch, transformers and accelerate]'
    : 'the exported script under torchrun',
  () => {
    it.each([
      ['imp', 2],
      ['dimp', 2],
      ['ce', 3],
    ] as const)('%s on %i processes: the losses of every step are the engine’s', async (loss, processes) => {
      const { losses, order } = await engineLosses(loss);
      const out = await exported(`${loss}-${String(processes)}`, loss);
      const orderFile = join(out, 'order.json');
      writeFileSync(orderFile, JSON.stringify(order));
      const found = lossesOf(await scriptLosses(out, processes, ['--model', start, '--order', orderFile]));
      expect(found).toHaveLength(14);
      expect(losses).toHaveLength(14);
      found.forEach((value, step) => {
        expect(Math.abs(value / losses[step] - 1), `step ${String(step + 1)}`).toBeLessThan(2e-6);
      });
      // The weights matter, and the model learns: otherwise equal losses would say little.
      expect(new Set(losses.map((value) => value.toFixed(6))).size).toBeGreaterThan(12);
      if (loss !== 'ce') {
        const plain = await engineLosses('ce');
        expect(Math.abs(losses[0] / plain.losses[0] - 1)).toBeGreaterThan(0.01);
      }
    });

    it('draws its own batches, the same on one process and on two; keeps the epoch that the dev rows choose', async () => {
      const out = await exported('own-order', 'imp', { dev: paths.dev });
      const one = await scriptLosses(out, 1, ['--model', start]);
      const two = await scriptLosses(out, 2, ['--model', start]);
      expect(lossesOf(one)).toHaveLength(14);
      lossesOf(two).forEach((value, step) => expect(Math.abs(value / lossesOf(one)[step] - 1)).toBeLessThan(2e-6));
      const evaluations = one.filter((line) => line.eval_accuracy !== undefined);
      expect(evaluations.length).toBeGreaterThanOrEqual(2);
      const metrics = JSON.parse(readFileSync(join(out, 'output-1', 'metrics.json'), 'utf8')) as {
        dev: { dev_accuracy: number; dev_macroF1: number };
      };
      expect(metrics.dev.dev_accuracy).toBeGreaterThan(0);
      // Its model loads in this engine again.
      const model = await openEncoder(join(out, 'output-1', 'model'));
      expect(model.folder.config).toMatchObject({ id2label: { '0': 'neg', '1': 'neutral', '2': 'pos' } });
    });

    it('trains from the encoder that was copied into the folder, dropout on', async () => {
      const out = await exported('copied', 'dimp');
      const losses = lossesOf(await scriptLosses(out, 1, []));
      expect(losses).toHaveLength(14);
      for (const value of losses) expect(Number.isFinite(value)).toBe(true);
    });
  },
);
