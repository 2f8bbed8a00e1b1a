/** A last look before a document is changed: does it hold what the plan was made for? */
import type { EditPlan, LineEdit } from '../../protocol/data.ts';
import { isRemoval, type Lines } from './spans.ts';

/**
 * The first line (1-based) where the document cannot be what the plan was made for; undefined where all agrees.
 *
 * The versions of plan and document have been compared before. This finds what versions cannot tell: a file that
 * changed on disk between the worker's reading and the editor's, or line ends that VS Code counts otherwise (a lone
 * carriage return). A label's edit must cover a whole JSON value after a colon; a removed line must be inside the
 * document, and start as the plan's sample says.
 */
export function findMismatch(
  { edits, samples }: Pick<EditPlan, 'edits' | 'samples'>,
  lines: Lines,
): number | undefined {
  for (const edit of edits) if (!fits(edit, lines)) return edit.line + 1;
  for (const { line, before } of edits.every(isRemoval) ? samples : []) {
    if (line < 1 || line > lines.count) return line;
    // Where the sample is the line's JSON.
    if (
      before.startsWith('{') &&
      !lines
        .at(line - 1)
        .trimStart()
        .startsWith(beginning(before))
    )
      return line;
  }
  return undefined;
}

function fits(edit: LineEdit, lines: Lines): boolean {
  if (edit.line < 0 || edit.line >= lines.count) return false;
  if (isRemoval(edit)) {
    // One more than the last line: a last line without a line end.
    return edit.endLine > edit.line && edit.endLine <= lines.count;
  }
  const text = lines.at(edit.line);
  if (edit.start < 0 || edit.end > text.length || edit.start >= edit.end) return false;
  return (
    isScalar(text.slice(edit.start, edit.end)) &&
    /:[ \t\r\n]*$/.test(text.slice(Math.max(0, edit.start - 64), edit.start))
  );
}

function isScalar(json: string): boolean {
  return /^(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false)$/s.test(json);
}

/** A sample may be cut with an ellipsis; its beginning is enough to know a line by. */
function beginning(sample: string): string {
  return sample.replace(/…$/, '').trimEnd();
}
