import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextChange } from '../../../../src/protocol/data.ts';
import { spliceLines } from '../../../../src/worker/data/textChanges.ts';
import { applyToText, changesOf } from './textEdits.ts';

/** The lines of a text after changes, by whole-line replacements. */
function bySplices(text: string, changes: readonly TextChange[]): string[] {
  const lines = text.split('\n');
  const splices = spliceLines(changes, { count: lines.length, textOf: (line) => lines[line] });
  const result: string[] = [];
  let position = 0;
  for (const { from, to, texts } of splices) {
    expect(from).toBeGreaterThanOrEqual(position);
    result.push(...lines.slice(position, from), ...texts);
    position = to;
  }
  return [...result, ...lines.slice(position)];
}

test('replacing whole lines gives the text that the changes give', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('', 'a', 'bc', 'défg', '😀h'), { maxLength: 8 }).map((lines) => lines.join('\n')),
      fc.array(fc.tuple(fc.nat(40), fc.nat(8), fc.constantFrom('', 'X', '\n', 'Y\nZ', '\nW\n', '\r\n')), {
        maxLength: 6,
      }),
      (text, wanted) => {
        const changes = changesOf(text, wanted);
        expect(bySplices(text, changes)).toEqual(applyToText(text, changes).split(/\r\n|\n/));
      },
    ),
    { numRuns: 3000 },
  );
});

const at = (
  startLine: number,
  startCharacter: number,
  endLine: number,
  endCharacter: number,
  text: string,
): TextChange => {
  return { startLine, startCharacter, endLine, endCharacter, text };
};
const linesOf = (...lines: string[]): { count: number; textOf: (line: number) => string } => {
  return { count: lines.length, textOf: (line) => lines[line] };
};

test('removed and inserted whole lines touch no other line, and adjacent ones are one', () => {
  const lines = { count: 100_001, textOf: (line: number): string => expect.fail(`line ${line} was read`) };
  const removals = Array.from({ length: 50_000 }, (_, i) => at(i, 0, i + 1, 0, ''));
  expect(spliceLines(removals, lines)).toEqual([{ from: 0, to: 50_000, texts: [] }]);
  const insertions = [at(7, 0, 7, 0, 'a\nb\n'), at(7, 0, 7, 0, 'c\r\n')];
  expect(spliceLines(insertions, lines)).toEqual([{ from: 7, to: 7, texts: ['a', 'b', 'c'] }]);
});

test('several changes of one line, in any order', () => {
  const changes = [at(0, 4, 0, 5, 'E'), at(0, 0, 0, 1, 'A'), at(1, 1, 2, 1, '!')];
  expect(spliceLines(changes, linesOf('a b c', 'de', 'fg'))).toEqual([
    { from: 0, to: 1, texts: ['A b E'] },
    { from: 1, to: 3, texts: ['d!g'] },
  ]);
});

test('changes that do not fit the text are refused', () => {
  const lines = linesOf('abc', 'def');
  expect(() => spliceLines([at(0, 0, 0, 2, 'x'), at(0, 1, 0, 3, 'y')], lines)).toThrow('overlap');
  expect(() => spliceLines([at(0, 0, 1, 1, 'x'), at(1, 0, 1, 2, 'y')], lines)).toThrow('overlap');
  expect(() => spliceLines([at(0, 0, 2, 0, '')], lines)).toThrow('a change at line 1 lies outside the text of 2 lines');
  expect(() => spliceLines([at(1, 2, 1, 1, '')], lines)).toThrow(RangeError);
});
