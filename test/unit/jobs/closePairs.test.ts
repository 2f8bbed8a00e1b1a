import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { ClosePairs } from '../../../src/jobs/closePairs.ts';
import {
  mostNearDuplicatesCounted,
  nearDuplicateCosine,
  nearDuplicateOverlap,
} from '../../../src/core/duplicates/limits.ts';
import { overlap, wordSets } from '../../../src/core/duplicates/wordSets.ts';
import { nearDuplicates, type ComparedRows, type NearDuplicates } from '../../../src/jobs/nearDuplicates.ts';
import { dot, nearest } from '../../../src/jobs/nearness.ts';

const device = cpuDevice({ threads: 1 });

const nothingSettled = { isFull: () => false, groupOf: () => 0 };

/** Rows of length 1 around a few directions, every tenth close to an earlier one. */
function rows(n: number, width: number, seed: number, spread = 0.5): Float32Array {
  const random = new Random(seed, 'rows');
  const centres = Float64Array.from({ length: 5 * width }, () => random.normal());
  const values = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    const from = i % 10 === 9 ? random.integer(i) : -1;
    const centre = random.integer(5);
    const row = values.subarray(i * width, (i + 1) * width);
    // From the very same to just below the threshold.
    const noise = ((i % 7) * 0.35) / Math.sqrt(width) / 6;
    for (let k = 0; k < width; k++) {
      row[k] =
        from >= 0
          ? values[from * width + k] + noise * random.normal()
          : centres[centre * width + k] + spread * random.normal();
    }
    const norm = Math.hypot(...row);
    row.forEach((x, k) => (row[k] = x / norm));
  }
  return values;
}

describe('ClosePairs', () => {
  it.each([
    ['narrow rows', 20, 0.95],
    ['wide rows, shortened', 200, 0.95],
    ['wide rows, another threshold', 200, 0.8],
  ])('hands out every pair above the threshold, each once, and no other: %s', async (_, width, threshold) => {
    const n = 1100;
    const values = rows(n, width, 3, 1);
    const members = Array.from({ length: n }, (_row, i) => i).filter((i) => i % 11 !== 0);
    const wanted = new Set<string>();
    for (const i of members) {
      for (const j of members) {
        if (i < j && dot(values, i * width, values, j * width, width) >= threshold) {
          wanted.add(`${String(i)} ${String(j)}`);
        }
      }
    }
    expect(wanted.size).toBeGreaterThan(50);
    for (const on of [device, undefined]) {
      const pairs = await ClosePairs.of({ values, width }, on);
      const visited: string[] = [];
      const progress: number[] = [];
      const visit = (i: number, j: number): void => {
        expect(i).toBeLessThan(j);
        visited.push(`${String(members[i])} ${String(members[j])}`);
      };
      await pairs.each(members, threshold, visit, { ...nothingSettled, onProgress: (done) => progress.push(done) });
      await pairs.release();
      expect(visited.length).toBe(wanted.size);
      expect(new Set(visited)).toEqual(wanted);
      if (on !== undefined) expect(progress.at(-1)).toBe(members.length);
    }
  });

  it('stops when told to', async () => {
    const values = rows(600, 20, 1);
    const pairs = await ClosePairs.of({ values, width: 20 }, device);
    const members = Array.from({ length: 600 }, (_, i) => i);
    await expect(
      pairs.each(members, 0.9, () => undefined, { ...nothingSettled, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      exitCode: 130,
    });
    await pairs.release();
  });
});

describe('with matrix products', () => {
  it('near-duplicates are those found by comparing each with each', async () => {
    const [n, width] = [1300, 160];
    const values = rows(n, width, 5, 1);
    const texts = Array.from({ length: n }, (_, i) => `a b c d e${String(i % 600)} f${String(i)} g${String(i % 5)}`);
    const compared = { texts, labelIds: texts.map((_, i) => i % 2), embeddings: { values, width } };
    const plain = await nearDuplicates(compared);
    expect(plain.counts.filter((count) => count > 0).length).toBeGreaterThan(50);
    expect(await nearDuplicates(compared, { device })).toEqual(plain);
  });

  it('the nearest are the same to the last bit', async () => {
    const width = 48;
    const [queries, references] = [rows(1500, width, 7), rows(900, width, 8)];
    for (const most of [1, 5]) {
      expect(await nearest(queries, references, width, { most, device })).toEqual(
        await nearest(queries, references, width, { most }),
      );
    }
    expect(await nearest(queries, queries, width, { self: true, most: 3, device })).toEqual(
      await nearest(queries, queries, width, { self: true, most: 3 }),
    );
  });

  it('thousands of rows that are all alike are counted up to a limit, and are one group', async () => {
    const [n, width] = [3000, 16];
    const values = new Float32Array(n * width).fill(0.25);
    const texts = Array.from({ length: n }, (_, i) => `only${String(i)} words${String(i)} of${String(i)} its own`);
    const { counts, clusterOf } = await nearDuplicates(
      { texts, labelIds: new Int32Array(n), embeddings: { values, width } },
      { device },
    );
    expect(counts.every((count) => count === mostNearDuplicatesCounted)).toBe(true);
    expect(clusterOf.every((cluster) => cluster === 0)).toBe(true);
  });

  it('rows whose only near-copies are among thousands that are settled are counted and join their group', async () => {
    const [settled, lone, width] = [2000, 300, 64];
    const random = new Random(2, 'lone');
    const values = new Float32Array((settled + lone) * width);
    for (let row = 0; row < settled; row++) {
      const own = values.subarray(row * width, (row + 1) * width);
      for (let k = 0; k < width; k++) own[k] = random.normal();
      const norm = Math.hypot(...own);
      for (let k = 0; k < width; k++) own[k] /= norm;
    }
    const texts = Array.from({ length: settled }, (_, row) => `a b c d e f g h i${String(row)}`);
    for (let i = 0; i < lone; i++) {
      texts.push(`x${String(i)} y${String(i)} z${String(i)}`);
      values.copyWithin((settled + i) * width, 5 * i * width, (5 * i + 1) * width);
    }
    const { counts, clusterOf } = await nearDuplicates(
      { texts, labelIds: new Int32Array(texts.length), embeddings: { values, width } },
      { device },
    );
    expect(counts.every((count, row) => count === (row < settled ? mostNearDuplicatesCounted : 1))).toBe(true);
    expect(clusterOf.every((cluster) => cluster === 0)).toBe(true);
  });

  it('rows that repeat each other have the counts, up to the limit, and the groups that every pair by hand gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), fc.constantFrom(24, 150), async (seed, width) => {
        const rows = repetitive(1800, width, seed);
        const byHand = everyPair(rows);
        // Full rows, rows with some near-copies, and rows that are alone: otherwise this shows nothing.
        const full = byHand.counts.filter((count) => count === mostNearDuplicatesCounted).length;
        const alone = byHand.counts.filter((count) => count === 0).length;
        fc.pre(Math.min(full, alone, rows.texts.length - full - alone) > 100);
        expect(await nearDuplicates(rows, { device })).toEqual(byHand);
      }),
      { numRuns: 3 },
    );
  });
});

/**
 * Rows in clusters of uneven size (Zipf), tight ones and ones whose pairs lie around the threshold, and rows outside; some
 * texts share most of their words, and some are the same. Most have one label.
 */
function repetitive(n: number, width: number, seed: number): Required<ComparedRows> {
  const random = new Random(seed, 'repetitive');
  const clusters = 6;
  const centres = Float64Array.from({ length: clusters * width }, () => random.normal());
  const values = new Float32Array(n * width);
  const texts: string[] = [];
  for (let row = 0; row < n; row++) {
    const cluster = Math.floor(Math.exp(random.uniform() * Math.log(clusters)));
    // The cosine of two rows of a cluster is about 1 / (1 + spread²), from 0.99 to 0.91; outside there are no others.
    const spread = random.uniform() < 0.1 ? 5 : [0.12, 0.22, 0.27, 0.31][cluster % 4];
    const own = values.subarray(row * width, (row + 1) * width);
    for (let k = 0; k < width; k++) own[k] = centres[cluster * width + k] + spread * random.normal();
    const norm = Math.hypot(...own);
    for (let k = 0; k < width; k++) own[k] /= norm;
    const kind = random.uniform();
    if (kind < 0.1) texts.push(`a b c d e f g${String(cluster)}`);
    else if (kind < 0.2) texts.push(`a b c d e f g${String(cluster)} h${String(random.integer(100))}`);
    else texts.push(`x${String(row)} y${String(row)} z${String(row)}`);
  }
  const labelIds = Int32Array.from(texts, () => (random.uniform() < 0.2 ? 1 : 0));
  return { texts, labelIds, embeddings: { values, width } };
}

/** Counts up to the limit, and groups numbered by first row, from every pair. */
function everyPair({ texts, labelIds, embeddings: { values, width } }: Required<ComparedRows>): NearDuplicates {
  const { sets, setOf } = wordSets(texts);
  const n = texts.length;
  // The first of the rows of one text and label speaks for all by its embedding.
  const firstOf = new Map<string, number>();
  const first = texts.map((text, row) => {
    const key = `${String(labelIds[row])} ${text}`;
    if (!firstOf.has(key)) firstOf.set(key, row);
    return firstOf.get(key) ?? row;
  });
  const others: number[][] = texts.map(() => []);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (labelIds[i] !== labelIds[j]) continue;
      const isNear =
        dot(values, first[i] * width, values, first[j] * width, width) >= nearDuplicateCosine ||
        overlap(sets[setOf[i]], sets[setOf[j]]) >= nearDuplicateOverlap;
      if (!isNear) continue;
      others[i].push(j);
      others[j].push(i);
    }
  }
  const clusterOf = new Int32Array(n).fill(-1);
  let clusters = 0;
  for (let row = 0; row < n; row++) {
    if (clusterOf[row] >= 0 || others[row].length === 0) continue;
    const waiting = [row];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (clusterOf[next] >= 0) continue;
      clusterOf[next] = clusters;
      waiting.push(...others[next]);
    }
    clusters++;
  }
  return { counts: Int32Array.from(others, ({ length }) => Math.min(length, mostNearDuplicatesCounted)), clusterOf };
}
