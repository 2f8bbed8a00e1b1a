import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isJsonFault, scanJson, type JsonFault, type JsonScan } from '../../../src/core/dataset/jsonScanner.ts';
import { anyText } from './support.ts';

function scan(source: string): JsonScan {
  const result = scanJson(source);
  if (isJsonFault(result)) throw new Error(`unexpected fault at ${result.at}: ${result.reason}`);
  return result;
}

function fault(source: string): JsonFault {
  const result = scanJson(source);
  if (!isJsonFault(result)) throw new Error(`no fault in ${source}`);
  return result;
}

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

test('the members of the top-level object, with their ranges', () => {
  const source = ' {"a": "x\\"}", "b\\u0041":[{"a":1}, 2 ] ,"a":{},"n":-1.5e+3,"t":true,"z":null} ';
  const { kind, start, members } = scan(source);
  expect(kind).toBe('object');
  expect(start).toBe(1);
  expect(members.map((member) => [member.key, member.kind, source.slice(member.start, member.end)])).toEqual([
    ['a', 'string', '"x\\"}"'],
    ['bA', 'array', '[{"a":1}, 2 ]'],
    ['a', 'object', '{}'],
    ['n', 'number', '-1.5e+3'],
    ['t', 'boolean', 'true'],
    ['z', 'null', 'null'],
  ]);
  expect(members.map((member) => source[member.keyStart])).toEqual(Array(6).fill('"'));
  expect(members[1].keyStart).toBe(source.indexOf('"b'));
});

test.each([
  ['', 0, 'the line ends where a value is expected'],
  ['{"a":1', 6, "the line ends where ',' or '}' is expected"],
  ['{"a"', 4, "the line ends where ':' after the key is expected"],
  ['{"a":"b', 5, 'the string that opens here is not closed on this line'],
  ['{"a":"b\\', 5, 'the string that opens here is not closed on this line'],
  ['{"a":"b\\u12', 5, 'the string that opens here is not closed on this line'],
  ['{"a":1,}', 7, "a comma before '}' is not allowed"],
  ['[1,]', 3, "a comma before ']' is not allowed"],
  ['{"a" 1}', 5, "expected ':' after the key, found '1'"],
  ["{'a':1}", 1, `expected a key in double quotes, found ' (JSON quotes with ")`],
  ['{“a”:1}', 1, `expected a key in double quotes, found “ (JSON quotes with ")`],
  ['{a:1}', 1, 'expected a key in double quotes, found a'],
  ['{"a":None}', 5, 'expected a value, found None (JSON writes null)'],
  ['{"a":True}', 5, 'expected a value, found True (JSON writes true)'],
  ['{"a":NaN}', 5, 'expected a value, found NaN (JSON writes null)'],
  ['{"a":nul}', 5, 'expected a value, found nul'],
  ['{"a":01}', 6, 'a number must not begin with 0'],
  ['{"a":1.}', 7, "expected a digit, found '}'"],
  ['{"a":-}', 6, "expected a digit, found '}'"],
  ['{"a":1e}', 7, "expected a digit, found '}'"],
  ['{"a":.5}', 5, "expected a value, found '.'"],
  ['{"a":"\t"}', 6, 'a control character in a string must be written \\t'],
  ['{"a":"\u0001"}', 6, 'a control character in a string must be written \\u0001'],
  ['{"a":"\\x"}', 6, 'no such escape as \\x'],
  ['{"a":"\\\u202e"}', 6, 'no such escape'],
  ['{"a":"\\u12g4"}', 6, '\\u needs four hexadecimal digits'],
  ['{"a":1} {"b":2}', 8, 'a second value begins here; each needs a line of its own'],
  ['{"a":1} x', 8, 'expected the end of the line, found x'],
  ['{"a":1} // why', 8, 'expected the end of the line; JSON has no comments'],
  ['{"a":[1}', 7, "expected ',' or ']', found '}'"],
  ['\ufeff{}', 0, 'expected a value, found U+FEFF'],
  ['\u00a0{}', 0, 'expected a value, found U+00A0'],
])('fault of %j at %i', (source, at, reason) => {
  expect(isJson(source)).toBe(false);
  expect(fault(source)).toEqual({ at, reason });
});

test('deep nesting neither overflows the stack nor hangs', () => {
  const depth = 500_000;
  expect(scan('['.repeat(depth) + ']'.repeat(depth)).kind).toBe('array');
  expect(fault('{"a":'.repeat(depth)).at).toBe(5 * depth);
  expect(fault('['.repeat(depth) + ']'.repeat(depth - 1)).at).toBe(2 * depth - 1);
});

const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);

/** JSON text with white space between tokens and strings partly written as escapes. */
const jsonText: fc.Arbitrary<string> = fc
  .tuple(fc.jsonValue({ maxDepth: 3 }), fc.array(space, { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([value, spaces, escape]) => {
    let n = 0;
    const text = JSON.stringify(value).replace(/"(?:[^"\\]|\\.)*"|[^"]/gu, (token) => {
      if (token.startsWith('"')) return escape ? token.replace(/[^\x20-\x7e]/g, escapeUnit) : token;
      // Inside a number or a word there is no room for white space.
      return /[[\]{},:]/.test(token) ? `${spaces[n++ % spaces.length]}${token}${spaces[n++ % spaces.length]}` : token;
    });
    return text;
  });

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const character = fc.oneof(
  fc.constantFrom(...'{}[]",:\\ \t\r\n0123456789-+.eEutrfalsn/\'\0\u0001\u007f\u2028\ufeff'),
  anyText,
);

test('property: valid exactly where JSON.parse says so, and a fault lies within the line', () => {
  let valid = 0;
  let invalid = 0;
  const edit = fc.record({ at: fc.nat(1000), remove: fc.nat(2), insert: fc.oneof(fc.constant(''), character) });
  fc.assert(
    fc.property(jsonText, fc.array(edit, { maxLength: 3 }), (original, edits) => {
      let source = original;
      for (const { at, remove, insert } of edits) {
        const i = at % (source.length + 1);
        source = source.slice(0, i) + insert + source.slice(i + remove);
      }
      const result = scanJson(source);
      if (isJson(source)) {
        valid++;
        expect(result).not.toHaveProperty('reason');
      } else {
        invalid++;
        const { at, reason } = result as JsonFault;
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(source.length);
        expect(reason).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }
    }),
    { numRuns: 5000 },
  );
  expect(valid).toBeGreaterThan(500);
  expect(invalid).toBeGreaterThan(500);
});

test('property: ranges give the members that JSON.parse sees', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, fc.jsonValue({ maxDepth: 2 })), (object) => {
      const source = JSON.stringify(object, null, 1);
      const members = scan(source).members.map(({ key, start, end }) => [key, JSON.parse(source.slice(start, end))]);
      expect(members).toEqual(Object.entries(JSON.parse(source) as object));
    }),
    { numRuns: 300 },
  );
});

/** JSON whose every prefix can be told exactly: plain strings, integers and containers, no words and no escapes. */
const plainJson = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.stringMatching(/^[a-z ]{0,5}$/),
      fc.nat(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 3 }),
    ),
  }))
  .value.map((value) => JSON.stringify([value]));

test('property: a control character is found exactly where it was put', () => {
  fc.assert(
    fc.property(plainJson, fc.nat(1000), (json, offset) => {
      const at = offset % (json.length + 1);
      expect(fault(`${json.slice(0, at)}\u0001${json.slice(at)}`).at).toBe(at);
    }),
    { numRuns: 1000 },
  );
});

test('property: a cut-off text is at fault at its end, or where its open string begins', () => {
  fc.assert(
    fc.property(plainJson, fc.nat(1000), (json, offset) => {
      const cut = json.slice(0, offset % json.length);
      const quotes = [...cut.matchAll(/"/g)].map((match) => match.index);
      expect(fault(cut).at).toBe(quotes.length % 2 === 1 ? quotes[quotes.length - 1] : cut.length);
    }),
    { numRuns: 1000 },
  );
});
