/** What changes of a text, as an editor tells them, do to its lines. */
import type { TextChange } from '../../protocol/data.ts';

/** The lines of a text as an editor counts them: a newline at the end begins one more, empty line. */
export interface EditorLines {
  readonly count: number;
  /** 0-based. */
  textOf(line: number): string;
}

/** Lines `from` up to and without `to` are replaced by others. 0-based. */
export interface LineSplice {
  readonly from: number;
  to: number;
  readonly texts: string[];
}

/** What ends a line in an editor. */
const lineEnd = /\r\n|\r|\n/;

/**
 * Turns changes, all relative to the text before them, into replacements of whole lines: ascending, not overlapping.
 * @throws RangeError where changes overlap or lie outside the text: the editor and we have different texts.
 */
export function spliceLines(changes: readonly TextChange[], lines: EditorLines): Readonly<LineSplice>[] {
  const splices: LineSplice[] = [];
  const sorted = changes
    .map((change, order) => ({ change, order }))
    .sort(
      (a, b) =>
        a.change.startLine - b.change.startLine ||
        a.change.startCharacter - b.change.startCharacter ||
        // Insertions at one place keep their order, and come before what is replaced there.
        Number(!isInsertion(a.change)) - Number(!isInsertion(b.change)) ||
        a.order - b.order,
    )
    .map(({ change }) => change);
  // The replacement that is being put together: it ends at a character of `line`, the rest of which is not yet part of it.
  let open: { from: number; line: number; character: number; parts: string[] } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { from, line, character, parts } = open;
    open = undefined;
    const last = lines.textOf(line);
    splices.push({ from, to: line + 1, texts: (parts.join('') + last.slice(character)).split(lineEnd) });
  };
  for (const change of sorted) {
    check(change, lines.count);
    const { startLine, endLine, startCharacter, endCharacter, text } = change;
    if (open !== undefined && startLine < open.line) throw new RangeError('changes of the text overlap');
    if (open !== undefined && startLine > open.line) close();
    if (open === undefined && startCharacter === 0 && endCharacter === 0 && (text === '' || /[\r\n]$/.test(text))) {
      // Whole lines, as removals and their undoing are: no other line needs to be read for it.
      const texts = text === '' ? [] : text.split(lineEnd).slice(0, -1);
      pushWhole(splices, { from: startLine, to: endLine, texts });
      continue;
    }
    if (open === undefined) {
      const before = splices.at(-1);
      if (before !== undefined && before.to > startLine) throw new RangeError('changes of the text overlap');
      open = { from: startLine, line: startLine, character: 0, parts: [] };
    }
    if (startLine === open.line && startCharacter < open.character) throw new RangeError('changes of the text overlap');
    open.parts.push(lines.textOf(startLine).slice(open.character, startCharacter), text);
    open.line = endLine;
    open.character = endCharacter;
  }
  close();
  return splices;
}

function isInsertion(change: TextChange): boolean {
  return change.startLine === change.endLine && change.startCharacter === change.endCharacter;
}

function pushWhole(splices: LineSplice[], splice: LineSplice): void {
  const before = splices.at(-1);
  if (before === undefined || before.to < splice.from) {
    splices.push(splice);
  } else if (before.to === splice.from) {
    // Adjacent ones make one, so that their number follows the runs, not the lines.
    before.to = splice.to;
    for (const text of splice.texts) before.texts.push(text);
  } else {
    throw new RangeError('changes of the text overlap');
  }
}

function check({ startLine, startCharacter, endLine, endCharacter }: TextChange, count: number): void {
  const ordered = startLine < endLine || (startLine === endLine && startCharacter <= endCharacter);
  if (startLine < 0 || startCharacter < 0 || !ordered || endLine >= count) {
    throw new RangeError(`a change at line ${startLine + 1} lies outside the text of ${count} lines`);
  }
}
