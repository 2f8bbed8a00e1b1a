/** A text as an editor has it, for tests: places, changes, and what they make of the text. */
import type { TextChange } from '../../../../src/protocol/data.ts';

/** Line and character of an offset, 0-based; lines end in LF or CRLF. */
export function placeOf(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return { line, character: offset - (before.lastIndexOf('\n') + 1) };
}

/**
 * Changes of a text that do not overlap: each replaces `length` code units from `start`, as far as it fits behind the one
 * before and cuts no line end in two.
 */
export function changesOf(
  text: string,
  wanted: readonly (readonly [start: number, length: number, text: string])[],
): TextChange[] {
  const whole = (offset: number): number => (text[offset - 1] === '\r' && text[offset] === '\n' ? offset - 1 : offset);
  let free = 0;
  return [...wanted]
    .map(([start, length, inserted]) => [start % (text.length + 1), length, inserted] as const)
    .sort((a, b) => a[0] - b[0])
    .flatMap(([start, length, inserted], i) => {
      const from = whole(start);
      const to = whole(Math.min(text.length, start + length));
      if (from < free || to < from || (i > 0 && from === free)) return [];
      free = to;
      const [a, b] = [placeOf(text, from), placeOf(text, to)];
      return [
        { startLine: a.line, startCharacter: a.character, endLine: b.line, endCharacter: b.character, text: inserted },
      ];
    });
}

/** The text after changes that are all relative to the text before. */
export function applyToText(text: string, changes: readonly TextChange[]): string {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  const sorted = [...changes].sort((a, b) => a.startLine - b.startLine || a.startCharacter - b.startCharacter);
  let result = text;
  for (const change of sorted.reverse()) {
    const from = starts[change.startLine] + change.startCharacter;
    const to = starts[change.endLine] + change.endCharacter;
    result = result.slice(0, from) + change.text + result.slice(to);
  }
  return result;
}
