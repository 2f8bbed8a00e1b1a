/** diff, brief and export-cluster as the command line runs them. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCli, runCli } from '../../support/cli.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let files: { synthetic: string; real: string; model: string };
const run = (name: string): string => join(folder, name);

beforeAll(async () => {
  buildCli();
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cli-'));
  files = {
    model: writeTinyModel(join(folder, 'encoder')),
    synthetic: writeRows(folder, 'synthetic.jsonl', generateRows({ rows: 80, labels, seed: 1, noise: 0.2 })),
    real: writeRows(folder, 'real.jsonl', generateRows({ rows: 40, labels, seed: 2 })),
  };
  const { synthetic, real, model } = files;
  for (const [name, seed] of [
    ['first', '1'],
    ['second', '2'],
  ]) {
    const common = ['score', synthetic, '--real', real, '--model', model, '--effort', 'preview', '--threads', '1'];
    const result = await runCli([...common, '--device', 'cpu', '--seed', seed, '--out', run(name)]);
    expect([result.code, result.stderr.includes('defect')]).toEqual([0, false]);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('diff', () => {
  it('prints what differs and the rows that changed, and the same as JSON', async () => {
    const text = await runCli(['diff', run('first'), run('second'), '--show', '2']);
    expect([text.code, text.stderr]).toEqual([0, '']);
    for (const part of ['  Seed: 1 → 2', 'Rows in both: 80', 'Largest changes (2 of '])
      expect(text.stdout).toContain(part);
    const json = await runCli(['diff', run('first'), run('second'), '--show', '2', '--json']);
    const found = JSON.parse(json.stdout) as { top: { textHash: string; text: string }[] };
    expect(found).toMatchObject({
      ...{ before: run('first'), after: run('second'), matched: 80, onlyBefore: { rows: 0, shown: [] } },
      differences: [{ part: 'seed', before: 1, after: 2, text: 'Seed: 1 → 2' }],
    });
    expect(found.top).toHaveLength(2);
    for (const { textHash, text: shown } of found.top) {
      expect(textHash).toMatch(/^[0-9a-f]{16}$/);
      expect(shown.length).toBeGreaterThan(0);
    }
  });

  it('says in one line what it cannot compare', async () => {
    const result = await runCli(['diff', run('first'), join(folder, 'none')]);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect((await runCli(['diff', run('first')])).code).toBe(2);
  });
});

describe('brief', () => {
  it('prints Markdown, and writes only where it is told to', async () => {
    const before = readdirSync(folder);
    const args = [
      'brief',
      files.synthetic,
      '--real',
      files.real,
      '--model',
      files.model,
      '--device',
      'cpu',
      '--threads',
      '1',
    ];
    const text = await runCli([...args, '--scores', run('first')]);
    expect(text.code).toBe(0);
    for (const part of [
      '# Brief for',
      '## Label `neg`',
      '## Label `pos`',
      '## Labels that look like others',
      'embeddings of `encoder`',
    ]) {
      expect(text.stdout).toContain(part);
    }
    expect(text.stdout).not.toContain(folder);
    expect(readdirSync(folder)).toEqual(before);

    const out = join(folder, 'brief');
    const written = await runCli([...args, '--scores', run('first'), '--out', out]);
    expect(written.code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['brief.json', 'brief.md']);
    // The same rows and seed give the same brief.
    expect(readFileSync(join(out, 'brief.md'), 'utf8')).toBe(text.stdout);
    const json = JSON.parse(readFileSync(join(out, 'brief.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({
      version: 1,
      realRows: 40,
      syntheticRows: 80,
      labels: [{ label: 'neg' }, { label: 'pos' }],
    });
    expect(json).toHaveProperty('confusions');
  });

  it('does without encoder and without scores', async () => {
    const result = await runCli([
      'brief',
      files.synthetic,
      '--real',
      files.real,
      '--model',
      'none',
      '--clusters',
      '2',
      '--json',
    ]);
    expect(result.code).toBe(0);
    const json = JSON.parse(result.stdout) as { labels: { clusters: { realRows: number }[]; realRows: number }[] };
    expect(json).not.toHaveProperty('confusions');
    expect(json).not.toHaveProperty('encoder');
    for (const { clusters, realRows } of json.labels) {
      expect(clusters.length).toBeLessThanOrEqual(2);
      expect(clusters.reduce((sum, cluster) => sum + cluster.realRows, 0)).toBe(realRows);
    }
  });
});

describe('export-cluster', () => {
  it('writes the folder and says how to go on', async () => {
    const out = join(folder, 'cluster');
    const args = ['export-cluster', files.synthetic, '--scores', run('first'), '--loss', 'dimp', '--out', out];
    const result = await runCli(args);
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('torchrun')]);
    for (const name of ['train.jsonl', 'config.json', 'train.py', 'requirements.txt'])
      expect(existsSync(join(out, name))).toBe(true);
    // A second time there is something in it.
    const again = await runCli(args);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('not empty')]);
    expect((await runCli([...args.slice(0, -4), '--loss', 'focal', '--out', `${out}2`])).code).toBe(2);
  });
});
