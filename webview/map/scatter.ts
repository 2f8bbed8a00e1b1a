/** A scatter of many points on a canvas: zoom, pan, hover, click, lasso. It knows nothing of what the points are. */
import { h } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { niceTicks } from '../shared/scale.ts';
import {
  boundsOf,
  frameFor,
  moved,
  nearestPoint,
  pointsInside,
  zoomed,
  type Box,
  type Frame,
  type SizedFrame,
} from './geometry.ts';
import type { Kinds, Palette } from './looks.ts';
import { stampOf, type Stamp } from './marks.ts';
import type { Points } from './points.ts';

/** What a drag does. */
export type Tool = 'lasso' | 'move';

export interface ScatterEvents {
  /** Points were chosen; `add`: beside those that are. */
  readonly chosen: (points: readonly number[], add: boolean) => void;
  /** The pointer rests on a point, at this place of the canvas; undefined: on none. */
  readonly hovered: (point: number | undefined, x: number, y: number) => void;
  /** The user moved the map, or zoomed. */
  readonly framed: () => void;
}

/** What the axes show; without them there are none, and both have the same scale. */
export interface Axes {
  readonly x: { readonly name: string; readonly from: number; readonly to: number };
  readonly y: { readonly name: string; readonly from: number; readonly to: number };
}

/** A number at a place, for a list beside the map. */
export interface Badge {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly strong: boolean;
}

const margin = { plain: 20, left: 48, bottom: 38 } as const;
/** How far from a point the pointer may be, pixels. */
const reach = 9;
const zoomStep = 1.3;
const panStep = 40;
/** A press that moves less is a click, pixels. */
const clickSlack = 4;
const [leastZoom, mostZoom] = [0.5, 200];

export class Scatter {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' });
  /** The points as they were drawn last: a line around them, or a ring, needs none of them drawn again. */
  readonly #layer = h('canvas');
  #layerIsOld = true;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #events: ScatterEvents;
  #points: Points | undefined;
  #kinds: Kinds | undefined;
  #palette: Palette;
  #stamps: readonly Stamp[] = [];
  #chosenStamps: readonly Stamp[] = [];
  #mask: Uint8Array = new Uint8Array(0);
  #anyChosen = false;
  /** Kinds that are not drawn. */
  #hidden: ReadonlySet<number> = new Set();
  #badges: readonly Badge[] = [];
  #axes: Axes | undefined;
  #tool: Tool = 'lasso';
  #frame: Frame = { scaleX: 1, scaleY: 1, left: 0, top: 0 };
  #fitted: Frame = this.#frame;
  /** To be shown once the size is known. */
  #restoring: SizedFrame | undefined;
  #width = 0;
  #height = 0;
  #drawing = 0;
  /** The line that is being drawn around points: x and y in turn. */
  #outline: number[] = [];
  #hovered = -1;

  /** @param label What screen readers call it. */
  constructor(label: string, palette: Palette, events: ScatterEvents) {
    this.#events = events;
    this.#palette = palette;
    this.#context = this.#canvas.getContext('2d');
    this.element = h(
      'div',
      {
        class: 'scatter',
        role: 'application',
        tabindex: 0,
        'aria-label': label,
        onkeydown: (event: KeyboardEvent) => {
          this.#key(event);
        },
        onwheel: (event: WheelEvent) => {
          event.preventDefault();
          const { x, y } = this.#at(event);
          this.#zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), x, y);
        },
        onpointerdown: (event: PointerEvent) => {
          this.#press(event);
        },
        onpointermove: (event: PointerEvent) => {
          if (event.buttons === 0) this.#hover(event);
        },
        onpointerleave: () => {
          this.#setHovered(-1, 0, 0);
        },
        ondblclick: () => {
          this.fit();
        },
      },
      this.#canvas,
    );
    new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      // While it is hidden it has no size, and comes back as it was.
      if (width === 0 || (width === this.#width && height === this.#height)) return;
      const isFirst = this.#width === 0;
      const keeps = this.#frame !== this.#fitted;
      const middle = [this.#width / 2, this.#height / 2] as const;
      [this.#width, this.#height] = [width, height];
      this.#measure();
      // What was in the middle stays there.
      if (keeps && !isFirst) this.#frame = moved(this.#frame, width / 2 - middle[0], height / 2 - middle[1]);
      else this.#frame = this.#fitted;
      this.#restore();
      this.#resize();
    }).observe(this.element);
  }

  /** How often pixels of the device fit into one of the page. */
  get #ratio(): number {
    return Math.max(1, window.devicePixelRatio);
  }

  /** Shows other points. @param keepFrame Those of before, moved or counted anew: the map stays where it is. */
  setPoints(points: Points | undefined, kinds: Kinds | undefined, axes: Axes | undefined, keepFrame: boolean): void {
    this.#points = points;
    this.#axes = axes;
    this.#setKinds(kinds);
    this.#mask = new Uint8Array(points?.count ?? 0);
    this.#anyChosen = false;
    this.#setHovered(-1, 0, 0);
    this.#measure();
    if (!keepFrame) [this.#frame, this.#restoring] = [this.#fitted, undefined];
    this.#draw();
  }

  /** The same points in other colours. */
  setKinds(kinds: Kinds, palette: Palette): void {
    this.#palette = palette;
    this.#setKinds(kinds);
    this.#draw();
  }

  /** @param mask [points] 1 for those that are chosen. */
  setChosen(mask: Uint8Array): void {
    this.#mask = mask;
    this.#anyChosen = mask.includes(1);
    this.#draw();
  }

  setHidden(kinds: ReadonlySet<number>): void {
    this.#hidden = kinds;
    this.#draw();
  }

  setBadges(badges: readonly Badge[]): void {
    this.#badges = badges;
    this.#draw();
  }

  setTool(tool: Tool): void {
    this.#tool = tool;
    this.element.classList.toggle('moves', tool === 'move');
  }

  /** Shows all points. */
  fit(): void {
    this.#frame = this.#fitted;
    this.#draw();
    this.#events.framed();
  }

  /** What the user chose to see; undefined: all of it. */
  get frame(): SizedFrame | undefined {
    const [width, height] = [this.#width, this.#height];
    return this.#frame === this.#fitted || width === 0 ? undefined : { ...this.#frame, width, height };
  }

  /** Shows what was seen before, perhaps on a canvas of another size. */
  restore(frame: SizedFrame): void {
    this.#restoring = frame;
    if (this.#width > 0) this.#restore();
    this.#draw();
  }

  #restore(): void {
    if (this.#restoring === undefined) return;
    const { width, height, ...frame } = this.#restoring;
    this.#restoring = undefined;
    this.#frame = this.#bounded(moved(frame, (this.#width - width) / 2, (this.#height - height) / 2));
  }

  /** Shows the points of a mask, with air around them. */
  fitTo(mask: Uint8Array): void {
    const { places } = this.#points ?? {};
    if (places === undefined || !mask.includes(1)) return;
    const { x0, x1, y0, y1 } = boundsOf(places, mask);
    const air = Math.max(x1 - x0, y1 - y0, 0.02) * 0.4;
    const box = { x0: x0 - air, x1: x1 + air, y0: y0 - air, y1: y1 + air };
    this.#frame = this.#bounded(frameFor(box, this.#inner(), this.#axes === undefined));
    this.#draw();
    this.#events.framed();
  }

  zoom(by: number): void {
    this.#zoom(by, this.#width / 2, this.#height / 2);
  }

  #setKinds(kinds: Kinds | undefined): void {
    this.#kinds = kinds;
    this.#stamps = kinds?.kinds.map((kind) => stampOf(kind, this.#palette, this.#ratio)) ?? [];
    this.#chosenStamps = kinds?.kinds.map((kind) => stampOf(kind, this.#palette, this.#ratio, 1.2)) ?? [];
  }

  #inner(): Box {
    const { plain, left, bottom } = margin;
    return this.#axes === undefined
      ? { x0: plain, y0: plain, x1: this.#width - plain, y1: this.#height - plain }
      : { x0: left, y0: plain, x1: this.#width - plain, y1: this.#height - bottom };
  }

  /** Finds the frame that shows everything. */
  #measure(): void {
    const axes = this.#axes;
    const of =
      axes === undefined
        ? boundsOf(this.#points?.places ?? new Float32Array(0))
        : { x0: axes.x.from, x1: axes.x.to, y0: axes.y.from, y1: axes.y.to };
    const wasFitted = this.#frame === this.#fitted;
    this.#fitted = frameFor(of, this.#inner(), axes === undefined);
    if (wasFitted) this.#frame = this.#fitted;
  }

  #resize(): void {
    const ratio = this.#ratio;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#canvas.style.width = `${String(this.#width)}px`;
    this.#canvas.style.height = `${String(this.#height)}px`;
    this.#setKinds(this.#kinds);
    this.#layerIsOld = true;
    this.#paint();
  }

  #bounded(frame: Frame): Frame {
    const zoom = frame.scaleX / this.#fitted.scaleX;
    const by = Math.min(mostZoom, Math.max(leastZoom, zoom)) / zoom;
    return by === 1 ? frame : zoomed(frame, by, this.#width / 2, this.#height / 2);
  }

  #zoom(by: number, x: number, y: number): void {
    const zoom = (this.#frame.scaleX * by) / this.#fitted.scaleX;
    if (zoom < leastZoom || zoom > mostZoom) return;
    this.#frame = zoomed(this.#frame, by, x, y);
    this.#draw();
    this.#events.framed();
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #key(event: KeyboardEvent): void {
    // The window's own: Ctrl+plus zooms all of VS Code, Alt+left goes back.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (pan !== undefined) {
      this.#frame = moved(this.#frame, panStep * pan[0], panStep * pan[1]);
      this.#draw();
      this.#events.framed();
    } else if (event.key === '+' || event.key === '=') this.zoom(zoomStep);
    else if (event.key === '-') this.zoom(1 / zoomStep);
    else if (event.key === '0') this.fit();
    else if (event.key === 'Escape') this.#events.chosen([], false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #hover(event: PointerEvent): void {
    const { x, y } = this.#at(event);
    this.#setHovered(this.#pointAt(x, y), x, y);
  }

  #setHovered(point: number, x: number, y: number): void {
    if (point === this.#hovered) return;
    this.#hovered = point;
    this.#events.hovered(point < 0 ? undefined : point, x, y);
    this.#drawAbove();
  }

  #pointAt(x: number, y: number): number {
    const points = this.#points;
    if (points === undefined) return -1;
    const nearest = nearestPoint(points.places, this.#frame, x, y, reach);
    return nearest >= 0 && this.#hidden.has(this.#kinds?.kindOf[nearest] ?? -1) ? -1 : nearest;
  }

  /** A press with the pointer: a click, a line around points, a box (Shift), or the whole map moved. */
  #press(down: PointerEvent): void {
    if (down.button > 1) return;
    const start = this.#at(down);
    const moves = down.button === 1 || (this.#tool === 'move' && !down.shiftKey);
    const boxed = !moves && down.shiftKey;
    const add = down.ctrlKey || down.metaKey;
    const { element } = this;
    element.focus({ preventScroll: true });
    element.setPointerCapture(down.pointerId);
    let last = start;
    let far = false;
    const move = (event: PointerEvent): void => {
      const now = this.#at(event);
      far ||= Math.hypot(now.x - start.x, now.y - start.y) > clickSlack;
      if (!far) return;
      if (moves) {
        this.#frame = moved(this.#frame, now.x - last.x, now.y - last.y);
        this.#draw();
        this.#events.framed();
      } else {
        if (boxed) this.#outline = [start.x, start.y, now.x, start.y, now.x, now.y, start.x, now.y];
        else this.#follow(event, start);
        this.#drawAbove();
      }
      last = now;
    };
    const end = (event: PointerEvent): void => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', end);
      element.removeEventListener('pointercancel', end);
      const outline = this.#outline;
      this.#outline = [];
      this.#drawAbove();
      if (event.type === 'pointercancel') return;
      if (!far) {
        const point = this.#pointAt(start.x, start.y);
        this.#events.chosen(point < 0 ? [] : [point], add);
      } else if (!moves) this.#events.chosen(this.#inside(outline), add);
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
    this.#setHovered(-1, 0, 0);
  }

  /** All the places of a pointer that moves faster than the screen is drawn: its corners must not be cut off. */
  #follow(event: PointerEvent, start: { readonly x: number; readonly y: number }): void {
    if (this.#outline.length === 0) this.#outline.push(start.x, start.y);
    const all = event.getCoalescedEvents();
    for (const each of all.length > 0 ? all : [event]) {
      const { x, y } = this.#at(each);
      this.#outline.push(x, y);
    }
  }

  #inside(outline: readonly number[]): number[] {
    const { places } = this.#points ?? {};
    if (places === undefined) return [];
    const kindOf = this.#kinds?.kindOf;
    return pointsInside(places, this.#frame, outline).filter((point) => !this.#hidden.has(kindOf?.[point] ?? -1));
  }

  /** Once before the next frame, however much has changed. */
  #draw(): void {
    this.#layerIsOld = true;
    this.#drawAbove();
  }

  /** The same where the points are as they were, and only what lies above them changed. */
  #drawAbove(): void {
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const context = this.#context;
    if (context === null || this.#width === 0) return;
    if (this.#layerIsOld) this.#paintLayer();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#layer, 0, 0);
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    for (const badge of this.#badges) this.#paintBadge(context, badge);
    this.#paintHovered(context);
    this.#paintOutline(context);
  }

  #paintLayer(): void {
    this.#layer.width = this.#canvas.width;
    this.#layer.height = this.#canvas.height;
    const context = this.#layer.getContext('2d');
    if (context === null) return;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    if (this.#axes !== undefined) this.#paintAxes(context, this.#axes);
    this.#paintPoints(context);
    this.#layerIsOld = false;
  }

  #paintPoints(context: CanvasRenderingContext2D): void {
    const [points, kinds] = [this.#points, this.#kinds];
    if (points === undefined || kinds === undefined) return;
    const { places, count } = points;
    const { kindOf } = kinds;
    const { scaleX, scaleY, left, top } = this.#frame;
    const stamp = (chosen: 0 | 1): void => {
      const stamps = chosen === 1 ? this.#chosenStamps : this.#stamps;
      for (let i = 0; i < count; i++) {
        if (this.#mask[i] !== chosen || this.#hidden.has(kindOf[i])) continue;
        const { picture, half } = stamps[kindOf[i]];
        const x = left + scaleX * places[2 * i];
        const y = top - scaleY * places[2 * i + 1];
        if (x < -half || y < -half || x > this.#width + half || y > this.#height + half) continue;
        context.drawImage(picture, x - half, y - half, 2 * half, 2 * half);
      }
    };
    // Those that are chosen stand out, and lie on top.
    context.globalAlpha = this.#anyChosen ? 0.22 : count > 5000 ? 0.7 : 0.9;
    stamp(0);
    context.globalAlpha = 1;
    if (this.#anyChosen) stamp(1);
  }

  #paintHovered(context: CanvasRenderingContext2D): void {
    const { places } = this.#points ?? {};
    if (places === undefined || this.#hovered < 0) return;
    const { scaleX, scaleY, left, top } = this.#frame;
    context.beginPath();
    context.arc(left + scaleX * places[2 * this.#hovered], top - scaleY * places[2 * this.#hovered + 1], 8, 0, 7);
    context.lineWidth = 2;
    context.strokeStyle = this.#palette.foreground;
    context.stroke();
  }

  #paintOutline(context: CanvasRenderingContext2D): void {
    const outline = this.#outline;
    if (outline.length < 4) return;
    context.beginPath();
    for (let i = 0; i < outline.length; i += 2) context.lineTo(outline[i], outline[i + 1]);
    context.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = this.#palette.foreground;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([4, 3]);
    context.lineWidth = 1.2;
    context.strokeStyle = this.#palette.foreground;
    context.stroke();
    context.setLineDash([]);
  }

  #paintBadge(context: CanvasRenderingContext2D, { text, x, y, strong }: Badge): void {
    const { scaleX, scaleY, left, top } = this.#frame;
    const [px, py] = [left + scaleX * x, top - scaleY * y];
    context.beginPath();
    context.arc(px, py, 10, 0, 2 * Math.PI);
    context.fillStyle = strong ? this.#palette.foreground : this.#palette.background;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = this.#palette.foreground;
    context.stroke();
    context.fillStyle = strong ? this.#palette.background : this.#palette.foreground;
    context.font = '600 11px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, px, py + 0.5);
  }

  #paintAxes(context: CanvasRenderingContext2D, { x, y }: Axes): void {
    const { scaleX, scaleY, left, top } = this.#frame;
    const inner = this.#inner();
    context.font = '11px system-ui, sans-serif';
    context.lineWidth = 1;
    context.strokeStyle = context.fillStyle = this.#palette.muted;
    const shown = {
      x: [(inner.x0 - left) / scaleX, (inner.x1 - left) / scaleX] as const,
      y: [(top - inner.y1) / scaleY, (top - inner.y0) / scaleY] as const,
    };
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const tick of niceTicks(shown.x[0], shown.x[1], Math.max(2, this.#width / 110))) {
      const at = left + scaleX * tick;
      if (at < inner.x0 - 1 || at > inner.x1 + 1) continue;
      this.#rule(context, at, inner.y0, at, inner.y1);
      context.fillText(String(tick), at, inner.y1 + 6);
    }
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const tick of niceTicks(shown.y[0], shown.y[1], Math.max(2, this.#height / 70))) {
      const at = top - scaleY * tick;
      if (at < inner.y0 - 1 || at > inner.y1 + 1) continue;
      this.#rule(context, inner.x0, at, inner.x1, at);
      context.fillText(String(tick), inner.x0 - 6, at);
    }
    context.textAlign = 'center';
    context.textBaseline = 'bottom';
    context.fillText(x.name, (inner.x0 + inner.x1) / 2, this.#height - 3);
    context.save();
    context.translate(12, (inner.y0 + inner.y1) / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = 'middle';
    context.fillText(y.name, 0, 0);
    context.restore();
  }

  #rule(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
    context.globalAlpha = 0.25;
    context.beginPath();
    context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
    context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    context.stroke();
    context.globalAlpha = 1;
  }
}

/** How the map is used without a pointer, for screen readers. */
export function scatterHelp(): string {
  return t(
    'Arrow keys move the map, plus and minus zoom, 0 shows all of it, Escape chooses nothing. Rows are chosen by the buttons of the legend and of the regions too.',
  );
}
