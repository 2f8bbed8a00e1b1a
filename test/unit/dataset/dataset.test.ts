import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { readDataset, type Dataset, type ReadOptions, type TextRow } from '../../../src/core/dataset/dataset.ts';
import { forEachLine } from '../../../src/core/dataset/lines.ts';
import { isBlank } from '../../../src/core/dataset/parseRow.ts';
import { anyText, concatenate, cuts, hostileBytes, stream, streamLines, utf8 } from './support.ts';

const name = 'a.jsonl';

function refusal(message: string): UserError {
  return new UserError(message);
}

/** The result of a reading, or the error it ended with, which must be one for the user and one line. */
async function outcome(
  bytes: Uint8Array,
  at: readonly number[],
  options: ReadOptions & { labelOptional: true },
): Promise<Dataset<TextRow> | string> {
  try {
    return await readDataset(stream(bytes, at), options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^a\.jsonl/);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    return error.message;
  }
}

describe('a file', () => {
  test('gives rows, errors, counts and its hash', async () => {
    const bytes = utf8(
      '\ufeff{"text":"good é","label":"pos"}\r\n' +
        '\n' +
        '{"text":"bad","label":"neg"}\n' +
        '  \t\n' +
        '{"text":"bad","label":"neg"\n' +
        '{"text":" ","label":"neg"}\n' +
        '{"text":"bad","label":"pos"}',
    );
    expect(await readDataset(stream(bytes), { name })).toEqual({
      rows: [
        {
          line: 1,
          byteStart: 3,
          byteEnd: 35,
          text: 'good é',
          label: 'pos',
          labelKind: 'string',
          textHash: createHash('sha256').update('good é').digest('hex').slice(0, 16),
          occurrence: 0,
        },
        {
          line: 3,
          byteStart: 38,
          byteEnd: 66,
          text: 'bad',
          label: 'neg',
          labelKind: 'string',
          textHash: createHash('sha256').update('bad').digest('hex').slice(0, 16),
          occurrence: 0,
        },
        {
          line: 7,
          byteStart: 126,
          byteEnd: 154,
          text: 'bad',
          label: 'pos',
          labelKind: 'string',
          textHash: createHash('sha256').update('bad').digest('hex').slice(0, 16),
          occurrence: 1,
        },
      ],
      errors: [
        { line: 5, column: 28, code: 'not-json', message: "not JSON: the line ends where ',' or '}' is expected" },
        { line: 6, column: 9, code: 'empty-text', message: "the text 'text' is empty" },
      ],
      lineCount: 7,
      byteLength: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      schema: { text: 'text', label: 'label' },
      labelCounts: new Map([
        ['neg', 1],
        ['pos', 2],
      ]),
      unknownLabels: [],
      lackedLabels: new Map(),
    });
  });

  test('of pairs', async () => {
    const { rows, schema } = await readDataset(streamLines('{"premise":"a","hypothesis":"b","label":0}'), { name });
    expect(schema).toEqual({ text: 'premise', textPair: 'hypothesis', label: 'label' });
    expect(rows).toMatchObject([
      {
        text: 'a',
        textPair: 'b',
        label: '0',
        labelKind: 'integer',
        textHash: createHash('sha256').update('a\0b').digest('hex').slice(0, 16),
      },
    ]);
  });

  test('of one row and of one label is read; whether that will do is for others to say', async () => {
    expect((await readDataset(streamLines('{"text":"a","label":true}'), { name })).rows).toHaveLength(1);
    const { labelCounts } = await readDataset(streamLines('{"text":"a","label":1}', '{"text":"b","label":"1"}'), {
      name,
    });
    expect(labelCounts).toEqual(new Map([['1', 2]]));
  });

  test('keeps the order of the file when the schema is decided late', async () => {
    const lines: string[] = [];
    for (let i = 1; i <= 450; i++) {
      if (i % 3 === 0) lines.push('{');
      else if (i % 7 === 0) lines.push('{"text":"a"}');
      else lines.push(`{"text":"same","label":${i % 2}}`);
    }
    const { rows, errors } = await readDataset(streamLines(...lines), { name });
    expect(rows.map((row) => row.occurrence)).toEqual(rows.map((_, i) => i));
    const numbers = errors.map((error) => error.line);
    expect(numbers).toEqual(lines.flatMap((line, i) => (line.includes('label') ? [] : [i + 1])));
    expect(rows.map((row) => row.line)).toEqual(lines.flatMap((line, i) => (line.includes('label') ? [i + 1] : [])));
  });

  test('a 50 MB line costs that row only', async () => {
    const size = 50 * 1024 * 1024;
    const chunk = new Uint8Array(1024 * 1024).fill(0x61);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield utf8('{"text":"a","label":"x"}\n{"text":"');
      for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
      yield utf8('","label":"x"}\n{"text":"b","label":"x"}\n');
    }
    const { rows, errors, byteLength } = await readDataset(chunks(), { name });
    expect(rows.map(({ line, text }) => [line, text])).toEqual([
      [1, 'a'],
      [3, 'b'],
    ]);
    expect(errors).toEqual([
      {
        line: 2,
        column: 1,
        code: 'line-too-long',
        message: 'the line has 52428823 bytes, more than the 16777216 allowed; shorten or split its text',
      },
    ]);
    expect(byteLength).toBe(25 + 52428823 + 1 + 25);
  });
});

describe('labels', () => {
  const lines = [
    '{"text":"a","label":"positive"}',
    '{"text":"b","label":"Positive"}',
    '{"text":"b","label":"neutral"}',
    '{"text":"b","label":"negative"}',
  ];

  test('unknown ones are row errors on the label, with a suggestion where there is one', async () => {
    const { rows, errors, labelCounts, unknownLabels, lackedLabels } = await readDataset(streamLines(...lines), {
      name,
      labels: ['negative', 'positive'],
    });
    expect(unknownLabels).toEqual(['Positive', 'neutral']);
    expect(lackedLabels).toEqual(new Map([['neutral', 1]]));
    expect(errors).toEqual([
      {
        line: 2,
        column: 21,
        code: 'unknown-label',
        message:
          "label 'Positive' is unknown to the real data; did you mean 'positive'? Fix it or pass --label-map Positive=positive",
      },
      {
        line: 3,
        column: 21,
        code: 'unknown-label',
        message:
          "label 'neutral' is unknown to the real data; its labels are 'negative', 'positive'. Fix it or pass --label-map",
      },
    ]);
    expect(labelCounts).toEqual(
      new Map([
        ['negative', 1],
        ['positive', 1],
      ]),
    );
    // The rows in between have the same text: correcting their labels must not change this row's identity.
    expect(rows[1]).toMatchObject({ line: 4, occurrence: 2 });
  });

  test('are mapped before they are compared', async () => {
    const { rows, errors } = await readDataset(
      streamLines('{"text":"a","label":1}', '{"text":"b","label":"__proto__"}', '{"text":"c","label":"toString"}'),
      {
        name,
        labels: ['bad', 'good'],
        labelMap: JSON.parse('{"1":"good","__proto__":"bad"}') as Record<string, string>,
      },
    );
    expect(rows.map(({ label, labelKind }) => [label, labelKind])).toEqual([
      ['good', 'integer'],
      ['bad', 'string'],
    ]);
    expect(errors).toMatchObject([{ line: 3, code: 'unknown-label' }]);
  });

  test('none in common is one error that names both lists', async () => {
    const reading = readDataset(streamLines('{"text":"a","label":1}', '{"text":"b","label":0}', '{'), {
      name,
      labels: ['negative', 'positive'],
    });
    await expect(reading).rejects.toThrow(
      refusal(
        "a.jsonl has no label in common with the real data: its labels are '0', '1', those of the real data " +
          "'negative', 'positive'. Rename them or pass --label-map.",
      ),
    );
  });

  test('may be missing where that is allowed', async () => {
    const options = { name, labelOptional: true } as const;
    const plain = await readDataset(streamLines('{"text":"a"}', '{"text":"b"}'), options);
    expect(plain.schema).toEqual({ text: 'text' });
    expect(plain.rows.map((row) => row.label)).toEqual([undefined, undefined]);
    expect(plain.labelCounts.size).toBe(0);
    const mixed = await readDataset(
      streamLines('{"text":"a","label":"x"}', '{"text":"b"}', '{"text":"c","label":null}'),
      options,
    );
    expect(mixed.rows.map((row) => row.label)).toEqual(['x', undefined, undefined]);
    expect(mixed.errors).toEqual([]);
  });
});

describe('refused in one line', () => {
  test.each([
    ['', 'a.jsonl is empty; expected one JSON object per line such as {"text": "…", "label": "…"}.'],
    ['\ufeff', 'a.jsonl is empty; expected one JSON object per line such as {"text": "…", "label": "…"}.'],
    ['\r\n \n', 'a.jsonl is empty; expected one JSON object per line such as {"text": "…", "label": "…"}.'],
    [
      '\n{"text":"a","label":x}\n',
      'a.jsonl has no usable row; its only row is faulty: a.jsonl:2:21: not JSON: expected a value, found x',
    ],
    [
      '[\n{"text":"a","label":"x"},\n]\n',
      'a.jsonl has no usable row; all 3 rows are faulty, the first: a.jsonl:1:2: not JSON: the line ends where a ' +
        'value is expected',
    ],
    [
      '{"text":"a","label":""}\n{"text":"","label":"x"}',
      "a.jsonl has no usable row; all 2 rows are faulty, the first: a.jsonl:1:21: the label 'label' is empty",
    ],
    ['{"a":"b"}', "a.jsonl: no text field found; fields in the first row: 'a'. Name it with --text-field."],
  ])('%j', async (text, message) => {
    await expect(readDataset(stream(utf8(text)), { name })).rejects.toThrow(refusal(message));
  });

  test('an error of the stream itself passes through', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield utf8('{"text":"a","label":"x"}\n');
      await Promise.resolve();
      throw new RangeError('disk gone');
    }
    await expect(readDataset(broken(), { name })).rejects.toThrow(new RangeError('disk gone'));
  });
});

const someOptions = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      labels: fc.constantFrom(['positive', 'negative'], ['1', 'positive'], ['true', 'x']),
      labelMap: fc.constant({ '1': 'positive' }),
      maxLineBytes: fc.constantFrom(10, 40, 60),
      textField: fc.constantFrom('text', 'sentence1'),
    },
    { requiredKeys: [] },
  ),
);

test('property: any bytes give one clear refusal, or a data set that accounts for every line', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(hostileBytes, cuts, someOptions, async (bytes, at, options) => {
      const before = bytes.slice();
      const dataset = await outcome(bytes, at, { ...options, name, labelOptional: true });
      expect(bytes).toEqual(before);
      if (typeof dataset === 'string') return;
      read++;
      const expected: [number, number, number][] = [];
      const totals = await forEachLine(stream(bytes), ({ line, byteStart, byteEnd, bytes: lineBytes }) => {
        if (lineBytes !== undefined && !isBlank(lineBytes)) expected.push([line, byteStart, byteEnd]);
      });
      expect(dataset.lineCount).toBe(totals.lineCount);
      expect(dataset.byteLength).toBe(bytes.length);
      expect(dataset.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      const accounted = [...dataset.rows, ...dataset.errors].map(({ line }) => line).sort((a, b) => a - b);
      // Blank lines above the limit are reported too; no other blank line is.
      const overlong = dataset.errors.filter((error) => error.code === 'line-too-long').map((error) => error.line);
      const lines = new Set([...expected.map(([line]) => line), ...overlong]);
      expect(accounted).toEqual([...lines].sort((a, b) => a - b));
      for (const row of dataset.rows) {
        expect(expected).toContainEqual([row.line, row.byteStart, row.byteEnd]);
        const object = JSON.parse(Buffer.from(bytes.subarray(row.byteStart, row.byteEnd)).toString('utf8')) as Record<
          string,
          unknown
        >;
        expect(object[dataset.schema.text]).toBe(row.text);
        if (dataset.schema.textPair !== undefined) expect(object[dataset.schema.textPair]).toBe(row.textPair);
        expect(row.text.trim()).not.toBe('');
      }
      for (const error of dataset.errors) {
        expect(error.column).toBeGreaterThanOrEqual(1);
        const range = expected.find(([line]) => line === error.line);
        // A character takes at least one byte.
        if (range !== undefined) expect(error.column).toBeLessThanOrEqual(range[2] - range[1] + 1);
        expect(error.message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }
    }),
    { numRuns: 1500 },
  );
  expect(read).toBeGreaterThan(100);
});

test('property: how the file is cut into chunks makes no difference', async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes, cuts, someOptions, async (bytes, at, options) => {
      const all = { ...options, name, labelOptional: true } as const;
      const everyByte = Array.from(bytes, (_, i) => i);
      const whole = await outcome(bytes, [], all);
      expect(await outcome(bytes, at, all)).toEqual(whole);
      expect(await outcome(bytes, everyByte, all)).toEqual(whole);
    }),
    { numRuns: 400 },
  );
});

/** A valid row: its fields and one of many ways to write it as a line. */
const writtenRow = fc
  .record({
    text: anyText.filter((text) => text.trim() !== ''),
    label: fc.oneof(
      anyText.filter((label) => label.trim() !== ''),
      fc.maxSafeInteger(),
      fc.boolean(),
    ),
    extra: fc.dictionary(
      fc.string().filter((key) => !/^(__proto__|text|label)$/.test(key)),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 2 },
    ),
    labelFirst: fc.boolean(),
    indent: fc.constantFrom(undefined, 1, '\t'),
    ascii: fc.boolean(),
    before: fc.constantFrom('', '', ' ', '\n', '\r\n', ' \t\r\n\n'),
    newline: fc.constantFrom('\n', '\r\n', ' \n', '\t\r\n'),
  })
  .map(({ text, label, extra, labelFirst, indent, ascii, before, newline }) => {
    const object = labelFirst ? { label, ...extra, text } : { text, ...extra, label };
    const json = JSON.stringify(object, null, indent).replaceAll('\n', ' ');
    const written = ascii
      ? json.replace(/[^\t\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : json;
    return { text, label, line: `${before}${written}${newline}` };
  });

test('property: a valid data set comes back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(writtenRow, { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      fc.boolean(),
      cuts,
      async (written, withBom, lastNewline, at) => {
        const body = written.map((row) => row.line).join('');
        const bytes = concatenate(
          withBom ? utf8('\ufeff') : new Uint8Array(0),
          utf8(lastNewline ? body : body.replace(/\r?\n$/, '')),
        );
        const { rows, errors, labelCounts } = await readDataset(stream(bytes, at), {
          name,
          textField: 'text',
          labelField: 'label',
        });
        expect(errors).toEqual([]);
        expect(rows.map(({ text, label, labelKind }) => [text, label, labelKind])).toEqual(
          written.map(({ text, label }) => {
            const kind = typeof label === 'number' ? 'integer' : typeof label;
            return [text, Object.is(label, -0) ? '0' : String(label), kind];
          }),
        );
        const counts = [...labelCounts.values()].reduce((sum, count) => sum + count, 0);
        expect(counts).toBe(written.length);
      },
    ),
    { numRuns: 400 },
  );
});
