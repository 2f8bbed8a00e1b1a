import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { mostNearDuplicatesCounted } from '../../../src/core/duplicates/limits.ts';
import { overlap, wordSets } from '../../../src/core/duplicates/wordSets.ts';
import {
  nearDuplicateCosine,
  nearDuplicateOverlap,
  nearDuplicates,
  nearDuplicatesOfFresh,
  type ComparedRows,
  type NearDuplicates,
} from '../../../src/jobs/nearDuplicates.ts';

const width = 7;

/** Texts of few words, and embeddings of length 1, some of them alike. */
function randomRows(n: number, seed: number, words = 6): Required<ComparedRows> {
  const random = new Random(seed, 'near-duplicates');
  const values = Float32Array.from({ length: n * width }, () => random.normal());
  const texts: string[] = [];
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    if (i % 3 === 1) row.set(values.subarray((i - 1) * width, i * width).map((x) => x + 0.1 * random.normal()));
    const norm = Math.hypot(...row);
    row.forEach((x, k) => (row[k] = x / norm));
    texts.push(Array.from({ length: 5 }, () => `w${String(Math.floor(random.uniform() * words))}`).join(' '));
  }
  return {
    texts,
    labelIds: Int32Array.from(texts, () => Math.floor(random.uniform() * 2)),
    embeddings: { values, width },
  };
}

function near({ texts, labelIds, embeddings }: ComparedRows, i: number, j: number): boolean {
  if (i === j || labelIds[i] !== labelIds[j]) return false;
  const { sets, setOf } = wordSets(texts);
  if (overlap(sets[setOf[i]], sets[setOf[j]]) >= nearDuplicateOverlap) return true;
  if (embeddings === undefined) return false;
  let cosine = 0;
  for (let k = 0; k < width; k++) cosine += embeddings.values[i * width + k] * embeddings.values[j * width + k];
  return cosine >= nearDuplicateCosine;
}

/** Every pair compared by hand. */
function byHand(rows: ComparedRows): number[] {
  return rows.texts.map((_, i) => rows.texts.filter((_, j) => near(rows, i, j)).length);
}

describe('nearDuplicates', () => {
  it('links rows of the same words, of most words, and of the same meaning, but never of different labels', async () => {
    const texts = [
      'Call me now, John',
      'a different line',
      'call me — NOW john!',
      'call me now',
      'call me now',
      'other',
    ];
    const { counts, clusterOf } = await nearDuplicates({ texts, labelIds: [0, 0, 0, 0, 1, 0] });
    expect([...counts]).toEqual([2, 0, 2, 2, 0, 0]);
    expect([...clusterOf]).toEqual([0, -1, 0, 0, -1, -1]);
  });

  it.each([1, 2])('agrees with comparing every pair by hand (%i)', async (seed) => {
    const rows = randomRows(90, seed, 9);
    const { counts } = await nearDuplicates(rows);
    expect([...counts]).toEqual(byHand(rows));
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(20);
    const words = { texts: rows.texts, labelIds: rows.labelIds };
    expect([...(await nearDuplicates(words)).counts]).toEqual(byHand(words));
  });

  it('puts linked rows into one group, and only those', async () => {
    const rows = randomRows(60, 3, 8);
    const { clusterOf } = await nearDuplicates(rows);
    // The groups by hand: spread the first row's number until nothing changes.
    const group = Array.from(rows.texts.keys());
    for (let changed = true; changed;) {
      changed = false;
      for (const i of group.keys())
        for (const j of group.keys())
          if (near(rows, i, j) && group[j] > group[i]) [group[j], changed] = [group[i], true];
    }
    for (const i of group.keys())
      for (const j of group.keys()) {
        if (i === j || clusterOf[i] === -1 || clusterOf[j] === -1) continue;
        expect(clusterOf[i] === clusterOf[j]).toBe(group[i] === group[j]);
      }
  });

  it('finds the near-copies of the example by their words, and nothing else', async () => {
    const read = <T>(name: string): T => JSON.parse(readFileSync(`examples/spam/${name}`, 'utf8')) as T;
    const rows = readFileSync('examples/spam/synthetic.jsonl', 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; label: string });
    const planted = read<{ fault: string; line: number; of: number }[]>('faults.json').filter(
      ({ fault }) => fault === 'near-copy',
    );
    const { clusterOf } = await nearDuplicates({
      texts: rows.map(({ text }) => text),
      labelIds: rows.map(({ label }) => (label === 'spam' ? 1 : 0)),
    });
    const found = planted.filter(
      ({ line, of }) => clusterOf[line - 1] >= 0 && clusterOf[line - 1] === clusterOf[of - 1],
    );
    expect([found.length, planted.length]).toEqual([37, 38]);
    const copies = new Set(planted.flatMap(({ line, of }) => [line - 1, of - 1]));
    expect([...clusterOf.keys()].filter((row) => clusterOf[row] >= 0 && !copies.has(row))).toEqual([]);
  });

  it('copes with many copies of one text', async () => {
    const { counts } = await nearDuplicates({
      texts: new Array<string>(50_000).fill('the same'),
      labelIds: new Int32Array(50_000),
    });
    expect(counts.every((count) => count === mostNearDuplicatesCounted)).toBe(true);
  });

  it('stops when told to', async () => {
    const rows = randomRows(200, 4, 1000);
    await expect(nearDuplicates(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe('nearDuplicatesOfFresh', () => {
  it('gives new rows, and the others because of them, what scoring everything anew would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.uniqueArray(fc.nat(29), { maxLength: 6 }),
        async (seed, fresh) => {
          const rows = randomRows(30, seed);
          const isFresh = new Set(fresh);
          const kept = Array.from(rows.texts.keys()).filter((i) => !isFresh.has(i));
          const before = await nearDuplicates({
            texts: kept.map((i) => rows.texts[i]),
            labelIds: kept.map((i) => rows.labelIds[i]),
            embeddings: {
              width,
              values: Float32Array.from(
                kept.flatMap((i) => [...rows.embeddings.values.subarray(i * width, (i + 1) * width)]),
              ),
            },
          });
          const known: NearDuplicates = { counts: new Int32Array(30), clusterOf: new Int32Array(30).fill(-1) };
          kept.forEach((i, at) => {
            known.counts[i] = before.counts[at];
            known.clusterOf[i] = before.clusterOf[at];
          });
          const after = nearDuplicatesOfFresh(rows, fresh, known);
          expect([...after.counts]).toEqual([...(await nearDuplicates(rows)).counts]);
          after.counts.forEach((count, i) => {
            expect(after.clusterOf[i] >= 0).toBe(count > 0);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});
