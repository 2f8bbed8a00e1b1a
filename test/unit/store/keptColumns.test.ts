import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  keepColumns,
  keptColumnsFile,
  keptFromRows,
  readKeptColumns,
  scoresStamp,
  type ScoresStamp,
} from '../../../src/store/keptColumns.ts';
import { columnNames, type ScoreColumns } from '../../../src/store/scoreColumns.ts';
import { openScoresWriter, readScores, type ScoreRow } from '../../../src/store/scores.ts';
import { temporaryFolder } from './support.ts';

const scratch = temporaryFolder();
let folders = 0;

/** Where scores may lie, in a folder of their own. */
async function newPath(): Promise<string> {
  const folder = join(scratch, String(folders++));
  await mkdir(folder);
  return join(folder, 'scores.jsonl');
}

async function write(path: string, labels: readonly string[], rows: Iterable<ScoreRow>): Promise<void> {
  const writer = await openScoresWriter(path, labels);
  for (const row of rows) await writer.write(row);
  await writer.finish();
}

async function stampOf(path: string): Promise<ScoresStamp> {
  const handle = await open(path, 'r');
  try {
    return await scoresStamp(handle);
  } finally {
    await handle.close();
  }
}

/** Everything in columns, as plain values. */
function contents(columns: ScoreColumns | undefined): unknown {
  if (columns === undefined) return undefined;
  const { rows, labels, verdicts, nearestReal, epochs, errors, oddHashes, textHash } = columns;
  // As bits: −0 is not 0 here, and NaN is NaN.
  const numbers = columnNames.map((name) => Buffer.from(columns[name].slice().buffer).toString('base64'));
  return {
    ...{ rows, labels, verdicts, nearestReal, epochs, numbers, textHash: [...textHash] },
    ...{ errors: [...errors], oddHashes: [...oddHashes] },
  };
}

const labels = ['negative', 'positive'];
const hash = (n: number): string => n.toString(16).padStart(16, '0');

/** A row with everything in it; floats that only float32 can hold, and a zero below zero. */
function row(line: number): ScoreRow {
  return {
    ...{ line, textHash: hash(line * 0x1234567), occurrence: line % 3, label: labels[line % 2] },
    logP: [-0, -(line + 0.1) / 7],
    logQ: [-1e-40 * line, -3.25],
    ...(line % 5 === 2 ? { logPSpread: [0.1 * line, 0] } : {}),
    ...(line % 5 === 3 ? { logPSpread: [0, 1 / line], logQSpread: [2, -0] } : {}),
    ...{ fold: line % 5, logWeight: -0.3, weight: 1 / line, quality: -0, diversity: 0.7 },
    ...(line % 2 === 0 ? { cluster: line, suggested: 'negative', nearDuplicates: 2 } : {}),
    verdict: line % 7 === 0 ? 'misaligned' : 'ok',
    nearestReal: [
      { line, cosine: 0.9 },
      { line: line + 1, cosine: -0 },
    ],
    epochLogWeights: [0.1, 0.2, 0.3],
  };
}

const rows = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('scored' as const) },
      fc.record({
        textHash: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(hash(77))), { nil: undefined }),
        occurrence: fc.option(fc.nat(5), { nil: undefined }),
        label: fc.option(fc.constantFrom(...labels), { nil: undefined }),
        error: fc.string({ unit: 'binary' }),
      }),
    ),
    { maxLength: 12 },
  )
  .map((kinds) => kinds.map((kind, i): ScoreRow => (kind === 'scored' ? row(i + 1) : { line: i + 1, ...kind })));

test('kept columns are those of the scores, bit by bit', async () => {
  const path = await newPath();
  await fc.assert(
    fc.asyncProperty(rows, async (written) => {
      await write(path, labels, written);
      expect(await readdir(join(path, '..'))).toEqual(['scores.jsonl']);
      const read = await readScores(path, labels);
      const stamp = await stampOf(path);
      await keepColumns(path, stamp, read);
      expect(contents(await readKeptColumns(path, stamp, labels))).toEqual(contents(read));
      await rm(keptColumnsFile(path));
    }),
    { numRuns: 60 },
  );
});

test('a long run keeps them while it is written, the same as are made of its scores', async () => {
  const path = await newPath();
  // The first block has no scored row: nobody knows yet how many neighbours there are.
  function* long(): Generator<ScoreRow> {
    for (let line = 1; line <= 66_000; line++) yield { line, textHash: hash(line), error: 'too long' };
    for (let line = 66_001; line <= 70_000; line++) yield row(line);
  }
  await write(path, labels, long());
  expect(await readdir(join(path, '..'))).toEqual(['scores.jsonl', 'scores.jsonl.columns']);
  const fromKept = contents(await readScores(path, labels, 70_000));
  await rm(keptColumnsFile(path));
  const fromText = contents(await readScores(path, labels, 70_000));
  expect(fromKept).toEqual(fromText);
  // Reading made them again.
  expect(contents(await readKeptColumns(path, await stampOf(path), labels))).toEqual(fromText);
  // Fewer rows follow: what was kept goes.
  await write(path, labels, [row(1)]);
  expect(await readdir(join(path, '..'))).toEqual(['scores.jsonl']);
}, 60_000);

test('scores that are others than those the columns were made from are read themselves', async () => {
  const path = await newPath();
  await write(path, labels, [row(1), row(2), row(3)]);
  await keepColumns(path, await stampOf(path), await readScores(path, labels));
  const text = await readFile(path, 'utf8');
  const { mtime } = await stat(path);

  // Of the same length, at another time; cut off at the time it was; of other labels.
  await writeFile(path, text.replace('"weight":1,', '"weight":2,'));
  await utimes(path, mtime, new Date(mtime.getTime() + 1000));
  expect((await readScores(path, labels)).weight[0]).toBe(2);
  await writeFile(path, text.slice(0, -20));
  await utimes(path, mtime, mtime);
  await expect(readScores(path, labels)).rejects.toThrow(`${path}:3: the line is cut off`);
  await write(path, labels, [row(1), row(2), row(3)]);
  await keepColumns(path, await stampOf(path), await readScores(path, labels));
  await expect(readScores(path, ['negative', 'neutral'])).rejects.toThrow(`${path}:1: "label" must be a label`);
  await expect(readScores(path, labels, 4)).rejects.toThrow('3 lines where 4 were written');
});

test('damage to any byte, any cut and any addition make the columns be made again', async () => {
  const path = await newPath();
  await write(path, labels, [row(1), { line: 2, error: 'broken' }, row(3)]);
  const stamp = await stampOf(path);
  const expected = await readScores(path, labels);
  await keepColumns(path, stamp, expected);
  const kept = keptColumnsFile(path);
  const whole = await readFile(kept);
  expect(contents(await readKeptColumns(path, stamp, labels))).toEqual(contents(expected));
  const isRefused = async (bytes: Uint8Array): Promise<void> => {
    await writeFile(kept, bytes);
    expect(await readKeptColumns(path, stamp, labels)).toBeUndefined();
  };
  for (let i = 0; i < whole.length; i++) {
    const bytes = Buffer.from(whole);
    bytes[i] ^= 1 << (i % 8);
    await isRefused(bytes);
  }
  for (let length = 0; length < whole.length; length += 7) await isRefused(whole.subarray(0, length));
  await isRefused(Buffer.concat([whole, Buffer.from('x')]));
  await isRefused(Buffer.concat([Buffer.from('x'), whole]));
  expect(contents(await readScores(path, labels))).toEqual(contents(expected));
}, 60_000);

test('where the columns cannot be kept, scores are written and read all the same', async () => {
  const path = await newPath();
  await mkdir(join(keptColumnsFile(path), 'in the way'), { recursive: true });
  await write(
    path,
    labels,
    Array.from({ length: keptFromRows }, (_, i) => row(i + 1)),
  );
  expect((await readScores(path, labels, keptFromRows)).rows).toBe(keptFromRows);
  expect(await readdir(join(path, '..'))).toEqual(['scores.jsonl', 'scores.jsonl.columns']);
}, 60_000);
