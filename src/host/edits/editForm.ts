import type { Span } from './spans.ts';

/** Above this many edits of one file VS Code merges them into one that reaches from the first to the last. */
const mergedAbove = 1000;
/** An edit costs about as much as this many characters of text. */
const charactersPerEdit = 500;

/**
 * Whether the edits of a bulk action are best sent as one replacement that reaches from the first to the last.
 *
 * Measured in VS Code 1.139, a file of 30 MB and 100 000 lines, from `applyEdit` to the change in the document; the
 * numbers swing by half on a busy machine:
 *
 * | | single edits | at most 1000, merged with the text between | one replacement |
 * | --- | --- | --- | --- |
 * | 10 000 labels | 3.8–6.0 s | 28 s | 3.8–11 s |
 * | 50 000 lines, every other | 5.1–8.6 s | 11 s, undo 30 s | 2.0–3.6 s |
 *
 * What did not help: merging to fewer than 1000 edits, to keep VS Code from merging. Each piece is then spliced on its
 * own, and the extension host was blocked for 19 s. Several `applyEdit` calls were not an option: each is an undo step of
 * its own. Single edits stay where the text between them would be most of what is sent, as with labels.
 *
 * Either form costs the extension host 40 to 350 ms in which VS Code turns the edit into a message; nothing in an
 * extension's hand shortens that without giving up the single undo.
 *
 * @param characters Length of the one replacement.
 */
export function asOneEdit(spans: readonly Span[], characters: number): boolean {
  return spans.length > mergedAbove && characters < spans.length * charactersPerEdit;
}
