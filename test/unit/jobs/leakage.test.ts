import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainJob, type TrainOptions } from '../../../src/jobs/trainJob.ts';
import { Random } from '../../../src/base/random.ts';
import {
  copiesByWords,
  copiesOfReal,
  leakageJson,
  leakageOf,
  leftOutOf,
  type SetEmbeddings,
} from '../../../src/jobs/leakage.ts';
import { readInputs, type Inputs } from '../../../src/jobs/readInputs.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-leakage-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const width = 16;

/** Rows of words that no other row has, some of them replaced. */
const rowsOf = (name: string, count: number, replaced: Readonly<Record<number, string>> = {}): object[] =>
  Array.from({ length: count }, (_, i) => ({
    text: replaced[i] ?? Array.from({ length: 8 }, (_, k) => `${name}${String(i)}x${String(k)}`).join(' '),
    label: i % 2 === 0 ? 'neg' : 'pos',
  }));

const own = (name: string, row: number, of = 8): string =>
  Array.from({ length: of }, (_, k) => `${name}${String(row)}x${String(k)}`).join(' ');

async function read(): Promise<Inputs> {
  const write = (name: string, rows: object[]): string => writeRows(folder, `${name}.jsonl`, rows);
  return readInputs({
    synthetic: write('synthetic', rowsOf('s', 12, { 4: own('r', 1).toUpperCase(), 5: `${own('r', 2)} new` })),
    real: write('real', rowsOf('r', 6)),
    dev: write('dev', rowsOf('d', 8, { 1: own('s', 0), 2: `${own('t', 3)} more` })),
    test: write('test', rowsOf('t', 10, { 0: `  ${own('s', 2)}`, 6: own('r', 4, 7), 7: own('s', 8, 5) })),
  });
}

/** Far from each other. */
function embed(inputs: Inputs, seed = 1): Required<SetEmbeddings> {
  const random = new Random(seed, 'embeddings');
  const of = (rows: readonly unknown[] = []): Float32Array => {
    const values = Float32Array.from({ length: rows.length * width }, () => random.normal());
    for (let i = 0; i < rows.length; i++) {
      const row = values.subarray(i * width, (i + 1) * width);
      const norm = Math.hypot(...row);
      row.forEach((x, k) => (row[k] = x / norm));
    }
    return values;
  };
  const { synthetic, real, dev, test } = inputs;
  return { synthetic: of(synthetic.rows), real: of(real.rows), dev: of(dev?.rows), test: of(test?.rows), width };
}

describe('leakageOf', () => {
  it('leaves out copies of training rows by words, and of dev those of test rows too, and names them', async () => {
    const inputs = await read();
    const leakage = await leakageOf(inputs, embed(inputs));
    const { dev, test, synthetic, byEmbeddings, warnings } = leakage;
    expect(byEmbeddings).toBe(true);
    // Seven of eight words are enough, five are not.
    expect([...(test?.rows ?? [])]).toEqual([1, 2, 3, 4, 5, 7, 8, 9]);
    expect(test?.leaked).toEqual({
      ...{ rows: 10, exact: 1, near: 1 },
      examples: [
        { line: 1, kind: 'exact', of: { file: 'synthetic.jsonl', line: 3 } },
        { line: 7, kind: 'near', of: { file: 'real.jsonl', line: 5 } },
      ],
    });
    expect([...(dev?.rows ?? [])]).toEqual([0, 3, 4, 5, 6, 7]);
    expect(dev?.leaked.examples[1]).toEqual({ line: 3, kind: 'near', of: { file: 'test.jsonl', line: 4 } });
    expect(leftOutOf(dev)).toBe(2);
    expect(leakageJson(leakage)).toMatchObject({ test: { exact: 1, near: 1, judged: test?.judged } });
    expect(synthetic).toMatchObject({ rows: 12, exact: 1, near: 1 });
    expect(warnings).toEqual([
      'test.jsonl: 2 of 10 rows are copies of training rows (1 exact, 1 near; line 1 of synthetic.jsonl:3, line 7 of real.jsonl:5); they are left out of the numbers.',
      'dev.jsonl: 2 of 8 rows are copies of training or test rows (1 exact, 1 near; line 2 of synthetic.jsonl:1, line 3 of test.jsonl:4); they choose nothing.',
      'synthetic.jsonl: 2 of 12 rows are copies of real rows, though not to the letter (1 exact, 1 near; line 5 of real.jsonl:2, line 6 of real.jsonl:3); real rows are no evidence about their own copies.',
    ]);
    expect(copiesByWords(inputs)).toEqual([
      'dev.jsonl: 1 of 8 rows is a copy of training rows (exact; line 2 of synthetic.jsonl:1); it chooses by rows it has seen.',
      'test.jsonl: 2 of 10 rows are copies of training rows (1 exact, 1 near; line 1 of synthetic.jsonl:3, line 7 of real.jsonl:5); its metrics are too good by that much.',
    ]);
  });

  it('finds copies by their embeddings, the nearest of all training rows', async () => {
    const inputs = await read();
    const embeddings = embed(inputs);
    const copy = (role: 'dev' | 'test', row: number, of: 'synthetic' | 'real' | 'test', original: number): void => {
      embeddings[role].set(embeddings[of].subarray(original * width, (original + 1) * width), row * width);
    };
    copy('test', 9, 'real', 3);
    copy('dev', 7, 'synthetic', 11);
    copy('dev', 6, 'test', 5);
    const { dev, test } = await leakageOf(inputs, embeddings);
    expect([...(test?.rows ?? [])]).toEqual([1, 2, 3, 4, 5, 7, 8]);
    const byWords = await leakageOf(inputs, embed(inputs));
    expect(test?.judged).not.toBe(byWords.test?.judged);
    expect((await leakageOf(inputs, embed(inputs))).test?.judged).toBe(byWords.test?.judged);
    expect(test?.leaked.examples[2]).toEqual({ line: 10, kind: 'near', of: { file: 'real.jsonl', line: 4 } });
    expect(dev?.leaked.examples.slice(2)).toEqual([
      { line: 7, kind: 'near', of: { file: 'test.jsonl', line: 6 } },
      { line: 8, kind: 'near', of: { file: 'synthetic.jsonl', line: 12 } },
    ]);
  });

  it('does not believe an encoder to which all texts are alike', async () => {
    const inputs = await read();
    const embeddings = embed(inputs);
    for (const role of ['synthetic', 'real', 'dev', 'test'] as const) embeddings[role].fill(1 / Math.sqrt(width));
    const { test, byEmbeddings, warnings } = await leakageOf(inputs, embeddings);
    expect(byEmbeddings).toBe(false);
    expect(leftOutOf(test)).toBe(2);
    expect(warnings[0]).toMatch(/^The encoder puts unrelated texts as close together as copies/);
  });
});

it('tells synthetic copies of real rows without an encoder', async () => {
  const { found, warnings } = copiesOfReal(await read());
  expect(found.examples.map(({ line, of }) => [line, of.line])).toEqual([
    [5, 2],
    [6, 3],
  ]);
  expect(warnings).toHaveLength(1);
});

describe('trainJob', () => {
  const labels = ['neg', 'pos'];

  it('judges on clean test rows, keeps both numbers, and lets leaked dev rows choose nothing', async () => {
    const model = writeTinyModel(join(folder, 'encoder'));
    const generated = (rows: number, seed: number): object[] => generateRows({ rows, labels, seed });
    const unlike = (name: string, count: number): object[] => rowsOf(name, count);
    const [synthetic, test, dev] = [generated(24, 1), unlike('t', 12), unlike('d', 6)];
    const options = (name: string, testRows: object[], devRows: object[]): TrainOptions => {
      const inner = mkdtempSync(join(folder, `${name}-`));
      return {
        paths: {
          synthetic: writeRows(inner, 'synthetic.jsonl', synthetic),
          real: writeRows(inner, 'real.jsonl', unlike('r', 8)),
          dev: writeRows(inner, 'dev.jsonl', devRows),
          test: writeRows(inner, 'test.jsonl', testRows),
        },
        ...{ loss: 'ce', recipe: 'default', data: 'synthetic', model, device: 'cpu', threads: 1 },
        overrides: { epochs: 2, batchSize: 8 },
      };
    };
    const quiet = { notice: () => undefined };
    const clean = await trainJob(options('clean', test, dev), quiet);
    expect(clean.test?.rows).toBe(12);
    expect(clean.testAll).toBeUndefined();
    expect((await readRunRecord(clean.folder)).metricsAll).toBeUndefined();

    const [copies, others] = [synthetic.slice(0, 3), synthetic.slice(3, 6)];
    const leaking = await trainJob(options('leaking', [...test, ...copies], [...others, ...dev]), quiet);
    // The same model, judged on the same rows.
    expect(leaking.test).toEqual(clean.test);
    expect(leaking.dev).toEqual(clean.dev);
    expect(leaking.bestEpoch).toBe(clean.bestEpoch);
    expect(leaking.epochs.map(({ evaluation }) => evaluation)).toEqual(
      clean.epochs.map(({ evaluation }) => evaluation),
    );
    expect([leaking.testAll?.rows, leaking.devAll?.rows]).toEqual([15, 9]);
    const record = await readRunRecord(leaking.folder);
    expect(record.metrics).toMatchObject({
      rows: 12,
      dev: { rows: 6 },
      leakage: { test: { rows: 15, exact: 3, near: 0 }, dev: { rows: 9, exact: 3, near: 0 } },
    });
    expect(record.metricsAll).toMatchObject({ rows: 15, accuracy: leaking.testAll?.accuracy, dev: { rows: 9 } });
    expect(record.warnings).toContainEqual(
      expect.stringMatching(/^test\.jsonl: 3 of 15 rows are copies of training rows \(exact; line 13 of synthetic/),
    );

    const nothing = await trainJob(options('nothing', copies, others), quiet);
    expect([nothing.test, nothing.dev, nothing.bestEpoch]).toEqual([undefined, undefined, undefined]);
    expect(nothing.testAll?.rows).toBe(3);
    expect(nothing.warnings).toContainEqual(expect.stringContaining('No --dev rows that are no copies'));
  });
});
