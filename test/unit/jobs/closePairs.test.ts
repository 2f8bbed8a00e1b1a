import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { ClosePairs } from '../../../src/jobs/closePairs.ts';
import { mostCounted, nearDuplicates } from '../../../src/jobs/nearDuplicates.ts';
import { dot, nearest } from '../../../src/jobs/nearness.ts';

const device = cpuDevice({ threads: 1 });

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
  ])('hands out every pair above the threshold, each once, and few others: %s', async (_, width, threshold) => {
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
    const pairs = await ClosePairs.of({ values, width }, device);
    const visited: string[] = [];
    const progress: number[] = [];
    await pairs.each(members, threshold, (i, j) => visited.push(`${String(i)} ${String(j)}`), {
      onProgress: (done) => progress.push(done),
    });
    await pairs.release();
    const once = new Set(visited);
    expect(once.size).toBe(visited.length);
    expect([...wanted].filter((pair) => !once.has(pair))).toEqual([]);
    expect(visited.length).toBeLessThan(0.2 * ((members.length * (members.length - 1)) / 2));
    expect(progress.at(-1)).toBe(members.length);
  });

  it('stops when told to', async () => {
    const values = rows(600, 20, 1);
    const pairs = await ClosePairs.of({ values, width: 20 }, device);
    const members = Array.from({ length: 600 }, (_, i) => i);
    await expect(pairs.each(members, 0.9, () => undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
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
    expect(counts.every((count) => count >= mostCounted && count < n)).toBe(true);
    expect(clusterOf.every((cluster) => cluster === 0)).toBe(true);
  });
});
