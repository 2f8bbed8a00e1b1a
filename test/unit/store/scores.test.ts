import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortestFloat32 } from '../../../src/store/float32Text.ts';
import { readLines } from '../../../src/store/lines.ts';
import { openScoresWriter, readScores, type ScoreRow, type ScoredRow } from '../../../src/store/scores.ts';
import { temporaryFolder } from './support.ts';

const scratch = temporaryFolder();
let files = 0;
const newFile = (): string => join(scratch, `${files++}.jsonl`);

async function write(path: string, labels: readonly string[], rows: readonly ScoreRow[]): Promise<void> {
  const writer = await openScoresWriter(path, labels);
  for (const row of rows) await writer.write(row);
  await writer.finish();
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x));
const int = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A run's labels and rows; `line` is set afterwards. */
const runs = fc
  .record({
    labels: fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }),
    epochs: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .chain(({ labels, epochs }) => {
    const C = labels.length;
    const label = fc.constantFrom(...labels);
    const vector = (length: number): fc.Arbitrary<Float32Array> =>
      fc.array(float, { minLength: length, maxLength: length }).map((values) => new Float32Array(values));
    const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
    const scored = fc.record({
      textHash: fc.string({ unit: 'binary' }),
      occurrence: int,
      label,
      logP: vector(C),
      logQ: vector(C),
      logPSpread: optional(vector(C).map((values) => values.map(Math.abs))),
      logQSpread: optional(vector(C).map((values) => values.map(Math.abs))),
      fold: optional(int),
      cluster: optional(int),
      logWeight: float,
      weight: float,
      quality: float,
      diversity: float,
      suggested: optional(label),
      verdict: optional(fc.constantFrom('misaligned', 'redundant')),
      epochLogWeights: epochs === undefined ? fc.constant(undefined) : vector(epochs),
    });
    const unscored = fc.record({
      textHash: optional(fc.string()),
      occurrence: optional(int),
      label: optional(label),
      error: fc.string({ unit: 'binary' }),
    });
    const rows = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.oneof({ weight: 4, arbitrary: scored }, unscored)),
      {
        maxLength: 8,
      },
    );
    return rows.map((steps) => {
      let line = 0;
      return { labels, rows: steps.map(([step, row]): ScoreRow => ({ ...row, line: (line += step) })) };
    });
  });

test('what is written reads back: the same float32, ids and errors; and the same rows give the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ labels, rows }) => {
      const path = newFile();
      await write(path, labels, rows);
      const bytes = await readFile(path);
      await write(path, labels, rows);
      expect(bytes.equals(await readFile(path))).toBe(true);

      const read = await readScores(path, labels, rows.length);
      expect(read.rows).toBe(rows.length);
      const C = labels.length;
      rows.forEach((row, i) => {
        expect(read.line[i]).toBe(row.line);
        expect(read.textHash[i]).toBe(row.textHash ?? '');
        expect(read.occurrence[i]).toBe(row.occurrence ?? -1);
        expect(read.labelId[i]).toBe(row.label === undefined ? -1 : labels.indexOf(row.label));
        const at = (values: Float32Array, width = 1): Float32Array => values.subarray(i * width, (i + 1) * width);
        if ('error' in row) {
          expect(read.errors.get(i)).toBe(row.error);
          expect(at(read.logP, C).every(Number.isNaN)).toBe(true);
          expect([read.weight[i], read.fold[i], read.verdictId[i]]).toEqual([NaN, -1, -1]);
          return;
        }
        expect(read.errors.has(i)).toBe(false);
        expect(at(read.logP, C)).toEqual(row.logP);
        expect(at(read.logQ, C)).toEqual(row.logQ);
        for (const name of ['logPSpread', 'logQSpread'] as const) {
          // Absent altogether, or in this row alone.
          const none = rows.some((other) => !('error' in other) && other[name] !== undefined) ? C : 0;
          expect(at(read[name], C)).toEqual(row[name] ?? new Float32Array(none).fill(NaN));
        }
        const numbers = [read.logWeight[i], read.weight[i], read.quality[i], read.diversity[i]];
        expect(numbers).toEqual([row.logWeight, row.weight, row.quality, row.diversity]);
        expect([read.fold[i], read.cluster[i]]).toEqual([row.fold ?? -1, row.cluster ?? -1]);
        expect(labels[read.suggestedId[i]]).toBe(row.suggested);
        expect(read.verdicts[read.verdictId[i]]).toBe(row.verdict);
        if (row.epochLogWeights) expect(at(read.epochLogWeights, read.epochs)).toEqual(row.epochLogWeights);
      });
    }),
    { numRuns: 60 },
  );
});

const labels = ['negative', 'positive'];
const row: ScoredRow = {
  line: 7,
  textHash: 'f00',
  occurrence: 0,
  label: 'positive',
  logP: new Float32Array([-0.1, -2.3513753]),
  logQ: new Float32Array([-1e-7, -16.5]),
  fold: 1,
  cluster: 12,
  logWeight: -2.1,
  weight: 0.12,
  quality: 0.08,
  diversity: 0.64,
  suggested: 'negative',
  verdict: 'misaligned',
};

test('a line stands as the format says, with the shortest decimals', async () => {
  const path = newFile();
  await write(path, labels, [row, { line: 9, error: 'no label' }]);
  expect(await readFile(path, 'utf8')).toBe(
    '{"line":7,"textHash":"f00","occurrence":0,"label":"positive","logP":[-0.1,-2.3513753],"logQ":[-1e-7,-16.5],' +
      '"fold":1,"cluster":12,"logWeight":-2.1,"weight":0.12,"quality":0.08,"diversity":0.64,' +
      '"suggested":"negative","verdict":"misaligned"}\n{"line":9,"error":"no label"}\n',
  );
});

test('a decimal number reads back as the same float32, and none with fewer digits does', () => {
  const anyFloat = fc
    .integer({ min: 0, max: 2 ** 32 - 1 })
    .map((bits) => new Float32Array(new Uint32Array([bits]).buffer)[0]);
  const shortDecimal = fc.tuple(fc.integer({ min: -999999, max: 999999 }), fc.integer({ min: -30, max: 30 }));
  fc.assert(
    fc.property(
      fc.oneof(
        anyFloat.filter(Number.isFinite),
        shortDecimal.map(([m, e]) => Math.fround(Number(`${m}e${e}`))),
      ),
      (value) => {
        const short = shortestFloat32(value);
        expect(Math.fround(Number(JSON.stringify(short)))).toBe(Object.is(value, -0) ? 0 : value);
        const digits = short === 0 ? 1 : (short.toExponential().split('e')[0] ?? '').replace(/[-.]/g, '').length;
        for (let fewer = 1; fewer < digits; fewer++) {
          expect(Math.fround(Number(value.toPrecision(fewer)))).not.toBe(value);
        }
      },
    ),
    { numRuns: 5000 },
  );
});

test('nothing is seen before finish; discarded, the earlier file stays', async () => {
  const folder = join(scratch, 'partial');
  await mkdir(folder);
  const path = join(folder, 'scores.jsonl');
  await write(path, labels, [row]);
  const before = await readFile(path);
  const writer = await openScoresWriter(path, labels);
  for (let line = 1; line < 3000; line++) await writer.write({ ...row, line });
  expect(before.equals(await readFile(path))).toBe(true);
  await writer.discard();
  expect(before.equals(await readFile(path))).toBe(true);
  expect(await readdir(folder)).toEqual(['scores.jsonl']);
});

test('rows that would not read back are refused', async () => {
  const writer = await openScoresWriter(newFile(), labels);
  await writer.write(row);
  await expect(writer.write(row)).rejects.toThrow('line 7 after line 7');
  await expect(writer.write({ ...row, line: 8, weight: NaN })).rejects.toThrow('Line 8: weight is NaN.');
  await expect(writer.write({ ...row, line: 9, logQ: [0, -Infinity] })).rejects.toThrow('Line 9: logQ is -Infinity.');
  await expect(writer.write({ ...row, line: 10, logP: [0] })).rejects.toThrow('logP must have 2 values');
  await expect(writer.write({ ...row, line: 11, logQSpread: [1] })).rejects.toThrow('logQSpread must have 2 values');
  await expect(writer.write({ ...row, line: 12, logPSpread: [1, -0.5] })).rejects.toThrow('logPSpread is -0.5.');
  await expect(writer.write({ ...row, line: 13, logPSpread: [NaN, 1] })).rejects.toThrow('logPSpread is NaN.');
  await expect(writer.write({ ...row, line: 14, label: 'neutral' })).rejects.toThrow(
    '"neutral" is no label of the run',
  );
  await writer.discard();
});

test('damage is one line with file and line number', async () => {
  const path = newFile();
  const second = { ...row, line: 8 };
  await write(path, labels, [row, second]);
  const text = await readFile(path, 'utf8');
  const wayOn = '; the file was damaged or edited: score again.';
  const cases: [string | Buffer, string][] = [
    [text.slice(0, -1), `${path}:2: the line is cut off or not UTF-8`],
    [text.slice(0, -20), `${path}:2: the line is cut off or not UTF-8`],
    [Buffer.concat([Buffer.from([0xc3, 0x0a]), Buffer.from(text)]), `${path}:1: the line is cut off or not UTF-8`],
    [text.replace('{"line":8', '"line":8'), `${path}:2: the line is not JSON`],
    [`${text}3\n`, `${path}:3: the line is not a JSON object`],
    [text.replace('"line":8', '"line":7'), `${path}:2: "line" must grow from line to line`],
    [text.replace('-0.1,', ''), `${path}:1: "logP" must be a list of 2 numbers`],
    [text.replace('-16.5', '1e39'), `${path}:1: "logQ" must be a list of 2 numbers`],
    [text.replace('"fold":1', '"logPSpread":[0.1,-0.2]'), `${path}:1: "logPSpread" must be a list of 2 numbers from 0`],
    [text.replace('"label":"positive"', '"label":"neutral"'), `${path}:1: "label" must be a label of the run`],
    [text.replace('"weight":0.12,', ''), `${path}:1: "weight" must be a number`],
    [text.replace('"fold":1', '"fold":-2'), `${path}:1: "fold" must be an integer`],
    [
      text.replace('"verdict":"misaligned"', '"epochLogWeights":[1]'),
      `${path}:2: "epochLogWeights" must have 1 numbers`,
    ],
  ];
  for (const [content, message] of cases) {
    await writeFile(path, content);
    await expect(readScores(path, labels)).rejects.toThrow(message + wayOn);
  }
  // Cut between two lines: only the number of rows tells.
  await writeFile(path, text.slice(0, text.indexOf('\n') + 1));
  await expect(readScores(path, labels, 2)).rejects.toThrow(`${path}: 1 lines where 2 were written`);
  await expect(readScores(newFile(), labels)).rejects.toThrow('no such file or folder');
});

test('lines are split at LF alone, wherever the reads fall', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.constantFrom(0, 1, 262_000, 262_143, 262_144, 600_000)), {
        maxLength: 5,
      }),
      fc.boolean(),
      async (parts, ended) => {
        // Lone surrogates have no UTF-8.
        const texts = parts.map(([text, padding]) =>
          Buffer.from(text.replaceAll('\n', '\u2028') + '.'.repeat(padding)).toString(),
        );
        const path = newFile();
        const content = texts.join('\n');
        await writeFile(path, ended ? `${content}\n` : content);
        const handle = await open(path, 'r');
        const lines: string[] = [];
        for await (const line of readLines(handle)) {
          lines.push(line.text ?? 'undecodable');
          expect(line.number).toBe(lines.length);
        }
        await handle.close();
        const expected = texts.length === 0 ? [''] : [...texts];
        if (!ended && expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
});
