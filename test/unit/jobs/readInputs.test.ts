import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textHash } from '../../../src/core/dataset/identity.ts';
import { describeInputs, readInputs } from '../../../src/jobs/readInputs.ts';
import { appendDecisions, type Decision } from '../../../src/store/decisions.ts';
import { decisionsFile, openDatasetFolder } from '../../../src/store/layout.ts';
import { writeRows } from '../../support/rows.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-inputs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const row = (text: string, label: string): object => ({ text, label });
const write = (name: string, ...rows: object[]): string => writeRows(folder, name, rows);
const realRows = [row('good', 'pos'), row('fine', 'pos'), row('bad', 'neg'), row('poor', 'neg')];
const decide = async (file: string, ...decisions: Omit<Decision, 'time' | 'occurrence'>[]): Promise<void> => {
  const { folder: own } = await openDatasetFolder(file);
  const time = '2026-01-31T14:22:33Z';
  await appendDecisions(
    decisionsFile(own),
    decisions.map((decision) => ({ ...decision, occurrence: 0, time })),
  );
};

describe('readInputs', () => {
  it('takes the label map from the real rows and gives every set ids by it', async () => {
    const inputs = await readInputs({
      real: write('real.jsonl', ...realRows),
      synthetic: write('synthetic.jsonl', row('great', 'pos'), row('awful', 'neg'), row('odd', 'other')),
      test: write('test.jsonl', row('x', 'neg'), row('y', 'pos')),
    });
    expect(inputs.labels).toEqual(['neg', 'pos']);
    expect([...inputs.real.labelIds]).toEqual([1, 1, 0, 0]);
    expect([...inputs.synthetic.labelIds]).toEqual([1, 0]);
    expect([...(inputs.test?.labelIds ?? [])]).toEqual([0, 1]);
    expect(inputs.synthetic.rowErrors).toHaveLength(1);
    expect(inputs.synthetic.rowErrors[0]).toMatch(/synthetic\.jsonl:3:\d+: label 'other' is unknown/);
    expect(inputs.synthetic.leftOut).toMatchObject([{ line: 3 }]);
    expect(describeInputs(inputs).map(({ role, rows, errors }) => [role, rows, errors])).toEqual([
      ['synthetic', 2, 1],
      ['real', 4, 0],
      ['test', 2, 0],
    ]);
    expect(inputs.warnings).toEqual([
      "1 synthetic row has the label 'other', which no real row has: it is left out. Add real rows with this label, or map it to a known one.",
    ]);
    expect(inputs.decisionsHash).toBeUndefined();
  });

  it('tells of another spelling of a label once, with what to do about it, however many rows have it', async () => {
    const synthetic = write(
      'synthetic.jsonl',
      ...[row('great', 'pos'), row('odd', 'Pos'), row('odder', 'mixed'), row('fair', 'pos ')],
      ...[row('oddest', 'Pos'), row('worse', 'neg'), row('worst', 'Pos'), row('mild', 'mixed')],
    );
    const inputs = await readInputs({ real: write('real.jsonl', ...realRows), synthetic });
    expect(inputs.synthetic.rowErrors.map((line) => line.replace(synthetic, ''))).toEqual([
      ":2:23: label 'Pos' is unknown to the real data; did you mean 'pos'? Fix it or pass --label-map Pos=pos (and 2 more rows)",
      ":3:25: label 'mixed' is unknown to the real data; its labels are 'neg', 'pos'. Fix it or pass --label-map (and 1 more row)",
      `:4:24: label 'pos ' is unknown to the real data; did you mean 'pos'? Fix it or pass --label-map "pos =pos"`,
    ]);
    // The warning is about what no real row has, in no spelling.
    expect(inputs.warnings).toEqual([
      "2 synthetic rows have the label 'mixed', which no real row has: they are left out. Add real rows with this label, or map it to a known one.",
    ]);
    expect(inputs.synthetic.leftOut.map(({ line }) => line)).toEqual([2, 3, 4, 5, 7, 8]);
    expect(describeInputs(inputs)[0]).toMatchObject({ rows: 2, errors: 6 });
    const labelMap = { Pos: 'pos', 'pos ': 'pos', mixed: 'neg' };
    expect((await readInputs({ real: write('real.jsonl', ...realRows), synthetic }, { labelMap })).warnings).toEqual(
      [],
    );
  });

  it('honours decisions without touching the file', async () => {
    const synthetic = write(
      'synthetic.jsonl',
      row('great', 'neg'),
      row('awful', 'neg'),
      row('meh', 'pos'),
      row('so', 'pos'),
    );
    const before = readFileSync(synthetic);
    await decide(
      synthetic,
      { textHash: textHash('great'), action: 'relabel', label: 'pos' },
      { textHash: textHash('meh'), action: 'remove' },
      { textHash: textHash('so'), action: 'relabel', label: 'unheard of' },
    );
    const paths = { real: write('real.jsonl', ...realRows), synthetic };
    const inputs = await readInputs(paths);
    expect(inputs.synthetic.rows.map(({ text, label }) => [text, label])).toEqual([
      ['great', 'pos'],
      ['awful', 'neg'],
      ['so', 'pos'],
    ]);
    expect([...inputs.synthetic.labelIds]).toEqual([1, 0, 1]);
    expect(inputs.synthetic.leftOut).toEqual([
      expect.objectContaining({
        line: 3,
        textHash: textHash('meh'),
        label: 'pos',
        reason: expect.stringContaining('removed'),
      }),
    ]);
    expect(inputs.warnings).toEqual([expect.stringMatching(/synthetic\.jsonl:4: .*"unheard of"/)]);
    expect(readFileSync(synthetic).equals(before)).toBe(true);
    // Another decision is another job.
    await decide(synthetic, { textHash: textHash('awful'), action: 'relabel', label: 'pos' });
    expect((await readInputs(paths)).decisionsHash).not.toBe(inputs.decisionsHash);
    await decide(synthetic, { textHash: textHash('awful'), action: 'clear' });
    expect((await readInputs(paths)).decisionsHash).toBe(inputs.decisionsHash);
  });

  it('drops dev rows that are in test, and reports copies', async () => {
    const inputs = await readInputs({
      real: write('real.jsonl', ...realRows),
      synthetic: write(
        'synthetic.jsonl',
        row('great', 'pos'),
        row('great', 'pos'),
        row('good', 'pos'),
        row('awful', 'neg'),
      ),
      dev: write('dev.jsonl', row('u', 'pos'), row('shared', 'neg'), row('great', 'pos')),
      test: write('test.jsonl', row('shared', 'neg'), row('bad', 'neg'), row('v', 'pos')),
    });
    expect(inputs.dev?.rows.map(({ text }) => text)).toEqual(['u', 'great']);
    expect([...(inputs.dev?.labelIds ?? [])]).toEqual([1, 1]);
    expect(inputs.dev?.leftOut).toMatchObject([{ line: 2, reason: expect.stringContaining('test.jsonl') }]);
    const about = (start: string, part: string): void => {
      expect(inputs.warnings.filter((w) => w.includes(`${start}.jsonl: `) && w.includes(part))).toHaveLength(1);
    };
    about('dev', '1 row is left out');
    about('synthetic', '1 row repeats');
    about('synthetic', 'in ' + join(folder, 'real.jsonl'));
    // Copies of training rows among the others: see leakage.test.ts.
    expect(inputs.warnings).toHaveLength(3);
  });

  it('refuses a dev set of which nothing is left, and rows that are all removed', async () => {
    const paths = {
      real: write('real.jsonl', ...realRows),
      synthetic: write('synthetic.jsonl', row('great', 'pos')),
      dev: write('dev.jsonl', row('shared', 'neg')),
      test: write('test.jsonl', row('shared', 'neg')),
    };
    await expect(readInputs(paths)).rejects.toThrow(/dev\.jsonl: every row is in .*test\.jsonl too/);
    await decide(paths.synthetic, { textHash: textHash('great'), action: 'remove' });
    await expect(readInputs({ real: paths.real, synthetic: paths.synthetic })).rejects.toThrow(
      /removed by your decisions/,
    );
  });

  it('takes fields and label names as told', async () => {
    const real = write('real.jsonl', { a: 'good', b: 'x', y: 1 }, { a: 'bad', b: 'x', y: 0 });
    const synthetic = write('synthetic.jsonl', { a: 'great', b: 'x', y: 'yes' });
    const options = { textField: 'b', labelField: 'y', labelMap: { yes: '1' } };
    const inputs = await readInputs({ real, synthetic }, options);
    expect(inputs.synthetic.rows[0]).toMatchObject({ text: 'x', label: '1' });
    expect(inputs.labels).toEqual(['0', '1']);
  });

  it('warns of decisions it cannot read', async () => {
    const synthetic = write('synthetic.jsonl', row('great', 'pos'));
    await decide(synthetic, { textHash: textHash('great'), action: 'keep' });
    const { folder: own } = await openDatasetFolder(synthetic);
    appendFileSync(decisionsFile(own), 'not JSON\n');
    const inputs = await readInputs({ real: write('real.jsonl', ...realRows), synthetic });
    expect(inputs.warnings).toEqual([expect.stringMatching(/decisions\.jsonl:2: not JSON/)]);
  });

  it('says in one line which file is missing', async () => {
    writeFileSync(join(folder, 's.jsonl'), '{"text": "a", "label": "b"}\n');
    await expect(readInputs({ real: join(folder, 'none.jsonl'), synthetic: join(folder, 's.jsonl') })).rejects.toThrow(
      /^Cannot read .*none\.jsonl: no such file or folder; check the path\.$/,
    );
  });
});
