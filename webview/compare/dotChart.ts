import { baseline, type ComparisonResults, type MethodResult } from '../../src/protocol/compare.ts';
import { fill, h, s, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { duration } from '../shared/numbers.ts';
import { chartScale, type ChartScale } from './chartScale.ts';
import { bestFirst, percent, points, secondsOf, spread, standingWords, titleOf } from './words.ts';

const rowHeight = 30;
const axisHeight = 22;
/** Room for half a mark at both ends. */
const margin = 9;

type Drawn = MethodResult & Required<Pick<MethodResult, 'macroF1'>>;

/**
 * Macro-F1 of every method, best first: a dot at the mean over seeds, a line over its 95 % interval, a small dot for each
 * seed, CE as a dashed line; the mean and what a seed costs beside it.
 */
export class DotChart {
  readonly element: HTMLElement;
  readonly #about = h('p', { class: 'faint' });
  readonly #names = h('div', { class: 'chart-names' });
  readonly #plot = h('div', { class: 'dots' });
  readonly #means = h('div', { class: 'chart-means' });
  readonly #costs = h('div', { class: 'chart-costs' });
  readonly #legend = h('p', { class: 'legend' });
  readonly #tip = h('div', { class: 'tip', hidden: true });
  #results: ComparisonResults | undefined;
  #rows: readonly Drawn[] = [];
  #width = 0;
  #last = '';

  constructor() {
    this.element = h(
      'figure',
      { class: 'chart methods-chart' },
      h('figcaption', {}, h('h2', {}, t('Macro-F1 by method')), this.#about),
      h('div', { class: 'chart-columns' }, this.#names, this.#plot, this.#means, this.#costs),
      this.#legend,
    );
    this.#plot.addEventListener('pointermove', (event) => {
      this.#read(event);
    });
    this.#plot.addEventListener('pointerleave', () => {
      this.#tip.hidden = true;
    });
    new ResizeObserver(([entry]) => {
      const { width } = entry.contentRect;
      if (width === this.#width) return;
      this.#width = width;
      this.#draw();
    }).observe(this.#plot);
  }

  update(results: ComparisonResults | undefined): void {
    const rows = bestFirst(results?.methods ?? []).filter((method): method is Drawn => method.macroF1 !== undefined);
    show(this.element, rows.length > 0);
    const key = JSON.stringify([rows, results?.testRows, results?.leftOut]);
    if (results === undefined || key === this.#last) return;
    this.#last = key;
    this.#results = results;
    this.#rows = rows;
    const { testRows, leftOut } = results;
    const about = t(
      'In % of {0} test rows; a small dot is a seed, a line the 95 % interval of the mean. The time is that of one seed, with the checkers it needs.',
      testRows.toLocaleString('en-US'),
    );
    const without =
      leftOut === undefined
        ? ''
        : leftOut === 1
          ? t('1 more test row is a copy of a training row and left out.')
          : t('{0} more test rows are copies of training rows and left out.', leftOut.toLocaleString('en-US'));
    this.#about.textContent = [about, without].filter((part) => part !== '').join(' ');
    const cell = (text: string, title?: string): HTMLElement => h('div', { class: 'chart-cell', title }, text);
    fill(this.#names, ...rows.map(({ method }) => cell(titleOf(method), titleOf(method))));
    fill(this.#means, ...rows.map(({ macroF1 }) => cell(percent(macroF1.mean))));
    fill(this.#costs, ...rows.map((row) => cell(duration(secondsOf(row)))));
    this.#draw();
  }

  #draw(): void {
    if (this.#rows.length === 0 || this.#width < 60) return;
    const height = this.#rows.length * rowHeight + axisHeight;
    const scale = chartScale(this.#rows, this.#width);
    const svg = s('svg', { width: this.#width, height, role: 'img', 'aria-label': this.#summary() });
    const base = height - axisHeight;
    for (const tick of scale.ticks) {
      const x = this.#x(tick / 100, scale);
      const anchor = x < 20 ? 'start' : x > this.#width - 20 ? 'end' : 'middle';
      svg.append(
        s('line', { class: 'gridline', x1: x, x2: x, y1: 0, y2: base }),
        s('text', { class: 'tick', x, y: base + 16, 'text-anchor': anchor }, String(tick)),
      );
    }
    const ce = this.#rows.find(({ method }) => method === baseline)?.macroF1;
    if (ce !== undefined && !scale.isBelow(ce.mean)) {
      const x = this.#x(ce.mean, scale);
      svg.append(s('line', { class: 'reference', x1: x, x2: x, y1: 0, y2: base }));
    }
    this.#rows.forEach((row, i) => {
      svg.append(this.#mark(row, (i + 0.5) * rowHeight, scale));
    });
    fill(this.#plot, svg, this.#tip);
    this.#drawLegend(scale);
  }

  #mark({ method, macroF1, difference }: Drawn, y: number, scale: ChartScale): SVGElement {
    const { mean, low, high, bySeed } = macroF1;
    const look = method === baseline ? 'base' : (difference?.standing.replace(' ', '-') ?? 'not-separated');
    const group = s('g', { class: `mark ${look}` });
    const x = this.#x(mean, scale);
    if (scale.isBelow(mean)) {
      group.append(
        s('path', {
          class: 'beyond',
          d: `M${String(margin + 6)} ${String(y - 6)}L${String(margin - 5)} ${String(y)}L${String(margin + 6)} ${String(y + 6)}Z`,
        }),
      );
      return group;
    }
    group.append(s('line', { class: 'whisker', x1: this.#x(low, scale), x2: this.#x(high, scale), y1: y, y2: y }));
    if (bySeed.length > 1) {
      for (const value of bySeed)
        group.append(s('circle', { class: 'seed', cx: this.#x(value, scale), cy: y, r: 2.5 }));
    }
    group.append(
      method === baseline
        ? s('rect', { class: 'mean', x: x - 5, y: y - 5, width: 10, height: 10 })
        : s('circle', { class: 'mean', cx: x, cy: y, r: 5.5 }),
    );
    return group;
  }

  /** Only what is drawn. */
  #drawLegend(scale: ChartScale): void {
    const standings = new Set(this.#rows.flatMap(({ difference }) => difference?.standing ?? []));
    const sign = (look: string, shape: SVGElement, text: string): HTMLElement =>
      h(
        'span',
        { class: 'legend-entry' },
        s('svg', { width: 14, height: 14, 'aria-hidden': 'true' }, s('g', { class: `mark ${look}` }, shape)),
        text,
      );
    const dot = (): SVGElement => s('circle', { class: 'mean', cx: 7, cy: 7, r: 5 });
    fill(
      this.#legend,
      sign('base', s('rect', { class: 'mean', x: 2, y: 2, width: 10, height: 10 }), t('CE, the reference')),
      standings.has('better') && sign('better', dot(), t('better than CE, more than luck')),
      standings.has('worse') && sign('worse', dot(), t('worse than CE, more than luck')),
      standings.has('not separated') && sign('not-separated', dot(), t('could be luck')),
      this.#rows.some(({ macroF1 }) => scale.isBelow(macroF1.mean)) &&
        sign('', s('path', { class: 'beyond', d: 'M12 2L2 7L12 12Z' }), t('further left than the axis')),
    );
  }

  #x(share: number, scale: ChartScale): number {
    return margin + scale.at(share) * (this.#width - 2 * margin);
  }

  #summary(): string {
    const all = this.#rows.map(({ method, macroF1 }) => `${titleOf(method)} ${percent(macroF1.mean)} %`);
    return t('Macro-F1 by method, best first: {0}.', all.join('; '));
  }

  /** Shows the numbers of the row under the pointer. */
  #read(event: PointerEvent): void {
    const svg = this.#plot.querySelector('svg');
    if (svg === null || this.#results === undefined) return;
    const { left, top } = svg.getBoundingClientRect();
    const row = this.#rows.at(Math.floor((event.clientY - top) / rowHeight));
    const index = row === undefined ? -1 : this.#rows.indexOf(row);
    if (row === undefined || event.clientY < top) {
      this.#tip.hidden = true;
      return;
    }
    const { method, macroF1, difference, seeds } = row;
    fill(
      this.#tip,
      h('div', { class: 'tip-title' }, titleOf(method)),
      h('div', {}, t('{0} %, 95 % interval {1} to {2}', spread(macroF1), percent(macroF1.low), percent(macroF1.high))),
      difference !== undefined &&
        h('div', {}, t('{0} points to CE: {1}', points(difference.mean), standingWords(difference.standing))),
      seeds.length > 1 &&
        h(
          'div',
          {},
          t('seeds: {0}', seeds.map((seed, i) => `${String(seed)}: ${percent(macroF1.bySeed[i])}`).join(', ')),
        ),
    );
    this.#tip.hidden = false;
    const at = event.clientX - left;
    const beyond = at + 16 + this.#tip.offsetWidth > this.#width;
    this.#tip.style.left = `${String(Math.max(0, beyond ? at - 16 - this.#tip.offsetWidth : at + 16))}px`;
    const below = (index + 1) * rowHeight;
    const above = index * rowHeight - this.#tip.offsetHeight;
    this.#tip.style.top = `${String(index > this.#rows.length / 2 && above >= 0 ? above : below)}px`;
  }
}
