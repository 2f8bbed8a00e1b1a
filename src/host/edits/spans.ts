/** From the line edits of a plan to spans of a document, and to the text that results. Knows nothing of VS Code. */
import type { LineEdit } from '../../protocol/data.ts';

/** A place in a document: 0-based line and UTF-16 code unit. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

/** Replaces what lies between two places by `text`. */
export interface Span {
  readonly start: Place;
  readonly end: Place;
  readonly text: string;
}

/** What a document shows of itself. */
export interface Lines {
  readonly count: number;
  /** The characters of a line, its end left out. */
  at(line: number): string;
}

/**
 * The spans of a plan's edits, neighbouring removed lines joined into one.
 *
 * A last line without a line end takes none with it: the line before it keeps its own, since only the removed row's
 * characters are to go.
 *
 * @param edits Ascending, not overlapping, inside the document.
 */
export function toSpans(edits: readonly LineEdit[], lines: Lines): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i < edits.length; i++) {
    const edit = edits[i];
    if (!isRemoval(edit)) {
      const { line, start, end, text } = edit;
      spans.push({ start: { line, character: start }, end: { line, character: end }, text });
      continue;
    }
    let endLine = edit.endLine;
    for (let next = edits[i + 1]; next !== undefined && isRemoval(next) && next.line === endLine; next = edits[i + 1]) {
      endLine = next.endLine;
      i++;
    }
    const last = lines.count - 1;
    const end = endLine <= last ? { line: endLine, character: 0 } : { line: last, character: lines.at(last).length };
    spans.push({ start: { line: edit.line, character: 0 }, end, text: '' });
  }
  return spans;
}

/** A removal of whole lines, as against a change inside one. */
export function isRemoval(edit: LineEdit): edit is Extract<LineEdit, { endLine: number }> {
  return 'endLine' in edit;
}

/**
 * The part of a text from the first span to the last, with the spans carried out.
 *
 * @param text The whole document.
 * @param spans Ascending, not overlapping; at least one.
 * @param offsetAt Position of a place in `text`.
 */
export function spliceSpans(
  text: string,
  spans: readonly Span[],
  offsetAt: (place: Place) => number,
): { readonly from: number; readonly to: number; readonly replaced: string } {
  const from = offsetAt(spans[0].start);
  const parts: string[] = [];
  let position = from;
  for (const { start, end, text: inserted } of spans) {
    parts.push(text.slice(position, offsetAt(start)), inserted);
    position = offsetAt(end);
  }
  return { from, to: position, replaced: parts.join('') };
}

/** The whole text that results. */
export function applySpans(text: string, spans: readonly Span[], offsetAt: (place: Place) => number): string {
  if (spans.length === 0) return text;
  const { from, to, replaced } = spliceSpans(text, spans, offsetAt);
  return text.slice(0, from) + replaced + text.slice(to);
}

/** The lines that edits change, before and after, each line on its own; the first `most` of them. */
export function changedLines(
  edits: readonly LineEdit[],
  lines: Lines,
  most: number,
): { readonly before: string; readonly after: string; readonly all: boolean } {
  const before: string[] = [];
  const after: string[] = [];
  let room = most;
  let all = true;
  for (const edit of edits) {
    if (room <= 0) all = false;
    if (!all) break;
    if (isRemoval(edit)) {
      const wanted = Math.min(edit.endLine, lines.count);
      const end = Math.min(wanted, edit.line + room);
      all = end === wanted;
      for (let line = edit.line; line < end; line++) before.push(lines.at(line));
      room -= end - edit.line;
    } else {
      const text = lines.at(edit.line);
      before.push(text);
      after.push(text.slice(0, edit.start) + edit.text + text.slice(edit.end));
      room--;
    }
  }
  return { before: before.join('\n'), after: after.join('\n'), all };
}
