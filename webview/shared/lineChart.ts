import { fill, h, s } from './dom.ts';
import { niceTicks } from './scale.ts';

export interface Series {
  readonly name: string;
  /** Class of its line: colour and dashes come from the style sheet. */
  readonly look: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A dot at every point. */
  readonly dots?: boolean;
  /** Radius of each dot, pixels; all the same where absent. */
  readonly radii?: readonly number[];
  /** No line between the dots. */
  readonly apart?: boolean;
  /** From where to where each value may lie, drawn as an area behind the lines. */
  readonly band?: readonly (readonly [low: number, high: number])[];
  /** Not named in the legend, nor read out under the pointer. */
  readonly faint?: boolean;
}

export interface ChartData {
  readonly series: readonly Series[];
  /** The axis reaches at least so far. */
  readonly x: { readonly from: number; readonly to: number; readonly ticks: readonly number[]; readonly name: string };
  /** Vertical rules, e.g. where an epoch ends. */
  readonly rules?: readonly number[];
  /** A point that is singled out, with what it is. */
  readonly marked?: { readonly x: number; readonly text: string };
  readonly showX: (x: number) => string;
  readonly showY: (y: number) => string;
  /** What is read out at a point beside its value. */
  readonly note?: (series: Series, at: number) => string;
  /** What the vertical axis is called; nothing where the title says it. */
  readonly yName?: string;
  /** The vertical axis, where it is not to follow the values. */
  readonly ticksY?: readonly number[];
  /** Steps of the vertical axis are not smaller than this. */
  readonly leastStep?: number;
  /** The vertical axis begins at 0. */
  readonly fromZero?: boolean;
  /** The whole chart in one sentence, for those who cannot see it. */
  readonly summary: string;
  /** Shown in place of the chart where there is nothing to draw. */
  readonly empty: string;
}

const left = 52;
const right = 12;
const top = 18;
const bottom = 34;

type Place = readonly [x: number, y: number];

/** For the `d` of a path: straight lines from each place to the next. */
function path(places: readonly Place[]): string {
  return places.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** A line chart in SVG: it follows the theme by itself and needs no script at evaluation. Values are read under the pointer. */
export class LineChart {
  readonly element: HTMLElement;
  readonly #plot = h('div', { class: 'plot' });
  readonly #legend = h('div', { class: 'legend' });
  readonly #tip = h('div', { class: 'tip', hidden: true });
  readonly #cursor = s('line', { class: 'cursor' });
  #data: ChartData | undefined;
  #width = 0;
  #height = 0;

  constructor(title: string) {
    const heading = h('h3', {}, title);
    this.element = h(
      'figure',
      { class: 'chart' },
      h('div', { class: 'chart-head' }, heading, this.#legend),
      this.#plot,
    );
    this.#plot.addEventListener('pointermove', (event) => {
      this.#read(event);
    });
    this.#plot.addEventListener('pointerleave', () => {
      this.#tip.hidden = true;
      this.#cursor.remove();
    });
    new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width === this.#width && height === this.#height) return;
      this.#width = width;
      this.#height = height;
      this.#draw();
    }).observe(this.#plot);
  }

  update(data: ChartData): void {
    this.#data = data;
    const named = data.series.filter(({ faint, points }) => !faint && points.length > 0);
    fill(
      this.#legend,
      ...(named.length < 2
        ? []
        : named.map(({ name, look }) =>
            h(
              'span',
              { class: 'legend-entry' },
              s(
                'svg',
                { width: 22, height: 8, 'aria-hidden': 'true' },
                s('path', { class: `line ${look}`, d: 'M1 4H21' }),
              ),
              name,
            ),
          )),
    );
    this.#draw();
  }

  #draw(): void {
    const data = this.#data;
    if (data === undefined) return;
    const points = data.series.flatMap((series) => series.points);
    const isEmpty = points.length === 0;
    // Its height changes with this, and the observer comes back to draw.
    this.#plot.classList.toggle('empty', isEmpty);
    if (isEmpty) {
      fill(this.#plot, h('p', { class: 'nothing' }, data.empty));
      return;
    }
    if (this.#width < 80 || this.#height < 60) return;
    const ticksY = this.#ticksY(data);
    const svg = s('svg', {
      ...{ width: this.#width, height: this.#height, role: 'img' },
      'aria-label': data.summary,
    });
    const [base, ceiling] = [this.#height - bottom, top];
    for (const tick of ticksY) {
      const y = this.#y(tick, ticksY);
      svg.append(
        s('line', { class: 'gridline', x1: left, x2: this.#width - right, y1: y, y2: y }),
        s('text', { class: 'tick', x: left - 8, y: y + 4, 'text-anchor': 'end' }, data.showY(tick)),
      );
    }
    for (const rule of data.rules ?? []) {
      const x = this.#x(rule, data);
      svg.append(s('line', { class: 'rule', x1: x, x2: x, y1: ceiling, y2: base }));
    }
    for (const tick of data.x.ticks) {
      const x = this.#x(tick, data);
      // A label at the very end would be cut off.
      const anchor = x > this.#width - right - 16 ? 'end' : 'middle';
      svg.append(s('text', { class: 'tick', x, y: base + 16, 'text-anchor': anchor }, data.showX(tick)));
    }
    if (data.yName !== undefined) {
      const middle = (ceiling + base) / 2;
      const turned = { x: 0, y: 0, transform: `translate(10 ${String(middle)}) rotate(-90)`, 'text-anchor': 'middle' };
      svg.append(s('text', { class: 'axis-name', ...turned }, data.yName));
    }
    svg.append(
      s(
        'text',
        { class: 'axis-name', x: (left + this.#width - right) / 2, y: this.#height - 3, 'text-anchor': 'middle' },
        data.x.name,
      ),
    );
    for (const { look, points: line, dots, radii, apart, band } of data.series) {
      const place = line.map(([x, y]) => [this.#x(x, data), this.#y(y, ticksY)] as const);
      if (band !== undefined) {
        const edge = (side: 0 | 1): Place[] => band.map((range, i) => [place[i][0], this.#y(range[side], ticksY)]);
        svg.append(s('path', { class: `band ${look}`, d: `${path([...edge(1), ...edge(0).reverse()])}Z` }));
      }
      if (!apart) svg.append(s('path', { class: `line ${look}`, d: path(place) }));
      if (dots || line.length === 1) {
        for (const [i, [cx, cy]] of place.entries()) {
          const chosen = data.marked?.x === line[i][0];
          const r = radii?.[i] ?? (chosen ? 5 : 3.5);
          svg.append(s('circle', { class: `dot ${look}${chosen ? ' chosen' : ''}`, cx, cy, r }));
        }
      }
    }
    if (data.marked !== undefined) {
      const x = this.#x(data.marked.x, data);
      const nearEnd = x > (left + this.#width - right) / 2;
      svg.append(
        s('line', { class: 'marked', x1: x, x2: x, y1: ceiling, y2: base }),
        s(
          'text',
          { class: 'mark-text', x: x + (nearEnd ? -6 : 6), y: ceiling - 6, 'text-anchor': nearEnd ? 'end' : 'start' },
          data.marked.text,
        ),
      );
    }
    fill(this.#plot, svg, this.#tip);
  }

  #ticksY(data: ChartData): readonly number[] {
    if (data.ticksY !== undefined) return data.ticksY;
    const values = data.series
      .flatMap(({ points, band }) => [...points.map(([, y]) => y), ...(band ?? []).flat()])
      .filter((y) => Number.isFinite(y));
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const count = Math.max(2, Math.floor((this.#height - top - bottom) / 40));
    return niceTicks(data.fromZero ? Math.min(0, low) : low, high, count, data.leastStep);
  }

  #x(value: number, { x }: ChartData): number {
    const share = x.to > x.from ? (value - x.from) / (x.to - x.from) : 0.5;
    return left + share * (this.#width - left - right);
  }

  #y(value: number, ticks: readonly number[]): number {
    const [low, high] = [ticks[0], ticks[ticks.length - 1]];
    return top + (1 - (value - low) / (high - low)) * (this.#height - top - bottom);
  }

  /** Shows the values nearest to the pointer. */
  #read(event: PointerEvent): void {
    const data = this.#data;
    const svg = this.#plot.querySelector('svg');
    const named = data?.series.filter(({ faint, points }) => !faint && points.length > 0) ?? [];
    if (data === undefined || svg === null || named.length === 0) return;
    const pointer = event.clientX - svg.getBoundingClientRect().left;
    const all = named.flatMap(({ points }) => points.map(([x]) => x));
    const nearest = all.reduce((best, x) =>
      Math.abs(this.#x(x, data) - pointer) < Math.abs(this.#x(best, data) - pointer) ? x : best,
    );
    const at = this.#x(nearest, data);
    for (const [name, value] of Object.entries({ x1: at, x2: at, y1: top, y2: this.#height - bottom })) {
      this.#cursor.setAttribute(name, String(value));
    }
    svg.append(this.#cursor);
    fill(
      this.#tip,
      h('div', { class: 'tip-title' }, `${data.x.name} ${data.showX(nearest)}`),
      ...named.flatMap((series) => {
        const found = series.points.findIndex(([x]) => x === nearest);
        if (found === -1) return [];
        const value = `${series.name}: ${data.showY(series.points[found][1])}`;
        return [
          h('div', {}, value),
          data.note !== undefined && h('div', { class: 'tip-title' }, data.note(series, found)),
        ];
      }),
    );
    this.#tip.hidden = false;
    const beyond = at + 12 + this.#tip.offsetWidth > this.#width;
    this.#tip.style.left = `${String(beyond ? at - 12 - this.#tip.offsetWidth : at + 12)}px`;
    this.#tip.style.top = `${String(top + 4)}px`;
  }
}
