import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from '../../../src/core/runs/diffPlans.ts';
import { diffReport } from '../../../src/cli/diffReport.ts';
import { diffRuns } from '../../../src/jobs/diffRuns.ts';
import { scoreJob, type ScoreOptions } from '../../../src/jobs/scoreJob.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let paths: { synthetic: string; real: string };
let model: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-diff-'));
  model = writeTinyModel(join(folder, 'encoder'));
  paths = {
    synthetic: writeRows(folder, 'synthetic.jsonl', generateRows({ rows: 60, labels, seed: 1, noise: 0.2 })),
    real: writeRows(folder, 'real.jsonl', generateRows({ rows: 40, labels, seed: 2 })),
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function score(name: string, changes: Partial<ScoreOptions> = {}): Promise<string> {
  const out = join(folder, 'runs', name);
  const common = { paths, effort: 'preview', method: 'imp', model, device: 'cpu', threads: 2, overrides: {} } as const;
  await scoreJob({ ...common, out, ...changes }, { notice: () => undefined });
  return out;
}

const bytesOf = (run: string): Buffer => readFileSync(join(run, 'scores.jsonl'));

describe('the same inputs, seed and number of threads on the processor', () => {
  const few = { checkerEpochs: 1, qualityFolds: 2 };
  it.each([
    ['preview, embeddings', {}],
    ['preview, TF-IDF', { model: 'none' }],
    ['standard, fine-tuned checkers', { effort: 'standard', overrides: few }],
    ['DIMP', { method: 'dimp', overrides: { ...few, epochs: 1 } }],
  ] as const)('give the same bytes of scores.jsonl: %s', async (name, changes) => {
    const [first, second] = [await score(`${name} 1`, changes), await score(`${name} 2`, changes)];
    expect(bytesOf(first).length).toBeGreaterThan(5000);
    expect(bytesOf(second).equals(bytesOf(first))).toBe(true);
    const diff = await diffRuns({ before: first, after: second, show: 5 });
    expect(diff).toMatchObject({ differences: [], scores: { matched: 60, changed: 0 }, top: [], notices: [] });
    // The comparison can fail: another seed gives other scores.
    const other = await score(`${name} 3`, {
      ...changes,
      overrides: { ...('overrides' in changes ? changes.overrides : {}), seed: 7 },
    });
    expect(bytesOf(other).equals(bytesOf(first))).toBe(false);
    const changed = await diffRuns({ before: first, after: other, show: 5 });
    expect(changed.differences.map(describeDifference)).toEqual(['Seed: 42 → 7']);
    expect(changed.scores.changed).toBeGreaterThan(0);
  });
});

describe('diffRuns', () => {
  it('says what went in and differs, and names the rows with their texts', async () => {
    const before = await score('before');
    // The first row's label changes, the last goes, one comes.
    const rows = generateRows({ rows: 60, labels, seed: 1, noise: 0.2 });
    const flipped = { ...rows[0], label: rows[0].label === 'neg' ? 'pos' : 'neg' };
    const synthetic = writeRows(folder, 'changed.jsonl', [
      flipped,
      ...rows.slice(1, 59),
      { text: 'a new row', label: 'neg' },
    ]);
    const after = await score('after', { paths: { ...paths, synthetic }, overrides: { gamma: 0.5 } });

    const diff = await diffRuns({ before, after, show: 60 });
    expect(diff.differences.map(({ part, name }) => [part, name])).toEqual([
      ['input', 'synthetic'],
      ['setting', 'weights.gamma'],
    ]);
    expect(diff.scores.matched).toBe(59);
    expect(diff.onlyBefore).toMatchObject({ rows: 1, shown: [{ line: 60, text: rows[59].text }] });
    expect(diff.onlyAfter).toMatchObject({ rows: 1, shown: [{ line: 60, text: 'a new row' }] });
    expect(diff.scores.causes.label).toBe(1);
    const first = diff.top.find(({ cause }) => cause === 'label');
    expect(first).toMatchObject({
      text: rows[0].text,
      before: { line: 1, label: rows[0].label },
      after: { label: flipped.label },
    });
    for (const { before: a, after: b, change } of diff.top) expect(change).toBeCloseTo(b.logWeight - a.logWeight, 6);

    const report = diffReport(diff, { before, after }, 100);
    for (const part of ['Exponent γ of the weights: 1 → 0.5', 'Rows in both: 59', 'Only in A: 1 row', 'a new row']) {
      expect(report).toContain(part);
    }
    for (const line of report.split('\n').slice(2)) expect(line).not.toContain('undefined');
  });

  it('shows the numbers without texts where the file is gone', async () => {
    const synthetic = writeRows(folder, 'gone.jsonl', generateRows({ rows: 60, labels, seed: 1, noise: 0.2 }));
    const [before, after] = [
      await score('gone 1', { paths: { ...paths, synthetic } }),
      await score('gone 2', { paths: { ...paths, synthetic }, overrides: { seed: 3 } }),
    ];
    rmSync(synthetic);
    const diff = await diffRuns({ before, after, show: 3 });
    expect(diff.top).toHaveLength(3);
    expect(diff.top.every((row) => row.text === undefined)).toBe(true);
    expect(diff.notices).toEqual([expect.stringContaining('No texts are shown')]);
  });

  it('tells where weights differ though nothing that went in does', async () => {
    const [before, after] = [await score('edited 1'), await score('edited 2')];
    const [line, ...rest] = bytesOf(after).toString().split('\n');
    const edited = { ...(JSON.parse(line) as object), logWeight: 0.5 };
    writeFileSync(join(after, 'scores.jsonl'), [JSON.stringify(edited), ...rest].join('\n'));
    const diff = await diffRuns({ before, after, show: 3 });
    expect(diffReport(diff, { before, after }, 100)).toContain('Nothing that went in differs, yet weights do');
  });

  it('refuses what is no finished score run, in one line', async () => {
    const before = await score('refused');
    const record = JSON.parse(readFileSync(join(before, 'run.json'), 'utf8')) as object;
    for (const [changes, message] of [
      [{ kind: 'train' }, 'this is a train run'],
      [{ status: 'cancelled' }, 'not finished (cancelled)'],
    ] as const) {
      writeFileSync(join(before, 'run.json'), JSON.stringify({ ...record, ...changes }));
      await expect(diffRuns({ before, after: before, show: 1 })).rejects.toThrow(message);
    }
    await expect(diffRuns({ before: join(folder, 'nothing'), after: before, show: 1 })).rejects.toThrow('nothing');
  });
});
