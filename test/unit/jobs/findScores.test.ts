import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scoresOf } from '../../../src/jobs/findScores.ts';
import { readInputs } from '../../../src/jobs/readInputs.ts';
import { writeRows } from '../../support/rows.ts';
import { makeRun } from '../worker/data/support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-scores-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const row = (text: string, label: string): object => ({ text, label });
const write = (name: string, ...rows: object[]): string => writeRows(folder, name, rows);
const wanted = { diversity: true };

describe('scores of a run that is named', () => {
  /** Scores `a b c`, row i with P̂' = (0.1 (i + 1), rest). */
  async function scored(): Promise<{ synthetic: string; real: string; run: string }> {
    const real = write('real.jsonl', row('good', 'positive'), row('bad', 'negative'));
    const synthetic = write('synthetic.jsonl', row('a', 'positive'), row('b', 'negative'), row('c', 'positive'));
    const say = (_: unknown, i: number): { p: number[]; q: number[] } => {
      return { p: [0.1 * (i + 1), 1 - 0.1 * (i + 1)], q: [0.5, 0.5] };
    };
    return { synthetic, real, run: await makeRun({ path: synthetic, real, say }) };
  }
  const qualities = (logP: Float64Array): number[] =>
    [...logP].filter((_, i) => i % 2 === 0).map((value) => Math.round(100 * Math.exp(value)) / 100);

  it('are found again by the texts, where labels changed and rows moved or went', async () => {
    const { synthetic, real, run } = await scored();
    const before = await scoresOf(run, await readInputs({ synthetic, real }), wanted);
    expect(qualities(before.logP)).toEqual([0.1, 0.2, 0.3]);
    // What the panel is for: one relabelled, one removed; the order is another one.
    write('synthetic.jsonl', row('c', 'negative'), row('a', 'positive'));
    const after = await scoresOf(run, await readInputs({ synthetic, real }), wanted);
    expect(qualities(after.logP)).toEqual([0.3, 0.1]);
    expect([...(after.logQ ?? [])].map((value) => Math.exp(value).toFixed(2))).toEqual([
      '0.50',
      '0.50',
      '0.50',
      '0.50',
    ]);
    expect(after.hash).toBe(before.hash);
  });

  it('are refused where a text is new, or the real rows are others', async () => {
    const { synthetic, real, run } = await scored();
    write('synthetic.jsonl', row('a', 'positive'), row('new', 'negative'));
    await expect(readInputs({ synthetic, real }).then((inputs) => scoresOf(run, inputs, wanted))).rejects.toThrow(
      /that run scored other data, or the text in line 2 of .*synthetic\.jsonl is new; score it first/,
    );
    write('synthetic.jsonl', row('a', 'positive'));
    write('real.jsonl', row('good', 'positive'), row('poor', 'negative'));
    await expect(readInputs({ synthetic, real }).then((inputs) => scoresOf(run, inputs, wanted))).rejects.toThrow(
      /by real rows that have changed; score again/,
    );
  });

  it('are refused where the loss needs a diversity checker that the run lacks', async () => {
    const { synthetic, real, run } = await scored();
    await makeRun({
      path: synthetic,
      real,
      say: () => ({ p: [0.5, 0.5], q: [0.5, 0.5] }),
      change: (record) => ({ ...record, settings: { ...record.settings, method: 'dimp' } }),
    });
    const inputs = await readInputs({ synthetic, real });
    await expect(scoresOf(run, inputs, wanted)).rejects.toThrow(/no diversity checker/);
    expect((await scoresOf(run, inputs, { diversity: false })).logQ).toBeUndefined();
  });
});
