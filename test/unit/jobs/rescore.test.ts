import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rescoreJob } from '../../../src/jobs/rescoreJob.ts';
import { scoreJob } from '../../../src/jobs/scoreJob.ts';
import { loadArray } from '../../../src/jobs/checkerModel.ts';
import { runStages } from '../../../src/jobs/runStages.ts';
import type { Workspace } from '../../../src/jobs/workspace.ts';
import { runFiles } from '../../../src/store/layout.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { readScores } from '../../../src/store/scores.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let model: string;
let real: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-rescore-'));
  model = writeTinyModel(join(folder, 'encoder'));
  real = writeRows(folder, 'real.jsonl', generateRows({ rows: 40, labels, seed: 2 }));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const context = { notice: () => undefined };

describe('rescoreJob', () => {
  it.each([
    ['preview', undefined, 'imp'],
    ['preview', 'none', 'imp'],
    ['standard', undefined, 'imp'],
    ['preview', undefined, 'dimp'],
  ] as const)('scores new rows as the run did: %s, model %s, %s', async (effort, named, method) => {
    const rows = generateRows({ rows: 60, labels, seed: 1, noise: 0.2 });
    const name = `synthetic-${effort}-${named ?? 'tiny'}-${method}.jsonl`;
    const synthetic = writeRows(folder, name, rows);
    const out = join(folder, `run-${name}`);
    const paths = { synthetic, real };
    const overrides = { checkerEpochs: 2, epochs: 1, folds: 1 };
    const options = { paths, effort, method, model: named ?? model, overrides, threads: 1 };
    await scoreJob({ ...options, out }, context);
    const before = await readScores(runFiles(out).scores, labels);
    const { sureness } = await readRunRecord(out);
    expect(sureness?.quality).toMatchObject({ outOfFold: true, after: { rows: 40 } });
    expect(sureness?.quality?.before.bins.reduce((rows, bin) => rows + bin.rows, 0)).toBe(40);
    if (method === 'dimp') expect(sureness?.diversity).toBeUndefined();
    else expect(sureness?.diversity).toMatchObject({ outOfFold: effort === 'preview', after: { rows: 60 } });
    expect(sureness?.interval).toMatchObject({ models: 5, level: 0.95 });
    expect(sureness?.learningCurve?.kind).toBe(named === 'none' ? 'tf-idf' : 'probe');
    expect(sureness?.learningCurve?.points.map(({ rows: of }) => of)).toEqual([8, 16, 24, 32]);
    expect(before.logPSpread.some((spread) => spread > 0)).toBe(true);

    // The second row goes, a copy of the fifth comes first, the fourth is relabelled: lines move, occurrences change.
    const copied = rows[4];
    const relabelled = { ...rows[3], label: rows[3].label === 'neg' ? 'pos' : 'neg' };
    writeRows(folder, name, [
      { text: copied.text, label: copied.label },
      rows[0],
      rows[2],
      relabelled,
      ...rows.slice(4),
    ]);
    const result = await rescoreJob(
      { paths, run: out, model: named === 'none' ? undefined : model, threads: 1 },
      context,
    );
    expect(result).toMatchObject({ rows: 60, scored: 60, rescored: 1 });
    const after = await readScores(runFiles(out).scores, labels, 60);

    // Where each line came from: the copy took the place of the first occurrence, the old fifth row became the second one.
    const from = [4, 0, 2, 3, undefined, ...Array.from({ length: 55 }, (_, i) => i + 5)];
    from.forEach((old, i) => {
      if (old === undefined) return;
      expect([after.logP[2 * i], after.logP[2 * i + 1]]).toEqual([before.logP[2 * old], before.logP[2 * old + 1]]);
      expect([after.logQ[2 * i], after.logQ[2 * i + 1]]).toEqual([before.logQ[2 * old], before.logQ[2 * old + 1]]);
      for (const c of [0, 1]) expect(after.logPSpread[2 * i + c]).toBe(before.logPSpread[2 * old + c]);
      expect(after.weight[i]).toBe(before.weight[old]);
      expect(after.labelId[i]).toBe(before.labelId[old]);
    });
    // The new row has the text of a row that is known: the same models give it the same numbers. With folds of the
    // preview's diversity checker the known row was judged by one model alone, so only P̂' can be compared there.
    const [fresh, known] = [4, 4];
    for (const c of [0, 1]) {
      expect(after.logP[2 * fresh + c]).toBeCloseTo(before.logP[2 * known + c], 4);
      expect(after.logPSpread[2 * fresh + c]).toBeCloseTo(before.logPSpread[2 * known + c], 4);
      if (effort === 'standard' || method === 'dimp') {
        expect(after.logQ[2 * fresh + c]).toBeCloseTo(before.logQ[2 * known + c], 4);
      }
    }
    const record = await readRunRecord(out);
    expect(record.metrics['rescored']).toMatchObject([{ rows: 60, rescored: 1 }]);
    if (named === 'none') return;
    expect(after.nearDuplicates[fresh]).toBeGreaterThanOrEqual(1);
    expect(after.nearestRealLine[5 * fresh]).toBe(before.nearestRealLine[5 * known]);
    const stages = { stages: runStages(out, context.notice) } as unknown as Workspace;
    const embeddings = await loadArray(stages, 'embeddings/synthetic');
    expect(embeddings).toHaveLength(60 * 16);
    embeddings!.subarray(0, 16).forEach((value, k) => expect(value).toBeCloseTo(embeddings![4 * 16 + k], 5));
  });

  it('gives new rows of a run of an earlier version their spread, and old rows none', async () => {
    const rows = generateRows({ rows: 30, labels, seed: 8 });
    const synthetic = writeRows(folder, 'earlier.jsonl', rows);
    const out = join(folder, 'run-earlier');
    const paths = { synthetic, real };
    await scoreJob({ paths, effort: 'preview', method: 'imp', model: 'none', overrides: {}, out }, context);
    const { scores } = runFiles(out);
    writeFileSync(scores, readFileSync(scores, 'utf8').replace(/"log[PQ]Spread":\[[^\]]*\],/g, ''));
    const record = join(out, 'run.json');
    const { sureness, ...earlier } = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
    expect(sureness).toBeDefined();
    writeFileSync(record, JSON.stringify(earlier));
    expect((await readScores(scores, labels)).logPSpread).toHaveLength(0);

    writeRows(folder, 'earlier.jsonl', [...rows, { text: 'something new altogether', label: 'pos' }]);
    await rescoreJob({ paths, run: out }, context);
    const { logPSpread, logQSpread } = await readScores(scores, labels, 31);
    expect(logPSpread.subarray(0, 60).every(Number.isNaN)).toBe(true);
    expect(logPSpread.subarray(60).every((spread) => spread > 0)).toBe(true);
    // All fold models of the preview's diversity checker were asked about it.
    expect(logQSpread.subarray(60).every((spread) => spread > 0)).toBe(true);
  });

  it('refuses checkers that no longer fit', async () => {
    const synthetic = writeRows(folder, 'refused.jsonl', generateRows({ rows: 30, labels, seed: 5 }));
    const own = writeRows(folder, 'own-real.jsonl', generateRows({ rows: 20, labels, seed: 6 }));
    const out = join(folder, 'run-refused');
    const paths = { synthetic, real: own };
    await scoreJob({ paths, effort: 'preview', method: 'imp', model: 'none', overrides: {}, out }, context);
    const scores = readFileSync(runFiles(out).scores);
    writeFileSync(own, readFileSync(own, 'utf8').split('\n').slice(1).join('\n'));
    await expect(rescoreJob({ paths, run: out }, context)).rejects.toThrow(/has changed since the run/);
    expect(readFileSync(runFiles(out).scores)).toEqual(scores);
  });
});
