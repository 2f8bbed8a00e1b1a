/** The maps that the data worker tells of: drawn once and kept, followed when lines move, honest about what is missing. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../../src/base/errors.ts';
import { Random } from '../../../../src/base/random.ts';
import { textHash } from '../../../../src/core/dataset/identity.ts';
import type { EmbeddingPoints } from '../../../../src/protocol/map.ts';
import { saveCheckpoint } from '../../../../src/store/checkpoint.ts';
import { writeDynamics } from '../../../../src/store/dynamics.ts';
import { sampleStage } from '../../../../src/store/embeddingSample.ts';
import { runFiles } from '../../../../src/store/layout.ts';
import { rowIdentities } from '../../../../src/store/rowIdentities.ts';
import { createDataService, type DataCalls } from '../../../../src/worker/data/dataService.ts';
import { drawMap } from '../../../../src/worker/data/drawMap.ts';
import type { LayOutRows } from '../../../../src/worker/data/mapThread.ts';
import { controls, makeRun, query, realRows, subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();
const width = 8;

/** Draws in this process, and counts. */
function drawing(): { layOut: LayOutRows; drawn: number[] } {
  const drawn: number[] = [];
  return {
    drawn,
    layOut: (task, { onProgress }) => {
      drawn.push(task.values.length / task.width);
      return Promise.resolve(drawMap(task, onProgress));
    },
  };
}

function embeddings(rows: number, seed: number): Float32Array {
  const random = new Random(seed, 'embeddings');
  const values = Float32Array.from({ length: rows * width }, () => random.normal());
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const length = Math.hypot(...own);
    own.forEach((x, k) => (own[k] = x / length));
  }
  return values;
}

const count = 40;
const rows = Array.from({ length: count }, (_, i) => ({
  text: `row number ${String(i)}`,
  label: i % 2 === 0 ? 'negative' : 'positive',
}));

async function scored(
  changes: Partial<Parameters<typeof makeRun>[0]> = {},
): Promise<{ path: string; real: string; run: string }> {
  const folder = subfolder(scratch);
  const path = write(folder, 'synthetic.jsonl', rows);
  const real = write(folder, 'real.jsonl', realRows);
  const run = await makeRun({
    ...{ path, real, embeddings: embeddings(count, 1) },
    // Every fourth row contradicts its label.
    say: ({ label }, i) => {
      const own = label === 'negative' ? 0 : 1;
      const p = i % 4 === 0 ? 0.02 : 0.9;
      return { p: own === 0 ? [p, 1 - p] : [1 - p, p], q: [0.5, 0.5] };
    },
    ...changes,
  });
  await saveCheckpoint(runFiles(run).realEmbeddings, {
    meta: {},
    tensors: new Map([['array', { dtype: 'float32', shape: [120 * width], data: embeddings(120, 2) }]]),
  });
  return { path, real, run };
}

async function opened(path: string, realPath: string, layOut?: LayOutRows): Promise<DataCalls> {
  const data = createDataService(() => undefined, undefined, layOut);
  await data.open({ path, realPath });
  await data.attach({ path });
  return data;
}

function floats(packed: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(packed, 'base64')).buffer);
}
function ints(packed: string): Int32Array {
  return new Int32Array(new Uint8Array(Buffer.from(packed, 'base64')).buffer);
}
function shorts(packed: string): Int16Array {
  return new Int16Array(new Uint8Array(Buffer.from(packed, 'base64')).buffer);
}

async function mapOf(data: DataCalls, path: string, make = true): Promise<EmbeddingPoints> {
  const found = await data.map({ path, make, controls });
  if ('missing' in found) throw new Error(`there is no map: ${found.missing}`);
  return found;
}

describe('the map of embeddings', () => {
  test('has every row and every real row, with label, verdict and weight', async () => {
    const { path, real, run } = await scored();
    const { layOut, drawn } = drawing();
    const data = await opened(path, real, layOut);
    expect(await data.map({ path, make: false, controls })).toEqual({ missing: 'unmade' });
    const map = await mapOf(data, path);
    expect(map).toMatchObject({ count: 160, real: 120, scored: 40, run, realKnown: true, notKept: undefined });
    expect([...ints(map.rows)]).toEqual([...rows.keys(), ...realRows.map((_, i) => i + 1)]);
    expect([...shorts(map.labels)].slice(0, 4)).toEqual([0, 1, 0, 1]);
    expect([...shorts(map.labels)].slice(40, 44)).toEqual([0, 1, 0, 1]);
    const verdicts = [...new Int8Array(Buffer.from(map.verdicts, 'base64'))];
    expect(verdicts.slice(0, 8).map((id) => map.verdictNames[id])).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
        i % 4 === 0 ? 'misaligned' : (expect.not.stringMatching('misaligned') as string),
      ),
    );
    expect(verdicts.slice(40).every((id) => id === -1)).toBe(true);
    const weights = floats(map.weights);
    expect(weights[0]).toBeCloseTo(0.04, 5);
    expect(weights[40]).toBeNaN();
    expect(map.regions.reduce((sum, { realRows: r, syntheticRows: s }) => sum + r + s, 0)).toBe(160);
    expect(drawn).toEqual([160]);
  });

  test('is drawn once: another window finds it kept, the same to the last bit', async () => {
    const { path, real } = await scored();
    const first = drawing();
    const before = await mapOf(await opened(path, real, first.layOut), path);
    const second = drawing();
    expect(await mapOf(await opened(path, real, second.layOut), path, false)).toEqual(before);
    expect([first.drawn, second.drawn]).toEqual([[160], []]);
  });

  test('follows its rows when lines move; what is gone from the file is gone from the map', async () => {
    const { path, real } = await scored();
    const before = await mapOf(await opened(path, real, drawing().layOut), path);
    write(join(path, '..'), 'synthetic.jsonl', [{ text: 'new on top', label: 'positive' }, ...rows.slice(5)]);
    const after = await mapOf(await opened(path, real), path, false);
    expect(after.count).toBe(155);
    expect([...ints(after.rows)].slice(0, 35)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect([...floats(after.places)].slice(0, 70)).toEqual([...floats(before.places)].slice(10, 80));
  });

  test('says so where the real file is another one now', async () => {
    const { path, real } = await scored();
    write(join(path, '..'), 'real.jsonl', realRows.slice(1));
    const map = await mapOf(await opened(path, real, drawing().layOut), path);
    expect(map).toMatchObject({ real: 120, realKnown: false });
    expect([...ints(map.rows)].slice(40).every((line) => line === 0)).toBe(true);
  });

  test('can be cancelled, and drawn later', async () => {
    const { path, real } = await scored();
    let begun: () => void = () => undefined;
    const isDrawn = new Promise<void>((resolve) => (begun = resolve));
    const waiting: LayOutRows = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new CancelledError()));
        begun();
      });
    const data = await opened(path, real, waiting);
    const asked = data.map({ path, make: true, controls });
    await isDrawn;
    await data.cancelMap({ path });
    expect(await asked).toEqual({ missing: 'unmade' });
    expect((await mapOf(await opened(path, real, drawing().layOut), path)).count).toBe(160);
  });

  test('can be cancelled before the drawing has begun', async () => {
    const { path, real } = await scored();
    const { layOut, drawn } = drawing();
    const data = await opened(path, real, layOut);
    const asked = data.map({ path, make: true, controls });
    // It reads the embeddings, and whether a map was kept.
    await turn();
    await data.cancelMap({ path });
    expect(await asked).toEqual({ missing: 'unmade' });
    expect(drawn).toEqual([]);
  });

  test('says what is missing', async () => {
    const unscored = subfolder(scratch);
    const path = write(unscored, 'synthetic.jsonl', rows);
    const real = write(unscored, 'real.jsonl', realRows);
    const ask = async (of: { path: string; real: string }): Promise<unknown> =>
      (await opened(of.path, of.real, drawing().layOut)).map({ path: of.path, make: true, controls });
    expect(await ask({ path, real })).toEqual({ missing: 'scores' });
    expect(
      await ask(await scored({ change: ({ model, ...record }) => (expect(model).toBeDefined(), record) })),
    ).toEqual({
      missing: 'encoder',
    });
    expect(await ask(await scored({ embeddings: undefined }))).toEqual({ missing: 'embeddings' });
  });

  test('is drawn of a sample where a large run kept no more', async () => {
    const { path, real, run } = await scored({ embeddings: undefined });
    const chosen = [3, 8, 20, 21, 30];
    const values = embeddings(count, 1);
    const { meta, tensors } = sampleStage({
      identities: rowIdentities(chosen.map((i) => ({ textHash: textHash(rows[i].text), occurrence: 0 }))),
      values: Float32Array.from(chosen.flatMap((i) => [...values.subarray(i * width, (i + 1) * width)])),
      width,
    });
    await saveCheckpoint(runFiles(run).sampledEmbeddings, { meta, tensors });
    const map = await mapOf(await opened(path, real, drawing().layOut), path);
    expect(map).toMatchObject({ count: 125, scored: 40 });
    expect([...ints(map.rows)].slice(0, 5)).toEqual(chosen);
  });

  test('is made anew where the kept one is damaged', async () => {
    const { path, real, run } = await scored();
    await mapOf(await opened(path, real, drawing().layOut), path);
    write(runFiles(run).map, 'checkpoint.bin', 'nonsense');
    const again = drawing();
    await mapOf(await opened(path, real, again.layOut), path);
    expect(again.drawn).toEqual([160]);
    rmSync(runFiles(run).map, { recursive: true });
    expect(await (await opened(path, real)).map({ path, make: false, controls })).toEqual({ missing: 'unmade' });
  });
});

test('the text of a point, synthetic or real', async () => {
  const { path, real } = await scored();
  const data = await opened(path, real);
  expect(await data.pointText({ path, source: 'synthetic', at: 2 })).toEqual({
    ...{ source: 'synthetic', line: 3, label: 'negative', text: 'row number 2' },
  });
  expect(await data.pointText({ path, source: 'real', at: 2 })).toEqual({
    ...{ source: 'real', line: 2, label: 'positive', text: 'real text number 1' },
  });
  expect(await data.pointText({ path, source: 'real', at: 500 })).toBeNull();
  expect(await data.pointText({ path, source: 'synthetic', at: -1 })).toBeNull();
});

test('picked rows are what is:picked finds, also after lines moved', async () => {
  const { path, real } = await scored();
  const data = await opened(path, real);
  const found = async (filter: string): Promise<number[]> => {
    const { view, count: matching } = await data.query(
      query(path, { filter, sort: { column: 'line', descending: false } }),
    );
    return (await data.rows({ path, view, from: 0, count: matching })).rows.map(({ line }) => line);
  };
  expect(await found('is:picked')).toEqual([]);
  await data.pick({ path, rows: [3, 10, 11, 4000] });
  expect(await found('is:picked')).toEqual([4, 11, 12]);
  expect(await found('is:picked label:positive')).toEqual([4, 12]);
  expect(await found('-is:picked line<6')).toEqual([1, 2, 3, 5]);
  await data.change({
    ...{ path, version: 1 },
    changes: [{ startLine: 0, startCharacter: 0, endLine: 1, endCharacter: 0, text: '' }],
  });
  expect(await found('is:picked')).toEqual([3, 10, 11]);
  // Opened again, with its first line back on disk: the same texts stay picked.
  await data.open({ path, realPath: real });
  expect(await found('is:picked')).toEqual([4, 11, 12]);
  await data.pick({ path, rows: [] });
  expect(await found('is:picked')).toEqual([]);
});

describe('training dynamics', () => {
  async function trained(weight?: Float32Array): Promise<{ data: DataCalls; path: string; run: string }> {
    const { path, real, run } = await scored();
    // Two epochs; the row that is no longer in the file comes last.
    const texts = ['row number 7', 'row number 2', 'gone'];
    const identities = rowIdentities(texts.map((text) => ({ textHash: textHash(text), occurrence: 0 })));
    await writeDynamics(runFiles(run).dynamics, {
      ...{ epochs: 2, rows: 3, identities, labelId: Int32Array.of(1, 0, 0) },
      logProbability: Float32Array.from([0.2, 0.9, 0.5, 0.6, 0.9, 0.5], Math.log),
      correct: Uint8Array.of(0, 1, 1, 1, 1, 1),
      weight,
    });
    return { data: await opened(path, real), path, run };
  }

  test('are points of variability and confidence, in the order of the file', async () => {
    const { data, path, run } = await trained();
    const points = (await data.dynamics({ path, run, controls }))!;
    expect(points).toMatchObject({ count: 2, real: 0, epochs: 2, gone: 1, hasWeights: false, run });
    expect([...ints(points.rows)]).toEqual([2, 7]);
    const [vA, cA, vB, cB] = floats(points.places);
    expect([vA, cA].map((x) => x.toFixed(5))).toEqual(['0.00000', '0.90000']);
    expect([vB, cB].map((x) => x.toFixed(5))).toEqual(['0.20000', '0.40000']);
    expect([...floats(points.correctness)]).toEqual([1, 0.5]);
  });

  test('tell how rows went, with weights where the loss has them', async () => {
    const { data, path, run } = await trained(Float32Array.of(1, 2, 3, 4, 5, 6));
    const [first, ...rest] = await data.trajectories({ path, run, rows: [7, 0] });
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ row: 7, weight: [1, 4] });
    expect(first.probability.map((p) => p.toFixed(5))).toEqual(['0.20000', '0.60000']);
  });

  test('are absent in runs of versions that kept none', async () => {
    const { path, real, run } = await scored();
    const data = await opened(path, real);
    expect(await data.dynamics({ path, run, controls })).toBeNull();
    expect(await data.trajectories({ path, run, rows: [1] })).toEqual([]);
  });
});
