import { formatPercent, formatWeight } from '../../src/core/table/format.ts';
import { columnIds, type ColumnId } from '../../src/core/table/columns.ts';
import type { RowView } from '../../src/protocol/data.ts';
import { h, setAttribute, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { visible } from '../shared/visibleText.ts';
import { rowHeight } from './scroll.ts';
import { markLooks, verdictLook } from './verdictLooks.ts';
import { t } from '../shared/l10n.ts';

export interface RowState {
  readonly selected: boolean;
  readonly lead: boolean;
  /** The weight that fills the bar. */
  readonly fullWeight: number;
  /** Verdicts are those of a preview. */
  readonly preview: boolean;
}

/** The element of one place on the screen; which row it shows changes as the list scrolls. */
export class GridRow {
  readonly element: HTMLElement;
  /** The texts, for highlighting what the filter looks for. */
  readonly texts: readonly Text[];
  readonly #cells: Readonly<Record<ColumnId, HTMLElement>>;
  readonly #weight = h('span', { class: 'number' });
  readonly #bar = h('span', { class: 'fill' });
  readonly #label = h('bdi', { class: 'label' });
  readonly #inlineSuggestion = h('bdi', { class: 'inline-suggestion' });
  readonly #suggestion = h('bdi');
  readonly #verdict = h('span', { class: 'verdict' });
  readonly #text = document.createTextNode('');
  readonly #pair = document.createTextNode('');
  readonly #pairElement: HTMLElement;
  #view: RowView | undefined;
  #fullWeight = 0;
  #preview = false;

  constructor() {
    this.texts = [this.#text, this.#pair];
    this.#pairElement = h('bdi', { class: 'pair' }, this.#pair);
    const content: Readonly<Record<ColumnId, readonly Node[]>> = {
      rank: [],
      weight: [this.#weight, h('span', { class: 'bar' }, this.#bar)],
      label: [this.#label, this.#inlineSuggestion],
      suggested: [this.#suggestion],
      quality: [],
      diversity: [],
      verdict: [this.#verdict],
      line: [],
      text: [h('bdi', {}, this.#text), this.#pairElement],
    };
    this.#cells = Object.fromEntries(
      columnIds.map((id) => [id, h('div', { class: `cell c-${id}`, role: 'gridcell' }, ...content[id])]),
    ) as unknown as Record<ColumnId, HTMLElement>;
    this.element = h('div', { class: 'row', role: 'row' }, ...columnIds.map((id) => this.#cells[id]));
    this.element.style.height = `${rowHeight}px`;
  }

  /** The row shown, where it is known. */
  get view(): RowView | undefined {
    return this.#view;
  }

  /** @param y Pixels below the upper edge of the list. */
  show(index: number, view: RowView | undefined, state: RowState, y: number): void {
    const { element } = this;
    element.hidden = false;
    element.style.transform = `translateY(${y}px)`;
    setAttribute(element, 'id', `row-${index}`);
    // The header is the first row.
    setAttribute(element, 'aria-rowindex', String(index + 2));
    setAttribute(element, 'aria-selected', String(state.selected));
    element.classList.toggle('lead', state.lead);
    element.classList.toggle('odd', index % 2 === 1);
    if (view === this.#view && state.fullWeight === this.#fullWeight && state.preview === this.#preview) return;
    this.#fullWeight = state.fullWeight;
    this.#preview = state.preview;
    this.#view = view;
    element.classList.toggle('pending', view === undefined);
    setAttribute(
      element,
      'data-vscode-context',
      view && JSON.stringify({ webviewSection: 'row', row: view.row, preventDefaultContextMenuItems: true }),
    );
    this.#showContent(view, state.fullWeight);
  }

  /** It is not needed on screen. */
  hide(): void {
    this.element.hidden = true;
    this.element.removeAttribute('id');
  }

  #showContent(view: RowView | undefined, fullWeight: number): void {
    const cells = this.#cells;
    setText(cells.rank, view?.rank === undefined ? '' : String(view.rank));
    setText(this.#weight, view?.weight === undefined ? '' : formatWeight(view.weight));
    const share = view?.weight === undefined ? 0 : Math.min(1, view.weight / fullWeight);
    this.#bar.style.transform = `scaleX(${share})`;
    this.#bar.classList.toggle('heavy', view?.weight !== undefined && view.weight >= 1);
    setText(this.#label, view === undefined ? '' : visible(view.label));
    const suggestion =
      view?.suggested === undefined || view.suggested === view.label ? '' : `→\u2009${visible(view.suggested)}`;
    setText(this.#suggestion, suggestion);
    setText(this.#inlineSuggestion, suggestion);
    setText(cells.quality, view?.quality === undefined ? '' : formatPercent(view.quality));
    setText(cells.diversity, view?.diversity === undefined ? '' : formatPercent(view.diversity));
    setText(cells.line, view === undefined ? '' : String(view.line));
    this.#text.nodeValue = view === undefined ? '' : visible(view.text);
    this.#pair.nodeValue = view?.textPair === undefined ? '' : visible(view.textPair);
    this.#pairElement.hidden = view?.textPair === undefined;
    this.#showVerdict(view);
    for (const mark of ['kept', 'relabelled', 'removed', 'stale'] as const) {
      this.element.classList.toggle(mark, view?.marks.includes(mark) === true);
    }
  }

  #showVerdict(view: RowView | undefined): void {
    const parts: Node[] = [];
    const help: string[] = [];
    if (view?.verdict !== undefined) {
      const look = verdictLook(view.verdict, this.#preview);
      parts.push(icon(look.icon, look.className), h('span', { class: 'word' }, look.word));
      help.push(t('{0}: {1}', look.word, look.help));
    }
    for (const mark of view?.marks ?? []) {
      parts.push(icon(markLooks[mark].icon, 'mark'), h('span', { class: 'unseen' }, t(mark)));
      help.push(t(markLooks[mark].help));
    }
    this.#verdict.replaceChildren(...parts);
    setAttribute(this.#verdict, 'title', help.length === 0 ? undefined : help.join('\n'));
  }
}
