import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readComparison, writeComparison, type KeptComparison } from '../../../src/store/comparison.ts';
import { comparisonOf } from '../comparison/support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-comparison-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const kept: KeptComparison = {
  advice: 'IMP beats CE.',
  facts: {
    ...{ dataset: 's.jsonl', syntheticRows: 100, realRows: 20, encoder: 'e', recipe: 'default', warnings: ['w'] },
    unfinished: { done: 2, total: 9 },
  },
  comparison: comparisonOf([
    { method: 'ce' },
    { method: 'imp-2', gain: 0.02, sd: 0.01, p: 0.004 },
    { method: 'focal', failures: [{ seed: 1, reason: 'no' }] },
  ]),
  passes: { ce: { forward: 60, backward: 300 } },
};

describe('compare.json', () => {
  it('is read as it was written, the unfinished part told', async () => {
    const file = join(folder, 'whole.json');
    await writeComparison(file, kept);
    // What is undefined is not in the file.
    expect(await readComparison(file)).toEqual(JSON.parse(JSON.stringify(kept)));
    expect((JSON.parse(readFileSync(file, 'utf8')) as { version: number }).version).toBe(1);
  });

  it('is read as earlier versions wrote it: without passes', async () => {
    const file = join(folder, 'old.json');
    const { advice, facts, comparison } = kept;
    await writeComparison(file, { advice, facts: { ...facts, unfinished: undefined }, comparison });
    const found = await readComparison(file);
    expect([found?.passes, found?.facts.unfinished]).toEqual([undefined, undefined]);
  });

  it('is read with numbers on the dev rows and without', async () => {
    const file = join(folder, 'dev.json');
    const [ce, imp, focal] = kept.comparison.methods;
    const methods = [{ ...ce, dev: { mean: 0.8, sd: 0.01 } }, { ...imp, dev: { mean: 0.82 } }, focal];
    await writeComparison(file, { ...kept, comparison: { ...kept.comparison, methods } });
    const found = await readComparison(file);
    expect(found?.comparison.methods.map(({ dev }) => dev)).toEqual([
      { mean: 0.8, sd: 0.01 },
      { mean: 0.82 },
      undefined,
    ]);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"dev": \{\s*"mean": 0.82/, '"dev": { "mean": "0.82"'));
    await expect(readComparison(file)).rejects.toThrow('is damaged');
  });

  it('is not there before the first training is done', async () => {
    expect(await readComparison(join(folder, 'none.json'))).toBeUndefined();
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['no object', () => '[]'],
    ['without advice', (text: string) => text.replace('"advice"', '"other"')],
    ['a mean that is no number', (text: string) => text.replace(/"mean": [\d.]+/, '"mean": null')],
    ['a seed that is no number', (text: string) => text.replace(/"seeds": \[\s*1/, '"seeds": ["x"')],
    ['methods that are no list', (text: string) => text.replace('"methods": [', '"methods": {}, "x": [')],
  ])('says what to do where it is damaged: %s', async (name, damage) => {
    const file = join(folder, `${name}.json`);
    await writeComparison(file, kept);
    const [before, after] = [readFileSync(file, 'utf8'), damage(readFileSync(file, 'utf8'))];
    expect(after).not.toBe(before);
    writeFileSync(file, after);
    await expect(readComparison(file)).rejects.toThrow(
      `${file} is damaged: delete it and run the comparison again, which repeats no training.`,
    );
  });

  it('says so where a newer version wrote it', async () => {
    const file = join(folder, 'newer.json');
    await writeComparison(file, kept);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 9'));
    await expect(readComparison(file)).rejects.toThrow(/version 9, but this Counterweight reads version 1/);
  });
});
