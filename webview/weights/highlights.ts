/**
 * Marks what the filter looks for in texts on screen, with the CSS Custom Highlight API: the document stays as it is, and
 * the texts stay single text nodes.
 */
export class Highlights {
  readonly #highlight: Highlight | undefined;
  #terms: readonly string[] = [];

  /** @param name For `::highlight(name)` in the stylesheet. */
  constructor(name: string) {
    // An older engine shows the rows unmarked.
    if (!('highlights' in CSS)) return;
    this.#highlight = new Highlight();
    CSS.highlights.set(name, this.#highlight);
  }

  /** @param terms Lower-cased. */
  setTerms(terms: readonly string[]): void {
    this.#terms = terms;
  }

  /** Marks the terms in these texts and nowhere else. */
  mark(texts: Iterable<Text>): void {
    const highlight = this.#highlight;
    if (highlight === undefined) return;
    highlight.clear();
    if (this.#terms.length === 0) return;
    for (const node of texts) {
      const text = node.nodeValue ?? '';
      const lower = text.toLowerCase();
      // Where lower case is longer (İ), positions do not agree.
      if (lower.length !== text.length) continue;
      for (const term of this.#terms) {
        for (let at = lower.indexOf(term); at !== -1; at = lower.indexOf(term, at + term.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + term.length);
          highlight.add(range);
        }
      }
    }
  }
}
