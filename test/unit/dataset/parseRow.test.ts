import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isBlank,
  parseLine,
  readLabel,
  readText,
  type LabelField,
  type ParsedLine,
  type TextFields,
} from '../../../src/core/dataset/parseRow.ts';
import { formatRowError, isRowError, type RowError } from '../../../src/core/dataset/rowError.ts';
import { firstInvalidUtf8 } from '../../../src/core/dataset/utf8.ts';
import { anyText, concatenate, utf8 } from './support.ts';

const schema = { text: 'text', label: 'label' };

function parse(line: string | Uint8Array, number = 7): ParsedLine {
  const parsed = parseLine(typeof line === 'string' ? utf8(line) : line, number);
  if (isRowError(parsed)) throw new Error(formatRowError('line', parsed));
  return parsed;
}

function readRow(line: string | Uint8Array, number = 7): (TextFields & LabelField) | RowError {
  const parsed = parseLine(typeof line === 'string' ? utf8(line) : line, number);
  if (isRowError(parsed)) return parsed;
  const text = readText(parsed, schema);
  if (isRowError(text)) return text;
  const label = readLabel(parsed, schema.label);
  return isRowError(label) ? label : { ...text, ...label };
}

describe('good rows', () => {
  test.each([
    ['"positive"', 'positive', 'string'],
    ['"a\\"b\\u0041"', 'a"bA', 'string'],
    ['" x "', ' x ', 'string'],
    ['1', '1', 'integer'],
    ['-1', '-1', 'integer'],
    ['1.0', '1', 'integer'],
    ['1e2', '100', 'integer'],
    ['-0', '0', 'integer'],
    ['true', 'true', 'boolean'],
    ['false', 'false', 'boolean'],
  ])('label %s', (json, label, labelKind) => {
    const line = ` {"text": "a film", "label" : ${json} , "id": 3}`;
    const start = line.indexOf(json);
    expect(readRow(line)).toEqual({ text: 'a film', label, labelKind, start, end: start + json.length });
  });

  test('ranges count UTF-16 code units', () => {
    const line = '{"text":"😀é","label":"x"}';
    const row = readRow(line);
    expect(row).toMatchObject({ start: line.indexOf('"x"'), end: line.indexOf('"x"') + 3 });
  });

  test('a pair of texts', () => {
    const parsed = parse('{"premise":"a","hypothesis":"b"}');
    expect(readText(parsed, { text: 'premise', textPair: 'hypothesis' })).toEqual({ text: 'a', textPair: 'b' });
  });

  test('hostile keys are ordinary fields', () => {
    const parsed = parse('{"__proto__":"a","constructor":"b"}');
    expect(readText(parsed, { text: '__proto__' })).toEqual({ text: 'a' });
    expect(readText(parsed, { text: 'toString' })).toMatchObject({ code: 'missing-field' });
    expect(readLabel(parsed, 'constructor')).toMatchObject({ label: 'b' });
  });
});

describe('row errors', () => {
  test.each<[string, string, number, string]>([
    ['{"text":"a","label":"x"', 'not-json', 24, "not JSON: the line ends where ',' or '}' is expected"],
    ['{"text":"😀","label":x}', 'not-json', 22, 'not JSON: expected a value, found x'],
    ['{"text":"a\0"}', 'nul-byte', 11, 'the line holds a NUL byte; remove it, or save the file as UTF-8'],
    [' ["a"]', 'not-object', 2, 'expected a JSON object such as {"text": …, "label": …}, found an array'],
    ['"a"', 'not-object', 1, 'expected a JSON object such as {"text": …, "label": …}, found a string'],
    ['null', 'not-object', 1, 'expected a JSON object such as {"text": …, "label": …}, found null'],
    [
      '{"text":"a","label":"x","\\u0074ext":"b"}',
      'duplicate-key',
      25,
      "the key 'text' comes twice, so its value is ambiguous; remove one",
    ],
    [
      '{"text":"a","label":"x","label":"x"}',
      'duplicate-key',
      25,
      "the key 'label' comes twice, so its value is ambiguous; remove one",
    ],
    [' {"label":"x"}', 'missing-field', 2, "the row has no field 'text'"],
    ['{"Text":"a","label":"x"}', 'missing-field', 1, "the row has no field 'text'; it has 'Text'"],
    ['{"text":"a"}', 'missing-field', 1, "the row has no field 'label'"],
    ['{"text":5,"label":"x"}', 'wrong-type', 9, "the text 'text' must be a string, found a number"],
    ['{"text":["a"],"label":"x"}', 'wrong-type', 9, "the text 'text' must be a string, found an array"],
    ['{"text":null,"label":"x"}', 'wrong-type', 9, "the text 'text' must be a string, found null"],
    ['{"text":"","label":"x"}', 'empty-text', 9, "the text 'text' is empty"],
    ['{"text":" \\n\\u00a0","label":"x"}', 'empty-text', 9, "the text 'text' is empty"],
    ['{"text":"a","label":""}', 'empty-label', 21, "the label 'label' is empty"],
    ['{"text":"a","label":" \\t"}', 'empty-label', 21, "the label 'label' is empty"],
    [
      '{"text":"a","label":null}',
      'wrong-type',
      21,
      "the label 'label' must be a string, an integer or true/false, found null",
    ],
    [
      '{"text":"a","label":[1]}',
      'wrong-type',
      21,
      "the label 'label' must be a string, an integer or true/false, found an array",
    ],
    ['{"text":"a","label":0.5}', 'wrong-type', 21, "the label 'label' is not an integer"],
    [
      '{"text":"a","label":12345678901234567890}',
      'wrong-type',
      21,
      "the label 'label' is too large to be exact; write it as a string",
    ],
    ['{"text":"a","label":1e999}', 'wrong-type', 21, "the label 'label' is not an integer"],
  ])('%j', (line, code, column, message) => {
    expect(readRow(line)).toEqual({ line: 7, column, code, message });
  });

  test('a repeated key that is not used does no harm', () => {
    expect(readRow('{"id":1,"text":"a","id":2,"label":"x"}')).toMatchObject({ text: 'a', label: 'x' });
  });

  test.each<[string, number[], number]>([
    ['a lone continuation byte', [0x80], 1],
    ['an overlong form', [0xc0, 0xaf], 1],
    ['an overlong three-byte form', [0xe0, 0x80, 0xaf], 1],
    ['a surrogate', [0xed, 0xa0, 0x80], 1],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 1],
    ['a sequence cut off by the end', [0x61, 0xf0, 0x9f, 0x98], 2],
    ['after characters of one to four bytes', [...utf8('aé€😀'), 0xff], 6],
  ])('invalid UTF-8: %s', (_, bytes, column) => {
    const error = readRow(new Uint8Array(bytes));
    expect(error).toMatchObject({ line: 7, column, code: 'invalid-utf8' });
  });

  test('invalid UTF-8 names the byte, or UTF-16 where the file begins so', () => {
    const latin1 = concatenate(utf8('{"text":"caf'), new Uint8Array([0xe9]), utf8('"}'));
    expect(readRow(latin1)).toMatchObject({
      column: 13,
      message: 'byte 0xE9 is not valid UTF-8; save the file as UTF-8',
    });
    const utf16 = new Uint8Array(Buffer.from('\ufeff{}', 'utf16le'));
    expect(readRow(utf16, 1)).toMatchObject({ column: 1, message: 'the file is UTF-16; save the file as UTF-8' });
  });

  test('the reader recovers after invalid UTF-8', () => {
    expect(readRow(new Uint8Array([0xf0, 0x9f]))).toMatchObject({ code: 'invalid-utf8' });
    expect(readRow('{"text":"é","label":"x"}')).toMatchObject({ text: 'é' });
  });

  test('a byte order mark that is not at the start of the file is an unexpected character', () => {
    expect(readRow('\ufeff{"text":"a","label":"x"}')).toMatchObject({ code: 'not-json', column: 1 });
  });

  test('values are quoted so that a message stays one readable line', () => {
    const parsed = parse('{"a":1}');
    const error = readText(parsed, { text: `a\n\u202e${'x'.repeat(100)}` }) as RowError;
    expect(error.message).toBe(`the row has no field 'a\\u000a\\u202e${'x'.repeat(57)}…'`);
  });

  test('the form in which errors are printed', () => {
    const error = { line: 3, column: 9, code: 'empty-text', message: 'the text is empty' } as const;
    expect(formatRowError('dir/a.jsonl', error)).toBe('dir/a.jsonl:3:9: the text is empty');
  });
});

describe('optional labels', () => {
  test.each(['{}', '{"label":null}', '{"label":""}', '{"label":"  "}'])('%s has none', (line) => {
    expect(readLabel(parse(line), 'label', true)).toBeUndefined();
  });

  test('a label that is there must be a good one', () => {
    expect(readLabel(parse('{"label":2}'), 'label', true)).toMatchObject({ label: '2' });
    expect(readLabel(parse('{"label":[]}'), 'label', true)).toMatchObject({ code: 'wrong-type' });
    expect(readLabel(parse('{"label":1,"label":2}'), 'label', true)).toMatchObject({ code: 'duplicate-key' });
  });
});

test('blank lines hold nothing but the white space of JSON', () => {
  for (const blank of ['', ' ', '\t \r']) expect(isBlank(utf8(blank))).toBe(true);
  for (const line of ['x', ' {', '\u00a0', '\0', '\ufeff']) expect(isBlank(utf8(line))).toBe(false);
});

test('property: the offset of invalid UTF-8 agrees with the decoder', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const isValid = (bytes: Uint8Array): boolean => {
    try {
      decoder.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    anyText.map(utf8),
    fc
      .constantFrom(0xe0, 0xed, 0xf0, 0xf4)
      .chain((lead) =>
        fc
          .array(fc.integer({ min: 0x7f, max: 0xc0 }), { minLength: 1, maxLength: 3 })
          .map((rest) => new Uint8Array([lead, ...rest])),
      ),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const bytes = concatenate(...parts);
      const at = firstInvalidUtf8(bytes);
      expect(at === -1).toBe(isValid(bytes));
      // What the replacing decoder writes for the bytes before `at` is what they mean: nothing earlier is wrong.
      if (at >= 0) expect(isValid(bytes.subarray(0, at))).toBe(true);
      if (at >= 0) expect(new TextDecoder().decode(bytes.subarray(at)).charAt(0)).toBe('\ufffd');
    }),
    { numRuns: 500 },
  );
});

test('property: another label in the range of the old one gives the same object otherwise', () => {
  const label = fc.oneof(fc.string({ minLength: 1 }), fc.maxSafeInteger(), fc.boolean());
  const extra = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
  fc.assert(
    fc.property(extra, extra, label, label, fc.nat(3), (before, after, oldLabel, newLabel, indent) => {
      fc.pre(String(oldLabel).trim() !== '');
      const object = { ...before, label: oldLabel, ...after };
      object.label = oldLabel;
      const source = JSON.stringify(object, null, indent).replaceAll('\n', ' ');
      const field = readLabel(parse(source), 'label');
      if (isRowError(field)) throw new Error(field.message);
      expect(field.label).toBe(String(Object.is(oldLabel, -0) ? 0 : oldLabel));
      const edited = source.slice(0, field.start) + JSON.stringify(newLabel) + source.slice(field.end);
      expect(JSON.parse(edited)).toEqual(JSON.parse(JSON.stringify({ ...object, label: newLabel })));
    }),
    { numRuns: 500 },
  );
});
