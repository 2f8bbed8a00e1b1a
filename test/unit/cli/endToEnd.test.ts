import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossNames } from '../../../src/jobs/names.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { readScores } from '../../../src/store/scores.ts';
import { buildCli, runCli, type CliResult } from '../../support/cli.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let common: string[];
let synthetic: string;

beforeAll(() => {
  buildCli();
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cli-'));
  const model = writeTinyModel(join(folder, 'encoder'));
  synthetic = writeRows(folder, 'synthetic.jsonl', generateRows({ rows: 60, labels, seed: 1, noise: 0.2 }));
  const real = writeRows(folder, 'real.jsonl', generateRows({ rows: 40, labels, seed: 2 }));
  common = [synthetic, '--real', real, '--model', model, '--threads', '1'];
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The one object on stdout of a command that must have worked. */
function jsonOf(result: CliResult): Record<string, unknown> {
  expect(result.stderr + result.stdout).not.toContain('at file:');
  expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({ code: 0, stderr: '' });
  expect(result.stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

describe('score', () => {
  it.each([
    ['preview', 'imp', 'probe'],
    ['standard', 'imp', undefined],
    ['paper', 'imp', 'fine-tuned'],
    ['preview', 'dimp', 'probe'],
  ] as const)('scores every row at effort %s with method %s', async (effort, method, kind) => {
    const out = join(folder, `score-${effort}-${method}`);
    const args = ['--effort', effort, '--method', method, '--checker-epochs', '2', '--epochs', '2', '--out', out];
    const json = jsonOf(await runCli(['score', ...common, ...args, '--json']));
    expect(json).toMatchObject({ run: out, rows: 60, scored: 60, errors: 0, effort, method, labels });
    const scores = await readScores(join(out, 'scores.jsonl'), labels, 60);
    expect(scores.errors.size).toBe(0);
    expect(scores.epochs).toBe(method === 'dimp' ? 2 : 0);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < 60; i++) {
      // Both are distributions, and the weight is their ratio at the row's label.
      for (const logs of [scores.logP, scores.logQ]) {
        expect(Math.exp(logs[2 * i]) + Math.exp(logs[2 * i + 1])).toBeCloseTo(1, 5);
      }
      const at = 2 * i + scores.labelId[i];
      const ratio = Math.min(scores.logP[at] - scores.logQ[at], effort === 'paper' ? 80 : Math.LN2);
      expect(scores.logWeight[i]).toBeCloseTo(ratio, 5);
      expect(scores.weight[i]).toBeCloseTo(Math.exp(ratio), 4);
      sum += scores.weight[i];
      squares += scores.weight[i] ** 2;
    }
    expect(json['ess']).toBeCloseTo((sum * sum) / squares, 2);
    const record = await readRunRecord(out);
    expect(record).toMatchObject({
      kind: 'score',
      status: 'done',
      seed: 42,
      recipe: effort === 'paper' ? 'paper' : 'default',
    });
    if (kind !== undefined) expect(record.metrics).toMatchObject({ quality: { used: { kind } } });
    // The checkers and the embeddings stay, what was only needed to resume does not.
    expect(readdirSync(join(out, 'checkers')).sort()).toEqual(['diversity', 'embeddings', 'quality']);
    expect(existsSync(join(out, 'checkpoint'))).toBe(false);
  });

  it('falls back on TF-IDF features without an encoder, and says so', async () => {
    const args = [
      common[0],
      '--real',
      common[2],
      '--effort',
      'preview',
      '--model',
      'none',
      '--out',
      join(folder, 'tfidf'),
    ];
    const json = jsonOf(await runCli(['score', ...args, '--json']));
    expect(json).toMatchObject({ scored: 60, metrics: { quality: { used: { kind: 'tf-idf' } } } });
    expect(json['warnings']).toContainEqual(expect.stringContaining('TF-IDF'));
    // The labels follow from words, so the probe must see through most of the noise.
    const quality = (json['metrics'] as { quality: { used: { accuracy: number } } }).quality;
    expect(quality.used.accuracy).toBeGreaterThan(0.8);
  });

  it('prints a table, a histogram and the verdicts for people', async () => {
    const { code, stdout } = await runCli([
      'score',
      ...common,
      '--effort',
      'preview',
      '--out',
      join(folder, 'table'),
      '--show',
      '3',
    ]);
    expect(code).toBe(0);
    for (const part of ['Highest weights', 'Lowest weights', 'Log weights', 'Verdicts', 'Effective sample size']) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/█/);
  });
});

describe('train and predict', () => {
  const sets = (): string[] => [
    ...['--dev', writeRows(folder, 'dev.jsonl', generateRows({ rows: 30, labels, seed: 3 }))],
    ...['--test', writeRows(folder, 'test.jsonl', generateRows({ rows: 30, labels, seed: 4 }))],
  ];

  it.each(lossNames)('trains with %s', async (loss) => {
    const out = join(folder, `train-${loss}`);
    // The scores of an equal run beside the data serve every loss: the first that needs checkers finds them.
    if (loss === lossNames[0]) jsonOf(await runCli(['score', ...common, '--effort', 'preview', '--json']));
    const args = ['--loss', loss, '--effort', 'preview', '--epochs', '1', '--out', out, ...sets()];
    const result = await runCli(['train', ...common, ...args, '--json']);
    const json = jsonOf(result);
    // The 40 real rows too.
    expect(json).toMatchObject({ run: out, rows: 60, trained: 100, errors: 0, loss, model: join(out, 'model') });
    // Six of the thirty are near-copies of training rows, which the numbers leave out.
    expect(json['metrics']).toMatchObject({
      ...{ rows: 24, accuracy: expect.any(Number), macroF1: expect.any(Number) },
      ...{ perClass: { neg: { support: 10 }, pos: { support: 14 } }, bestEpoch: 1 },
    });
    expect(json['metricsAll']).toMatchObject({ rows: 30, perClass: { neg: { support: 15 }, pos: { support: 15 } } });
    expect(result.stderr.includes('Checkers: scores of')).toBe(loss !== 'ce' && loss !== 'focal');
    const files = readdirSync(join(out, 'model'));
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) expect(files).toContain(name);
  });

  it('predicts with the trained folder what the training reported', async () => {
    const run = join(folder, 'train-ce');
    const test = join(folder, 'test.jsonl');
    const plain = await runCli(['predict', join(run, 'model'), test, '--threads', '1']);
    expect(plain.code).toBe(0);
    const lines = plain.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(30);
    for (const [i, line] of lines.entries()) {
      const probabilities = line['probabilities'] as Record<string, number>;
      expect(Object.keys(probabilities)).toEqual(labels);
      expect(probabilities['neg'] + probabilities['pos']).toBeCloseTo(1, 5);
      expect(line['line']).toBe(i + 1);
      expect(line['label']).toBe(probabilities['neg'] >= probabilities['pos'] ? 'neg' : 'pos');
    }
    // A whole run's folder is understood too.
    const json = jsonOf(await runCli(['predict', run, test, '--json', '--threads', '1']));
    const { metricsAll = {} } = await readRunRecord(run);
    const { accuracy, macroF1, logLoss } = json['metrics'] as Record<string, number>;
    expect({ accuracy, macroF1 }).toEqual({ accuracy: metricsAll['accuracy'], macroF1: metricsAll['macroF1'] });
    expect(logLoss).toBeCloseTo(metricsAll['logLoss'] as number, 5);
    expect(json['predictions']).toEqual(lines);
  });

  it('gives the same weights whether the checkers come from a score run or are made on the way', async () => {
    const elsewhere = join(folder, 'elsewhere');
    const rows = generateRows({ rows: 60, labels, seed: 1, noise: 0.2 });
    mkdirs(elsewhere);
    const copy = writeRows(elsewhere, 'synthetic.jsonl', rows);
    const out = join(folder, 'train-alone');
    const args = ['--loss', 'imp', '--effort', 'preview', '--epochs', '1', '--out', out, ...sets()];
    const result = await runCli(['train', copy, ...common.slice(1), ...args, '--json']);
    jsonOf(result);
    expect(result.stderr).not.toContain('Checkers: scores of');
    expect(weightsOf(out).equals(weightsOf(join(folder, 'train-imp')))).toBe(true);
  });

  it('trains on the synthetic rows alone where it is told to, or follows the paper', async () => {
    const options = ['--loss', 'ce', '--epochs', '1', '--json', '--effort', 'preview'];
    for (const [name, choice] of [
      ['synthetic-only', ['--data', 'synthetic']],
      ['paper', ['--recipe', 'paper']],
    ] as const) {
      const json = jsonOf(await runCli(['train', ...common, ...options, ...choice, '--out', join(folder, name)]));
      expect([name, json['trained']]).toEqual([name, 60]);
    }
  });

  it('trains on real rows alone, and on both with real rows at weight 1', async () => {
    const options = ['--epochs', '1', '--json', '--effort', 'preview'];
    const real = jsonOf(
      await runCli([
        'train',
        ...common,
        ...options,
        '--loss',
        'ce',
        '--data',
        'real',
        '--out',
        join(folder, 'real-only'),
      ]),
    );
    expect(real).toMatchObject({ trained: 40 });
    expect(real['warnings']).toContainEqual(expect.stringContaining('No --dev rows'));
    for (const loss of ['imp', 'dimp']) {
      const out = join(folder, `both-${loss}`);
      const json = jsonOf(await runCli(['train', ...common, ...options, '--loss', loss, '--real-too', '--out', out]));
      expect(json).toMatchObject({ trained: 100 });
      const sums = (json['metrics'] as { sumOfWeights: Record<string, number> }).sumOfWeights;
      expect(sums['neg'] + sums['pos']).toBeGreaterThan(40);
    }
  });

  it('says so where the filter lets nothing through', async () => {
    const args = [
      '--loss',
      'filter',
      '--filter-threshold',
      '0.99999',
      '--effort',
      'preview',
      '--out',
      join(folder, 'none-left'),
    ];
    const { code, stdout, stderr } = await runCli(['train', ...common, ...args]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/No synthetic row passes the filter.*--filter-threshold/);
    expect((await readRunRecord(join(folder, 'none-left'))).status).toBe('failed');
  });

  it('takes scores of a run that is named, and refuses those of other data', async () => {
    const args = ['--loss', 'imp', '--scores', join(folder, 'score-preview-imp'), '--epochs', '1'];
    const named = jsonOf(await runCli(['train', ...common, ...args, '--json', '--out', join(folder, 'named')]));
    expect(named['metrics']).toMatchObject({ scores: join(folder, 'score-preview-imp') });
    const other = writeRows(folder, 'other.jsonl', generateRows({ rows: 20, labels, seed: 9 }));
    const { code, stderr } = await runCli(['train', other, ...common.slice(1), ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/that run scored other data/);
  });

  it('works with sentence pairs and five classes', async () => {
    const five = ['1', '2', '3', '4', '5'];
    const inner = join(folder, 'pairs');
    mkdirs(inner);
    const of = (name: string, rows: number, seed: number): string =>
      writeRows(inner, name, generateRows({ rows, labels: five, seed, pairs: true }));
    const files = [
      of('synthetic.jsonl', 60, 5),
      '--real',
      of('real.jsonl', 30, 6),
      '--model',
      common[4],
      '--threads',
      '1',
    ];
    const scored = jsonOf(await runCli(['score', ...files, '--checker-epochs', '1', '--json']));
    expect(scored).toMatchObject({ scored: 60, labels: five });
    const test = of('test.jsonl', 20, 7);
    const trained = jsonOf(
      await runCli([
        'train',
        ...files,
        '--loss',
        'dimp',
        '--checker-epochs',
        '1',
        '--epochs',
        '1',
        '--test',
        test,
        '--json',
      ]),
    );
    expect(Object.keys((trained['metrics'] as { perClass: object }).perClass)).toEqual(five);
    const predicted = jsonOf(await runCli(['predict', String(trained['model']), test, '--json']));
    expect(predicted).toMatchObject({ predicted: 20, labels: five });
  });
});

function weightsOf(run: string): Buffer {
  return readFileSync(join(run, 'model', 'model.safetensors'));
}

function mkdirs(path: string): void {
  if (!existsSync(path)) mkdirSync(path);
  expect(statSync(path).isDirectory()).toBe(true);
}
