import { formatPercent, formatWeight } from '../../src/core/table/format.ts';
import { columnIds, type ColumnId } from '../../src/core/table/columns.ts';
import type { RowView } from '../../src/protocol/data.ts';
import { h, setAttribute, setText, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { visible } from '../shared/visibleText.ts';
import { intervalMeaning, intervalWords, whiskerOf } from './interval.ts';
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
  /** The lower bound of the weight stands in the weight's place. */
  readonly showsBound: boolean;
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
  readonly #whisker = h('span', { class: 'whisker' });
  #view: RowView | undefined;
  #state: RowState | undefined;

  constructor() {
    this.texts = [this.#text, this.#pair];
    this.#pairElement = h('bdi', { class: 'pair' }, this.#pair);
    const content: Readonly<Record<ColumnId, readonly Node[]>> = {
      rank: [],
      weight: [this.#weight, h('span', { class: 'bar' }, this.#bar, this.#whisker)],
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
    const before = this.#state;
    this.#state = state;
    if (
      view === this.#view &&
      state.fullWeight === before?.fullWeight &&
      state.preview === before.preview &&
      state.showsBound === before.showsBound
    ) {
      return;
    }
    this.#view = view;
    element.classList.toggle('pending', view === undefined);
    setAttribute(
      element,
      'data-vscode-context',
      view && JSON.stringify({ webviewSection: 'row', row: view.row, preventDefaultContextMenuItems: true }),
    );
    this.#showContent(view, state);
  }

  /** It is not needed on screen. */
  hide(): void {
    this.element.hidden = true;
    this.element.removeAttribute('id');
  }

  #showContent(view: RowView | undefined, state: RowState): void {
    const cells = this.#cells;
    setText(cells.rank, view?.rank === undefined ? '' : String(view.rank));
    this.#showWeight(view, state);
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
    this.#showVerdict(view, state.preview);
    for (const mark of ['kept', 'relabelled', 'removed', 'stale'] as const) {
      this.element.classList.toggle(mark, view?.marks.includes(mark) === true);
    }
  }

  #showWeight(view: RowView | undefined, { fullWeight, showsBound }: RowState): void {
    const number = showsBound ? view?.weightLow : view?.weight;
    setText(this.#weight, number === undefined ? '' : formatWeight(number));
    const share = view?.weight === undefined ? 0 : Math.min(1, view.weight / fullWeight);
    this.#bar.style.transform = `scaleX(${share})`;
    this.#bar.classList.toggle('heavy', view?.weight !== undefined && view.weight >= 1);
    const whisker = view && whiskerOf(view, fullWeight);
    show(this.#whisker, whisker !== undefined);
    if (whisker !== undefined) {
      this.#whisker.style.left = `${100 * whisker.from}%`;
      this.#whisker.style.right = `${100 * (1 - whisker.to)}%`;
      this.#whisker.classList.toggle('cut', whisker.isCut);
    }
    const words = view && intervalWords(view);
    setAttribute(this.#cells.weight, 'title', words && `${words}\n${intervalMeaning()}`);
  }

  #showVerdict(view: RowView | undefined, preview: boolean): void {
    const parts: Node[] = [];
    const help: string[] = [];
    if (view?.verdict !== undefined) {
      const look = verdictLook(view.verdict, preview);
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
