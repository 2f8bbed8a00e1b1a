import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCluster, type ExportClusterOptions } from '../../../src/jobs/exportCluster.ts';
import { scoreJob } from '../../../src/jobs/scoreJob.ts';
import { readScores, type ScoreColumns } from '../../../src/store/scores.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
const context = { notice: () => undefined };
let folder: string;
let synthetic: string;
let real: string;
let run: string;
let scores: ScoreColumns;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-export-cluster-'));
  const model = writeTinyModel(join(folder, 'tiny'));
  synthetic = writeRows(
    folder,
    'synthetic.jsonl',
    generateRows({ rows: 30, labels, seed: 1, noise: 0.2, pairs: true }),
  );
  real = writeRows(folder, 'real.jsonl', generateRows({ rows: 24, labels, seed: 2, pairs: true }));
  run = join(folder, 'run');
  await scoreJob(
    {
      paths: { synthetic, real },
      effort: 'preview',
      method: 'imp',
      model,
      device: 'cpu',
      threads: 1,
      overrides: {},
      out: run,
    },
    context,
  );
  scores = await readScores(join(run, 'scores.jsonl'), labels);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Changes = Partial<ExportClusterOptions>;
const exportTo = async (name: string, changes: Changes = {}): Promise<Awaited<ReturnType<typeof exportCluster>>> =>
  await exportCluster(
    {
      paths: { synthetic },
      scores: run,
      loss: 'imp',
      recipe: 'default',
      overrides: {},
      out: join(folder, name),
      ...changes,
    },
    {},
  );

interface TrainRow {
  readonly line: number;
  readonly text: string;
  readonly text_pair?: string;
  readonly label: string;
  readonly weight?: number;
  readonly log_p?: readonly number[];
}
const rowsOf = (name: string, file = 'train.jsonl'): TrainRow[] =>
  readFileSync(join(folder, name, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TrainRow);
const configOf = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name, 'config.json'), 'utf8')) as Record<string, unknown>;

describe('exportCluster', () => {
  it('writes IMP’s weights as the run has them, bit for bit, and everything to train with', async () => {
    const result = await exportTo('imp');
    expect(result).toMatchObject({ loss: 'imp', labels, rows: 30, model: 'encoder' });
    expect(result.files.every((file) => existsSync(join(folder, 'imp', file)))).toBe(true);
    expect(readdirSync(join(folder, 'imp')).sort()).toEqual(
      ['README.md', 'config.json', 'encoder', 'requirements.txt', 'train.jsonl', 'train.py'].sort(),
    );
    expect(readdirSync(join(folder, 'imp', 'encoder'))).toContain('model.safetensors');
    const rows = rowsOf('imp');
    const given = generateRows({ rows: 30, labels, seed: 1, noise: 0.2, pairs: true });
    rows.forEach((row, i) => {
      expect(Math.fround(row.weight ?? NaN)).toBe(scores.weight[i]);
      expect(row).toMatchObject({
        line: i + 1,
        text: given[i].premise,
        text_pair: given[i].hypothesis,
        label: given[i].label,
      });
      expect(row.log_p).toBeUndefined();
    });
    expect(configOf('imp')).toMatchObject({
      ...{ version: 1, loss: 'imp', labels, model: 'encoder', gamma: 1, clip: { min: -10, max: Math.LN2 } },
      ...{ max_length: 128, batch_size: 32, learning_rate: 5e-5, beta1: 0.9, beta2: 0.999, max_gradient_norm: 1 },
    });
  });

  it('writes the quality checker’s log-probabilities of every label for DIMP, and nothing for CE', async () => {
    await exportTo('dimp', { loss: 'dimp', overrides: { gamma: 0.5, clipMax: 3, epochs: 7, batchSize: 8, seed: 9 } });
    rowsOf('dimp').forEach((row, i) => {
      expect(row.log_p?.map(Math.fround)).toEqual([...scores.logP.subarray(2 * i, 2 * i + 2)]);
      expect(row.weight).toBeUndefined();
    });
    expect(configOf('dimp')).toMatchObject({
      loss: 'dimp',
      gamma: 0.5,
      epochs: 7,
      batch_size: 8,
      micro_batch_size: 8,
      seed: 9,
    });
    expect((configOf('dimp')['clip'] as { max: number }).max).toBeCloseTo(Math.log(3), 12);
    await exportTo('ce', { loss: 'ce', model: 'some/model', recipe: 'paper' });
    for (const row of rowsOf('ce')) expect(Object.keys(row)).toEqual(['line', 'text', 'text_pair', 'label']);
    // A name on the hub is left for the cluster to fetch.
    expect(configOf('ce')).toMatchObject({ model: 'some/model', warmup_ratio: 0, epochs: 5, select_by: 'accuracy' });
    expect(existsSync(join(folder, 'ce', 'encoder'))).toBe(false);
  });

  it('takes dev and test rows along, without weights', async () => {
    const dev = writeRows(folder, 'dev.jsonl', generateRows({ rows: 9, labels, seed: 5, pairs: true }));
    await exportTo('held', { paths: { synthetic, real, dev } });
    expect(rowsOf('held', 'dev.jsonl')).toHaveLength(9);
    expect(rowsOf('held', 'dev.jsonl')[0].weight).toBeUndefined();
    expect(existsSync(join(folder, 'held', 'test.jsonl'))).toBe(false);
  });

  it('never writes into a folder that holds something', async () => {
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine', 'notes.txt'), 'mine');
    await expect(exportTo('mine')).rejects.toThrow('the folder is not empty');
    expect(readdirSync(join(folder, 'mine'))).toEqual(['notes.txt']);
    mkdirSync(join(folder, 'empty'));
    await exportTo('empty');
    expect(existsSync(join(folder, 'empty', 'train.py'))).toBe(true);
  });

  it('refuses what would train something else, and leaves nothing behind', async () => {
    const other = writeRows(folder, 'other.jsonl', generateRows({ rows: 5, labels, seed: 77, pairs: true }));
    await expect(exportTo('refused', { paths: { synthetic: other } })).rejects.toThrow('scored other data');
    await expect(exportTo('refused', { loss: 'focal' })).rejects.toThrow('no weights to export');
    await expect(exportTo('refused', { loss: 'dimp', overrides: { truncateQuantile: 0.9 } })).rejects.toThrow(
      '--truncate',
    );
    await expect(exportTo('refused', { scores: join(folder, 'nowhere') })).rejects.toThrow('nowhere');
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});
