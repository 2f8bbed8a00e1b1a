import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { realRows, service, subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();

const rowsOf = (count: number, prefix: string, labels = ['negative', 'positive']): object[] =>
  Array.from({ length: count }, (_, i) => ({ text: `${prefix} ${i}`, label: labels[i % labels.length] }));

test('the real file is guessed by fields, labels, name and size', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 'synthetic.jsonl', rowsOf(300, 'generated'));
  write(folder, 'gold.jsonl', rowsOf(50, 'real'));
  write(folder, 'other.jsonl', rowsOf(50, 'other'));
  write(folder, 'test.jsonl', rowsOf(50, 'test'));
  write(folder, 'copy-train.jsonl', rowsOf(300, 'generated'));
  write(folder, 'sentiment.ndjson', [...rowsOf(50, 'more', ['positive', 'neutral'])]);
  write(folder, 'topics.jsonl', rowsOf(50, 'topic', ['sport', 'politics']));
  write(folder, 'pairs.jsonl', [{ premise: 'a', hypothesis: 'b', label: 'positive' }]);
  write(folder, 'single.jsonl', rowsOf(50, 'one label', ['positive']));
  write(folder, 'notes.txt', 'nothing');
  write(folder, 'broken.jsonl', 'no JSON here');
  mkdirSync(join(folder, 'folder.jsonl'));
  const found = await service().guessReal({ path });
  expect(found.map(({ path: file }) => basename(file))).toEqual([
    'gold.jsonl',
    'other.jsonl',
    'test.jsonl',
    'sentiment.ndjson',
    'copy-train.jsonl',
  ]);
  expect(found[0]).toEqual({
    path: join(folder, 'gold.jsonl'),
    reason: "same fields, same labels ('negative', 'positive'), its name says gold, smaller",
    labels: ['negative', 'positive'],
    rows: 50,
    more: false,
  });
  expect(found[3].reason).toContain("shares 'positive' of the labels");
  expect(found[4].reason).toContain('most of its texts are in this file too');
});

test('candidates may be given, and only their beginnings are read', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 'a.jsonl', rowsOf(10, 'x'));
  const big = write(folder, 'b.jsonl', rowsOf(40_000, 'some text that takes a little room'));
  const [candidate, ...rest] = await service().guessReal({
    path,
    candidates: [path, big, join(folder, 'absent.jsonl')],
  });
  expect(rest).toEqual([]);
  expect([candidate.path, candidate.more]).toEqual([big, true]);
  expect(candidate.rows).toBeGreaterThan(10_000);
  expect(candidate.rows).toBeLessThan(20_000);
  await expect(service().guessReal({ path: join(folder, 'absent.jsonl') })).rejects.toThrow('no such file');
});

test('rows to label: spread over the file, each label there, each text once, always the same', async () => {
  const folder = subfolder(scratch);
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    text: i % 10 === 9 ? 'repeated' : `text ${i}`,
    label: i < 900 ? 'common' : i < 980 ? 'rare' : 'rarest',
  }));
  const path = write(folder, 's.jsonl', rows);
  const data = service();
  const sample = await data.sample({ path, count: 60 });
  expect(await data.sample({ path, count: 60 })).toEqual(sample);
  await data.open({ path });
  expect(await data.sample({ path, count: 60 })).toEqual(sample);
  expect(new Set(sample.map(({ text }) => text)).size).toBe(60);
  for (const { line, text } of sample) expect(rows[line - 1].text).toBe(text);
  const counts = new Map<string, number>();
  for (const { line } of sample) {
    const { label } = rows[line - 1];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ common: 40, rare: 10, rarest: 10 });
  // Spread, and not in the file's order.
  const common = sample.map(({ line }) => line).filter((line) => line <= 900);
  const sorted = [...common].sort((a, b) => a - b);
  expect(common).not.toEqual(sorted);
  expect(Math.max(...sorted.map((line, i) => line - (sorted[i - 1] ?? 0)))).toBeLessThan(60);
  expect(await data.sample({ path, count: 5000 })).toHaveLength(901);
});

test('rows without labels can be labelled, also in another field', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', [
    { text: 'one', body: 'uno' },
    { text: 'two', body: 'due', label: null },
  ]);
  const data = service();
  const texts = async (textField?: string): Promise<string[]> =>
    (await data.sample({ path, count: 10, textField })).map(({ text }) => text).sort();
  await expect(data.open({ path })).rejects.toThrow('no label field found');
  expect(await texts()).toEqual(['one', 'two']);
  expect(await texts('body')).toEqual(['due', 'uno']);
  const pairs = write(folder, 'p.jsonl', [{ premise: 'a', hypothesis: 'b' }]);
  expect(await data.sample({ path: pairs, count: 1 })).toEqual([{ line: 1, text: 'a', textPair: 'b' }]);
  await expect(data.sample({ path: join(folder, 'absent'), count: 1 })).rejects.toThrow('no such file');
});

test('texts that another file holds are not drawn again', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', [{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
  const labelled = write(folder, 'real.jsonl', [
    { sentence: 'two', label: 'x' },
    { sentence: 'other', label: 'y' },
  ]);
  const drawn = await service().sample({ path, count: 10, without: labelled });
  expect(drawn.map(({ text }) => text).sort()).toEqual(['one', 'three']);
  await expect(service().sample({ path, count: 10, without: join(folder, 'absent') })).rejects.toThrow('no such file');
});

test('a real file that changes is read again with the dataset', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(folder, 's.jsonl', [
    { text: 'x', label: 'positive' },
    { text: 'y', label: 'neutral' },
  ]);
  const data = service();
  expect((await data.open({ path, realPath: real })).brokenRows).toBe(1);
  writeFileSync(
    real,
    [...realRows, { text: 'so so', label: 'neutral' }].map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  const facts = await data.reload({ path });
  expect([facts.brokenRows, facts.realRows, facts.labels.length]).toEqual([0, 121, 3]);
});
