import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textHash } from '../../../../src/core/dataset/identity.ts';
import { isBlank, parseLine, readLabel, readText } from '../../../../src/core/dataset/parseRow.ts';
import { isRowError } from '../../../../src/core/dataset/rowError.ts';
import type { Schema } from '../../../../src/core/dataset/schema.ts';
import { lineStatus } from '../../../../src/worker/data/lineTable.ts';
import { hashText, RowFormat, type LineContent } from '../../../../src/worker/data/rowFormat.ts';
import { newFields, scanRow, wordsOf } from '../../../../src/worker/data/scanRow.ts';
import { anyText, hostileBytes } from '../../dataset/support.ts';

const known = ['a', 'positive', 'true', '1', '-7', 'é'];

/** What the rules of `core` say of a line. */
function byCore(bytes: Uint8Array, schema: Schema): { status: number; hash?: string; label?: string } {
  if (isBlank(bytes)) return { status: lineStatus.blank };
  const parsed = parseLine(bytes, 1);
  if (isRowError(parsed)) return { status: lineStatus.faulty };
  const texts = readText(parsed, schema);
  if (isRowError(texts)) return { status: lineStatus.faulty };
  const hash = textHash(texts.text, texts.textPair);
  const label = readLabel(parsed, schema.label ?? '');
  if (isRowError(label) || !known.includes(label.label)) return { status: lineStatus.faultyLabel, hash };
  return { status: lineStatus.row, hash, label: label.label };
}

/** Of a line by itself, and of the same one among others, wherever its words begin: the answer is one. */
function byFormat(format: RowFormat, bytes: Uint8Array): ReturnType<typeof byCore> {
  const alone = contentOf((content) => format.classify(Buffer.from(bytes), content));
  for (let before = 0; before < 4; before++) {
    const among = Buffer.concat([Buffer.alloc(before, '\n'), bytes, Buffer.from('\n{"text":"x","label":"a"}')]);
    const end = before + bytes.length;
    const found = contentOf((content) => format.classify(among, content, before, end, wordsOf(among)));
    expect(found).toEqual(alone);
  }
  return answerOf(format, alone);
}

function contentOf(classify: (into: LineContent) => void): LineContent {
  const content: LineContent = { status: -1, hashHigh: -1, hashLow: -1, token: -2 };
  classify(content);
  return content;
}

function answerOf(format: RowFormat, content: LineContent): ReturnType<typeof byCore> {
  const { status, hashHigh, hashLow, token } = content;
  if (status === lineStatus.blank || status === lineStatus.faulty) {
    expect([hashHigh, hashLow, token]).toEqual([0, 0, -1]);
    return { status };
  }
  const hash = hashText(hashHigh, hashLow);
  return status === lineStatus.row ? { status, hash, label: format.spellings.all[token].label } : { status, hash };
}

const schemas: Schema[] = [
  { text: 'text', label: 'label' },
  { text: 'sentence1', textPair: 'sentence2', label: 'label' },
  { text: 'té😀', label: 'l' },
];
const formats = schemas.map((schema) => new RowFormat({ schema, file: 'f', known }));

/** A line that is mostly good: members in any order, spaces anywhere, one of them perhaps spoilt. */
const lines = fc
  .tuple(
    fc.constantFrom(...schemas.keys()),
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom('text', 'label', 'sentence1', 'sentence2', 'té😀', 'l') },
          anyText,
        ),
        fc.oneof(
          { weight: 4, arbitrary: anyText.map((text) => JSON.stringify(text)) },
          { weight: 3, arbitrary: fc.constantFrom('"a"', '"positive"', 'true', '1', '1.0', '-7', '"\\u00e9"', '"é"') },
          fc.constantFrom(
            'null',
            'false',
            '01',
            '1e2',
            '-',
            '1.',
            '.5',
            '1e',
            'tru',
            '[1]',
            '{"text":"x"}',
            '[]',
            '{}',
          ),
          fc.constantFrom('"\\x"', '"\\u12g4"', '"\\', '"a', '" "', '"\\n"', '"\\ud800"', '""', "'a'"),
          fc.double().map(String),
        ),
        fc.constantFrom('', ' ', '\t', '\r'),
      ),
      { maxLength: 6 },
    ),
    fc.constantFrom('', ' ', '}', ',', 'x', '\0'),
  )
  .map(([index, members, tail]) => ({
    index,
    line: `{${members.map(([key, value, space]) => `${space}${JSON.stringify(key)}${space}:${space}${value}${space}`).join(',')}}${tail}`,
  }));

test('a line is what core says it is: status, hash and label', () => {
  fc.assert(
    fc.property(lines, ({ index, line }) => {
      const bytes = Buffer.from(line);
      expect(byFormat(formats[index], bytes)).toEqual(byCore(bytes, schemas[index]));
    }),
    { numRuns: 4000 },
  );
});

test('any bytes are what core says they are', () => {
  fc.assert(
    fc.property(hostileBytes, fc.constantFrom(...schemas.keys()), (bytes, index) => {
      const line = bytes.filter((byte) => byte !== 0x0a);
      expect(byFormat(formats[index], line)).toEqual(byCore(line, schemas[index]));
    }),
    { numRuns: 2000 },
  );
});

test('ordinary rows take the fast path, and it finds the same texts', () => {
  const keys = { text: Buffer.from('text'), textPair: undefined, label: Buffer.from('label') };
  const fast = [
    '{"text":"good film","label":"positive"}',
    ' { "id" : -1.5e+3 , "text" : "a \\"quoted\\" \\u00e9 word" , "label" : 1 , "x" : null } ',
    '{"label":true,"text":"漢字 and more"}',
  ];
  for (const line of fast) {
    expect(scanRow(Buffer.from(line), keys, newFields())).toBe(true);
    expect(formats[0].textOf(Buffer.from(line)).text).toBe((JSON.parse(line) as { text: string }).text);
  }
  const unusual = [
    '{"text":"x","label":"a","meta":{}}',
    '{"te\\u0078t":"x","label":"a"}',
    '{"text":"漢字","label":"a"}',
  ];
  for (const line of unusual) {
    expect(scanRow(Buffer.from(line), keys, newFields())).toBe(false);
    expect(byFormat(formats[0], Buffer.from(line)).status).toBe(lineStatus.row);
  }
});

test('a NUL byte, a prototype key and 10 MB of text are ordinary input', () => {
  const long = 'x'.repeat(10_000_000);
  const cases = [
    `{"__proto__":{"text":"y"},"text":"x","label":"a"}`,
    `{"constructor":"x","text":"${long}","label":"a"}`,
    `{"text":"a\0b","label":"a"}`,
  ];
  for (const line of cases) {
    const bytes = Buffer.from(line);
    expect(byFormat(formats[0], bytes)).toEqual(byCore(bytes, schemas[0]));
  }
});
