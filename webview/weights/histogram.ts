import { formatCount, formatLogWeight } from '../../src/core/table/format.ts';
import type { QueryResult } from '../../src/protocol/data.ts';
import { h, s, setAttribute } from '../shared/dom.ts';
import { binOf, nearestEdge, shownBins, ticks } from './axis.ts';
import { t } from '../shared/l10n.ts';

export type Brush = readonly [number, number];

/** Pixels: space for the labels of the axis, and around the plot so that the handles at its ends can be grasped. */
const axisHeight = 18;
const margin = 8;
/** How near to an end of the brush it is grasped, pixels. */
const reach = 6;

/**
 * How many rows have which weight, on a logarithmic scale: all rows faint, those that match strong. A range is chosen by
 * dragging, or with the two handles on the keyboard; it snaps to the bins, so that what is counted is what is shown.
 */
export class Histogram {
  readonly element: HTMLElement;
  readonly #svg = s('svg', { class: 'plot', 'aria-hidden': 'true' });
  readonly #low: HTMLElement;
  readonly #high: HTMLElement;
  readonly #changed: (brush: Brush | undefined) => void;
  #data: QueryResult['histogram'] = { edges: [], all: [], matching: [] };
  /** As indices of edges, low < high; undefined for all. */
  #range: readonly [number, number] | undefined;
  /** First bin on the axis and one past the last. */
  #bounds: readonly [number, number] | undefined;
  /** Of labels of the axis, pixels. */
  readonly #widths = new Map<string, number>();
  #width = 0;
  #height = 0;

  /** @param changed With the range of log₁₀ weight, at every change, also while dragging. */
  constructor(changed: (brush: Brush | undefined) => void) {
    this.#changed = changed;
    this.#low = this.#handle(t('Smallest weight shown'), 0);
    this.#high = this.#handle(t('Largest weight shown'), 1);
    this.element = h(
      'div',
      { class: 'histogram', role: 'group', 'aria-label': t('Rows by weight; choose a range') },
      this.#svg,
      this.#low,
      this.#high,
    );
    this.#svg.addEventListener('pointerdown', (event) => {
      this.#drag(event);
    });
    this.#svg.addEventListener('pointermove', (event) => {
      if (event.buttons === 0) this.#svg.style.cursor = this.#cursorAt(event);
    });
    new ResizeObserver(([entry]) => {
      this.#width = entry.contentRect.width;
      this.#height = entry.contentRect.height;
      // Zoom and font may be others.
      this.#widths.clear();
      this.#draw();
    }).observe(this.element);
  }

  update(data: QueryResult['histogram'], brush: Brush | undefined): void {
    this.#data = data;
    this.#bounds = data.edges.length === 0 ? undefined : shownBins(data.all, this.#bounds);
    this.#range =
      brush === undefined || data.edges.length < 2
        ? undefined
        : this.#tidy(nearestEdge(data.edges, brush[0]), nearestEdge(data.edges, brush[1]));
    this.#draw();
  }

  /** The axis is fitted anew: other rows or scores are shown. */
  refit(): void {
    this.#bounds = undefined;
  }

  get #first(): number {
    return this.#bounds?.[0] ?? 0;
  }

  get #last(): number {
    return this.#bounds?.[1] ?? 0;
  }

  get #empty(): boolean {
    return this.#data.edges.length < 2;
  }

  #tidy(low: number, high: number): readonly [number, number] | undefined {
    const inside = (edge: number): number => Math.min(Math.max(this.#first, edge), this.#last);
    const from = inside(Math.min(low, high));
    const to = inside(Math.max(low, high));
    const range: readonly [number, number] =
      from === to ? (to < this.#last ? [from, to + 1] : [from - 1, to]) : [from, to];
    return range[0] === this.#first && range[1] === this.#last ? undefined : range;
  }

  #set(range: readonly [number, number] | undefined): void {
    if (range?.[0] === this.#range?.[0] && range?.[1] === this.#range?.[1]) return;
    this.#range = range;
    this.#draw();
    const { edges } = this.#data;
    this.#changed(range && [edges[range[0]], edges[range[1]]]);
  }

  #x(log: number): number {
    const { edges } = this.#data;
    const from = edges[this.#first];
    const to = edges[this.#last];
    return margin + ((log - from) / (to - from)) * (this.#width - 2 * margin);
  }

  #log(x: number): number {
    const { edges } = this.#data;
    const from = edges[this.#first];
    return from + ((x - margin) / (this.#width - 2 * margin)) * (edges[this.#last] - from);
  }

  #draw(): void {
    const { edges, all, matching } = this.#data;
    this.#low.hidden = this.#high.hidden = this.#empty;
    if (this.#empty || this.#width < 40 || this.#height < 30) {
      this.#svg.replaceChildren();
      return;
    }
    const floor = this.#height - axisHeight;
    const most = Math.max(1, ...all);
    const bar = (i: number, rows: number, name: string): SVGElement | undefined => {
      if (rows === 0) return undefined;
      // A bin with a single row shows, however full the others are.
      const height = Math.max(2, (rows / most) * (floor - 6));
      const x = this.#x(edges[i]);
      return s('rect', {
        class: name,
        x: x + 0.5,
        y: floor - height,
        width: Math.max(1, this.#x(edges[i + 1]) - x - 1),
        height,
      });
    };
    const first = this.#first;
    const last = this.#last;
    const [low, high] = this.#range ?? [first, last];
    const inside = (i: number): boolean => i >= low && i < high;
    const parts: (SVGElement | undefined)[] = [];
    if (this.#range !== undefined) {
      const x = this.#x(edges[low]);
      parts.push(s('rect', { class: 'brush', x, y: 0, width: this.#x(edges[high]) - x, height: floor }));
    }
    for (let i = first; i < last; i++) {
      parts.push(bar(i, all[i], 'all'), bar(i, matching[i], inside(i) ? 'matching' : 'matching outside'));
    }
    parts.push(s('line', { class: 'axis', x1: margin, x2: this.#width - margin, y1: floor + 0.5, y2: floor + 0.5 }));
    if (edges[first] < 0 && edges[last] > 0) {
      const x = Math.round(this.#x(0)) + 0.5;
      parts.push(s('line', { class: 'one', x1: x, x2: x, y1: 2, y2: floor }));
    }
    const lettering = { measure: (label: string) => this.#widthOf(label), beyond: margin };
    for (const { at, label, left } of ticks(edges[first], edges[last], this.#width - 2 * margin, lettering)) {
      const x = this.#x(at);
      parts.push(
        s('line', { class: 'axis', x1: x, x2: x, y1: floor, y2: floor + 4 }),
        s('text', { x: margin + left, y: this.#height - 3 }, label),
      );
    }
    if (this.#range !== undefined) {
      for (const edge of this.#range) {
        const x = this.#x(edges[edge]);
        parts.push(s('line', { class: 'brush-end', x1: x, x2: x, y1: 0, y2: floor }));
      }
    }
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${this.#height}`);
    this.#svg.replaceChildren(...parts.filter((part) => part !== undefined));
    this.#place(this.#low, low, floor);
    this.#place(this.#high, high, floor);
  }

  /** Of a label, as the font of this moment has it, pixels. */
  #widthOf(label: string): number {
    const known = this.#widths.get(label);
    if (known !== undefined) return known;
    const text = s('text', {}, label);
    this.#svg.append(text);
    const width = text.getComputedTextLength();
    text.remove();
    this.#widths.set(label, width);
    return width;
  }

  #place(handle: HTMLElement, edge: number, floor: number): void {
    const { edges, matching } = this.#data;
    const [low, high] = this.#range ?? [this.#first, this.#last];
    handle.style.left = `${this.#x(edges[edge])}px`;
    handle.style.height = `${floor}px`;
    setAttribute(handle, 'aria-valuemin', String(this.#first));
    setAttribute(handle, 'aria-valuemax', String(this.#last));
    setAttribute(handle, 'aria-valuenow', String(edge));
    const rows = matching.slice(low, high).reduce((sum, n) => sum + n, 0);
    setAttribute(
      handle,
      'aria-valuetext',
      t('{0}, {1} rows in the range', formatLogWeight(edges[edge]), formatCount(rows)),
    );
  }

  /** The lower (0) or upper (1) end of the range, for the keyboard. */
  #handle(label: string, end: 0 | 1): HTMLElement {
    return h('div', {
      class: 'brush-handle',
      role: 'slider',
      tabindex: 0,
      'aria-label': label,
      hidden: true,
      onkeydown: (event: KeyboardEvent) => {
        const first = this.#first;
        const last = this.#last;
        const range: [number, number] = [...(this.#range ?? ([first, last] as const))];
        const move = {
          ArrowLeft: -1,
          ArrowDown: -1,
          ArrowRight: 1,
          ArrowUp: 1,
          PageDown: -5,
          PageUp: 5,
          Home: first - last,
          End: last - first,
        }[event.key];
        if (event.key === 'Escape' || event.key === 'Delete') this.#set(undefined);
        else if (move !== undefined) {
          range[end] =
            end === 0
              ? Math.min(Math.max(first, range[0] + move), range[1] - 1)
              : Math.max(Math.min(last, range[1] + move), range[0] + 1);
          this.#set(this.#tidy(range[0], range[1]));
        } else return;
        event.preventDefault();
        event.stopPropagation();
      },
    });
  }

  #at(event: PointerEvent): number {
    return event.clientX - this.#svg.getBoundingClientRect().left;
  }

  /** What a press would begin: moving an end, moving the range, or a new one. */
  #grasp(x: number): 'low' | 'high' | 'range' | 'new' {
    if (this.#range === undefined) return 'new';
    const { edges } = this.#data;
    const [low, high] = [this.#x(edges[this.#range[0]]), this.#x(edges[this.#range[1]])];
    if (Math.abs(x - low) <= reach) return 'low';
    if (Math.abs(x - high) <= reach) return 'high';
    return x > low && x < high ? 'range' : 'new';
  }

  #cursorAt(event: PointerEvent): string {
    if (this.#empty) return 'default';
    return { low: 'ew-resize', high: 'ew-resize', range: 'grab', new: 'crosshair' }[this.#grasp(this.#at(event))];
  }

  #drag(down: PointerEvent): void {
    if (this.#empty || down.button !== 0) return;
    const { edges } = this.#data;
    const start = this.#at(down);
    const grasp = this.#grasp(start);
    const before = this.#range ?? ([this.#first, this.#last] as const);
    let moved = false;
    this.#svg.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => {
      const x = this.#at(event);
      if (!moved && Math.abs(x - start) < 3) return;
      moved = true;
      const edge = nearestEdge(edges, this.#log(x));
      switch (grasp) {
        case 'low':
          this.#set(this.#tidy(edge, before[1]));
          break;
        case 'high':
          this.#set(this.#tidy(before[0], edge));
          break;
        case 'range': {
          const by = edge - nearestEdge(edges, this.#log(start));
          const shift = Math.min(Math.max(by, this.#first - before[0]), this.#last - before[1]);
          this.#set(this.#tidy(before[0] + shift, before[1] + shift));
          break;
        }
        case 'new':
          this.#set(this.#tidy(nearestEdge(edges, this.#log(start)), edge));
      }
    };
    const end = (): void => {
      this.#svg.removeEventListener('pointermove', move);
      this.#svg.removeEventListener('pointerup', end);
      this.#svg.removeEventListener('pointercancel', end);
      if (moved) return;
      // A click chooses a bin; where a range was chosen it lets go of it.
      const bin = binOf(edges, this.#log(start));
      this.#set(this.#range === undefined ? this.#tidy(bin, bin + 1) : undefined);
    };
    this.#svg.addEventListener('pointermove', move);
    this.#svg.addEventListener('pointerup', end);
    this.#svg.addEventListener('pointercancel', end);
  }
}
