import type { SortKey } from '../../src/core/table/columns.ts';
import type { RowView, Sorting } from '../../src/protocol/data.ts';
import { fill, h, setAttribute, show, type Child } from '../shared/dom.ts';
import { gridLayout, type GridShape } from './gridColumns.ts';
import { GridHeader } from './gridHeader.ts';
import { GridRow } from './gridRow.ts';
import { Highlights } from './highlights.ts';
import * as scroll from './scroll.ts';
import { t } from '../shared/l10n.ts';

/** What was painted last stays this long while other rows are on their way; then gaps show. Milliseconds. */
const patience = 400;
const headerHeight = 24;

/** Where the grid gets what it shows. */
export interface GridSource {
  readonly count: number;
  row(index: number): RowView | undefined;
  /** Whether all rows of a range are known. */
  has(first: number, last: number): boolean;
  /** Asks for a range of rows, and for those around it; {@link Grid.paint} is called when they came. */
  want(first: number, last: number, around: boolean): void;
  isSelected(view: RowView | undefined): boolean;
  readonly leadIndex: number | undefined;
  /** The weight that fills a bar. */
  readonly fullWeight: number;
  /** Verdicts are those of a preview. */
  readonly preview: boolean;
}

/**
 * The virtual list. A sticky layer holds only the rows on screen and is painted from JavaScript at every scroll: no row
 * has a coordinate larger than the screen, and what was painted last stays until the next frame is complete, so
 * that nothing blank shows.
 */
export class Grid {
  readonly element: HTMLElement;
  readonly #header: GridHeader;
  readonly #track = h('div', { class: 'track', role: 'rowgroup' });
  readonly #layer = h('div', { class: 'layer', role: 'presentation' });
  /** Lies over the list where there are no rows; a grid itself may hold nothing but rows. */
  readonly empty = h('div', { class: 'empty', hidden: true });
  readonly #highlights = new Highlights('counterweight-list');
  readonly #source: GridSource;
  readonly #scrolled: () => void;
  #rows: GridRow[] = [];
  #viewport = 0;
  #width = 0;
  #top = 0;
  #ownScrollTop = 0;
  /** Where the list was when rows were asked for that have not all come. */
  #asked: number | undefined;
  /** Since when nothing could be painted though the list moved. */
  #waitingSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  #shape: GridShape = { scored: false, intervals: false, longestLabel: 8 };

  /** @param scrolled After the list moved. */
  constructor(source: GridSource, sort: (key: SortKey) => void, scrolled: () => void) {
    this.#source = source;
    this.#scrolled = scrolled;
    this.#header = new GridHeader(sort);
    this.#track.append(this.#layer);
    this.element = h(
      'div',
      {
        class: 'grid',
        role: 'grid',
        tabindex: 0,
        'aria-label': t('Rows'),
        'aria-multiselectable': 'true',
        onscroll: () => {
          this.#onScroll();
        },
      },
      h('div', { class: 'head', role: 'rowgroup' }, this.#header.element),
      this.#track,
    );
    this.element.addEventListener(
      'wheel',
      (event) => {
        this.#onWheel(event);
      },
      { passive: false },
    );
    new ResizeObserver(() => {
      this.#measure();
    }).observe(this.element);
  }

  get extent(): scroll.Extent {
    return { count: this.#source.count, viewport: this.#viewport };
  }

  /** Pixels of content above the upper edge. */
  get top(): number {
    return this.#top;
  }

  get visible(): { readonly first: number; readonly last: number } {
    return scroll.visibleRange(this.#top, this.extent);
  }

  /** The row under a pointer. */
  indexAt(target: EventTarget | null): number | undefined {
    const element = target instanceof Element ? target.closest('.layer > .row') : null;
    const row = this.#rows.find((candidate) => candidate.element === element);
    return row === undefined ? undefined : Number(row.element.id.slice('row-'.length));
  }

  setSorting(sorting: Sorting): void {
    this.#header.update(sorting);
    this.paint();
  }

  setShape(shape: GridShape): void {
    if (JSON.stringify(shape) === JSON.stringify(this.#shape)) return;
    this.#shape = shape;
    this.#layOut();
  }

  /** Texts to mark in the rows. */
  setTerms(terms: readonly string[]): void {
    this.#highlights.setTerms(terms);
    this.paint();
  }

  /** What stands in place of rows where there are none. */
  setEmpty(...content: readonly Child[]): void {
    fill(this.empty, ...content);
    show(this.empty, content.length > 0);
  }

  /** Moves the list; paints when all rows are here. */
  scrollTo(top: number): void {
    this.#top = scroll.clampTop(top, this.extent);
    this.#ownScrollTop = Math.round(this.#top / scroll.scale(this.extent));
    this.element.scrollTop = this.#ownScrollTop;
    // Fractions of a pixel, and the end of the track, are the browser's to decide.
    this.#ownScrollTop = this.element.scrollTop;
    this.paint();
    this.#scrolled();
  }

  /** Moves the list just so far that a row shows whole. */
  reveal(index: number): void {
    const top = scroll.topToReveal(index, this.#top, this.extent);
    if (top === this.#top) this.paint();
    else this.scrollTo(top);
  }

  /** After the number of rows changed: the scrollbar, then a paint at `top` without waiting. */
  resize(top: number): void {
    this.#track.style.height = `${scroll.trackHeight(this.extent)}px`;
    this.#layer.style.height = `${Math.min(this.#viewport, scroll.trackHeight(this.extent))}px`;
    setAttribute(this.element, 'aria-rowcount', String(this.#source.count + 1));
    this.#asked = this.#waitingSince = undefined;
    this.scrollTo(top);
    // Rows and what is said of them elsewhere change in the same frame.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#paint();
  }

  /** Paints what is on screen at the next frame. */
  paint(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const top = this.#paintable();
    if (top === undefined) return;
    this.#paintAt(top);
  }

  /**
   * Where to paint: where the list is scrolled to, once its rows are here. While it is dragged faster than rows come, where
   * it was when they were asked for; undefined: what is painted stays.
   */
  #paintable(): number | undefined {
    const top = this.#top;
    const now = performance.now();
    if (this.#complete(top)) {
      this.#asked = this.#waitingSince = undefined;
      clearTimeout(this.#timer);
      this.#want(top, true);
      return top;
    }
    const arrived = this.#asked !== undefined && this.#complete(this.#asked) ? this.#asked : undefined;
    if (arrived !== undefined) this.#waitingSince = undefined;
    this.#waitingSince ??= now;
    const waited = now - this.#waitingSince;
    // The first rows of all, and rows that are slow to come, are announced by gaps.
    const impatient = waited >= patience || this.#rows.length === 0;
    if (this.#asked === undefined || arrived !== undefined || impatient) {
      this.#asked = top;
      this.#want(top, false);
    }
    if (impatient) return top;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.paint();
      },
      patience - waited + 1,
    );
    return arrived;
  }

  #complete(top: number): boolean {
    const { first, last } = scroll.visibleRange(top, this.extent);
    return last < first || this.#source.has(first, last);
  }

  #want(top: number, around: boolean): void {
    const { first, last } = scroll.visibleRange(top, this.extent);
    if (last >= first) this.#source.want(first, last, around);
  }

  #paintAt(top: number): void {
    const { first, last } = scroll.visibleRange(top, this.extent);
    const source = this.#source;
    const needed = Math.max(0, last - first + 1);
    this.#grow(needed);
    // Each place in the list keeps its element while it is on screen: scrolling by a row changes one element.
    const size = this.#rows.length;
    const used = new Set<GridRow>();
    for (let index = first; index <= last; index++) {
      const row = this.#rows[index % size];
      const view = source.row(index);
      used.add(row);
      row.show(
        index,
        view,
        {
          selected: source.isSelected(view),
          lead: source.leadIndex === index,
          fullWeight: source.fullWeight,
          preview: source.preview,
          showsBound: this.#header.showsBound,
        },
        index * scroll.rowHeight - top,
      );
    }
    for (const row of this.#rows) if (!used.has(row)) row.hide();
    const lead = source.leadIndex;
    const active = lead !== undefined && lead >= first && lead <= last ? `row-${lead}` : undefined;
    setAttribute(this.element, 'aria-activedescendant', active);
    const context = lead === undefined || active === undefined ? undefined : this.#rows[lead % size].view;
    // The menu key asks for the menu of the element that has the focus, which is the grid.
    setAttribute(
      this.element,
      'data-vscode-context',
      context && JSON.stringify({ webviewSection: 'row', row: context.row, preventDefaultContextMenuItems: true }),
    );
    this.#highlights.mark([...used].flatMap(({ texts }) => texts));
  }

  /** Adds elements until a screen is covered; they are reused ever after. */
  #grow(needed: number): void {
    if (needed <= this.#rows.length) return;
    while (this.#rows.length < needed) {
      const row = new GridRow();
      this.#rows.push(row);
      this.#layer.append(row.element);
    }
  }

  #onScroll(): void {
    const { scrollTop } = this.element;
    if (Math.abs(scrollTop - this.#ownScrollTop) < 1) return;
    this.#ownScrollTop = scrollTop;
    this.#top = scroll.clampTop(scrollTop * scroll.scale(this.extent), this.extent);
    this.paint();
    this.#scrolled();
  }

  /** In a coarse scrollbar the wheel would skip rows: it moves by its own pixels instead. */
  #onWheel(event: WheelEvent): void {
    if (scroll.scale(this.extent) === 1 || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = [1, scroll.rowHeight, this.#viewport][event.deltaMode] ?? 1;
    this.scrollTo(this.#top + event.deltaY * unit);
  }

  #measure(): void {
    const { clientHeight, clientWidth } = this.element;
    const viewport = Math.max(0, clientHeight - headerHeight);
    if (clientWidth !== this.#width) {
      this.#width = clientWidth;
      this.#layOut();
    }
    if (viewport !== this.#viewport) {
      const before = this.extent;
      this.#viewport = viewport;
      // A line above the list that comes later, or a smaller window, must not hide the row that was chosen.
      this.resize(scroll.topToKeep(this.#source.leadIndex, this.#top, before, this.extent));
    }
  }

  #layOut(): void {
    if (this.#width === 0) return;
    const { shown, template, tight } = gridLayout(this.#width, this.#shape);
    this.element.style.setProperty('--columns', template);
    this.element.classList.toggle('tight', tight);
    this.element.classList.toggle('intervals', this.#shape.intervals);
    const ids = new Set(shown.map(({ id }) => id));
    for (const id of ['rank', 'weight', 'suggested', 'quality', 'diversity', 'verdict', 'line'] as const) {
      this.element.classList.toggle(`no-${id}`, !ids.has(id));
    }
    this.#header.setColumns(ids);
    this.paint();
  }
}
