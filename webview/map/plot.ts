import type { PointText } from '../../src/protocol/map.ts';
import { toolButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { visible } from '../shared/visibleText.ts';
import { formatWeight } from '../../src/core/table/format.ts';
import { verdictLook } from '../weights/verdictLooks.ts';
import type { KeptFrame } from './geometry.ts';
import { Legend } from './legend.ts';
import { kindsOf, type Kinds, type Palette } from './looks.ts';
import { chosenOf, maskOf, nothingChosen, type Chosen, type ColourBy, type Points } from './points.ts';
import { Scatter, scatterHelp, type Axes, type Badge, type Tool } from './scatter.ts';

export interface PlotEvents {
  readonly choose: (chosen: Chosen) => void;
  readonly colour: (by: ColourBy) => void;
  /** The text of a point, for the pointer that rests on it. */
  readonly textOf: (source: PointText['source'], at: number) => Promise<PointText | null>;
  readonly failed: (thrown: unknown) => void;
  /** The user saw to what is seen of the points; undefined: all of them. */
  readonly framed: (frame: KeptFrame | undefined) => void;
}

export interface PlotOptions {
  /** Unique on the page. */
  readonly id: string;
  readonly label: string;
  readonly colours: readonly (readonly [ColourBy, string])[];
}

/** Points that a plot shows. */
export interface Plotted {
  readonly points: Points;
  /** Folder of the run that they are of. */
  readonly of: string;
  readonly preview: boolean;
  readonly correctness?: Float32Array;
  readonly axes?: Axes;
}

/** The pointer rests this long before a text is asked for, milliseconds. */
const restPause = 70;
/** The map rests this long before it is kept where it is, milliseconds. */
const framePause = 120;

/** A scatter with its tools and its legend. */
export class Plot {
  /** The scatter with its tools. */
  readonly element: HTMLElement;
  /** Colours and legend, for the column beside it. */
  readonly legend: HTMLElement;
  readonly #scatter: Scatter;
  readonly #legend: Legend;
  readonly #events: PlotEvents;
  readonly #colour: HTMLSelectElement;
  readonly #tip = h('div', { class: 'tip', hidden: true });
  #plotted: Plotted | undefined;
  #kinds: Kinds | undefined;
  #palette: Palette;
  #chosen = nothingChosen;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #framing: ReturnType<typeof setTimeout> | undefined;
  #frame: KeptFrame | undefined;
  /** Counts the places that the pointer came to: a text that arrives after it left is not shown. */
  #hovers = 0;

  constructor({ id, label, colours }: PlotOptions, palette: Palette, events: PlotEvents) {
    this.#events = events;
    this.#palette = palette;
    this.#scatter = new Scatter(label, palette, {
      chosen: (points, add) => {
        this.#choose(points, add);
      },
      hovered: (point, x, y) => {
        this.#hover(point, x, y);
      },
      framed: () => {
        clearTimeout(this.#framing);
        this.#framing = setTimeout(() => {
          this.#keepFrame();
        }, framePause);
      },
    });
    const help = h('p', { class: 'unseen', id: `help-${id}` }, scatterHelp());
    this.#scatter.element.setAttribute('aria-describedby', help.id);
    this.#scatter.element.append(this.#tip);
    this.#legend = new Legend({
      choose: (kind, add) => {
        const kindOf = this.#kinds?.kindOf ?? new Uint16Array(0);
        this.#choose(
          [...kindOf.keys()].filter((i) => kindOf[i] === kind),
          add,
        );
      },
      hide: (kinds) => {
        this.#scatter.setHidden(kinds);
      },
    });
    this.#colour = h(
      'select',
      {
        id: `colour-${id}`,
        onchange: () => {
          this.#recolour(false);
          this.#events.colour(this.colour);
        },
      },
      ...colours.map(([value, name]) => h('option', { value }, name)),
    );
    this.element = h('div', { class: 'plot-area' }, this.#tools(), this.#scatter.element, help);
    this.legend = h(
      'section',
      { class: 'legend', 'aria-label': t('Legend') },
      h('div', { class: 'colour' }, h('label', { for: this.#colour.id }, t('Colour by')), this.#colour),
      this.#legend.element,
    );
  }

  get colour(): ColourBy {
    return this.#colour.value as ColourBy;
  }

  set colour(by: ColourBy) {
    if ([...this.#colour.options].some(({ value }) => value === by)) this.#colour.value = by;
  }

  /** What was seen of a run's points, for when they come. */
  set frame(frame: KeptFrame | undefined) {
    this.#frame = frame;
  }

  #keepFrame(): void {
    clearTimeout(this.#framing);
    this.#framing = undefined;
    const [frame, of] = [this.#scatter.frame, this.#plotted?.of];
    if (of === undefined) return;
    this.#frame = frame && { ...frame, of };
    this.#events.framed(this.#frame);
  }

  /** @param keepFrame The map stays where it is: the points are those of before, as they stand now. */
  update(plotted: Plotted | undefined, keepFrame: boolean): void {
    const before = this.#plotted;
    if (this.#framing !== undefined) this.#keepFrame();
    this.#plotted = plotted;
    this.#kinds = undefined;
    if (plotted === undefined) {
      this.#scatter.setPoints(undefined, undefined, undefined, false);
      return;
    }
    this.#kinds = this.#makeKinds(plotted);
    this.#scatter.setPoints(plotted.points, this.#kinds, plotted.axes, keepFrame && before !== undefined);
    if (before === undefined && this.#frame?.of === plotted.of) this.#scatter.restore(this.#frame);
    this.#legend.update(this.#kinds, this.#palette, keepFrame);
    this.choose(this.#chosen);
  }

  /** Shows what is chosen. */
  choose(chosen: Chosen): void {
    this.#chosen = chosen;
    if (this.#plotted !== undefined) this.#scatter.setChosen(maskOf(this.#plotted.points, chosen));
  }

  /** Brings points into sight. */
  fitTo(mask: Uint8Array): void {
    this.#scatter.fitTo(mask);
  }

  setBadges(badges: readonly Badge[]): void {
    this.#scatter.setBadges(badges);
  }

  /** The theme changed. */
  repaint(palette: Palette): void {
    this.#palette = palette;
    this.#recolour(true);
  }

  #recolour(sameKinds: boolean): void {
    if (this.#plotted === undefined) return;
    this.#kinds = this.#makeKinds(this.#plotted);
    this.#scatter.setKinds(this.#kinds, this.#palette);
    this.#legend.update(this.#kinds, this.#palette, sameKinds);
  }

  #makeKinds({ points, preview, correctness }: Plotted): Kinds {
    return kindsOf(points, this.colour, this.#palette, preview, correctness);
  }

  #choose(points: readonly number[], add: boolean): void {
    if (this.#plotted === undefined) return;
    this.#events.choose(chosenOf(this.#plotted.points, points, add ? this.#chosen : nothingChosen));
  }

  #tools(): HTMLElement {
    const tool = (name: Tool, label: string, picture: Parameters<typeof toolButton>[1]): HTMLButtonElement => {
      const button = toolButton(label, picture, () => {
        this.#scatter.setTool(name);
        for (const [each, other] of buttons) other.setAttribute('aria-pressed', String(each === name));
      });
      button.setAttribute('aria-pressed', String(name === 'lasso'));
      return button;
    };
    const buttons: (readonly [Tool, HTMLButtonElement])[] = [
      ['lasso', tool('lasso', t('Choose: drag around rows; Shift for a box, Ctrl or ⌘ to add'), 'list-selection')],
      ['move', tool('move', t('Move: drag the map'), 'move')],
    ];
    return h(
      'div',
      { class: 'plot-tools', role: 'toolbar', 'aria-label': t('Tools of the map') },
      ...buttons.map(([, button]) => button),
      toolButton(t('Zoom in'), 'zoom-in', () => {
        this.#scatter.zoom(1.4);
      }),
      toolButton(t('Zoom out'), 'zoom-out', () => {
        this.#scatter.zoom(1 / 1.4);
      }),
      toolButton(t('Show the whole map'), 'screen-full', () => {
        this.#scatter.fit();
      }),
    );
  }

  #hover(point: number | undefined, x: number, y: number): void {
    clearTimeout(this.#rest);
    show(this.#tip, false);
    const hover = ++this.#hovers;
    const points = this.#plotted?.points;
    if (point === undefined || points === undefined) return;
    this.#rest = setTimeout(() => {
      const isReal = point >= points.firstReal;
      const at = points.rows[point];
      if (isReal && at === 0) {
        this.#showTip([t('A real row; the real file has changed since the scores were made')], '', x, y);
        return;
      }
      this.#events
        .textOf(isReal ? 'real' : 'synthetic', at)
        .then((found) => {
          if (found === null || hover !== this.#hovers || this.#plotted?.points !== points) return;
          this.#showTip(this.#factsOf(points, point, found), found.text, x, y);
        })
        .catch(this.#events.failed);
    }, restPause);
  }

  #factsOf({ firstReal, verdicts, weights, verdictNames }: Points, point: number, text: PointText): string[] {
    const facts = [visible(text.label)];
    if (point >= firstReal) facts.push(t('real, line {0}', text.line));
    else {
      facts.push(t('line {0}', text.line));
      const verdict = verdictNames[verdicts[point]];
      if (verdict !== undefined) facts.push(verdictLook(verdict, this.#plotted?.preview ?? false).word);
      if (!Number.isNaN(weights[point])) facts.push(t('weight {0}', formatWeight(weights[point])));
    }
    return facts;
  }

  #showTip(facts: readonly string[], text: string, x: number, y: number): void {
    fill(
      this.#tip,
      h('div', { class: 'tip-title' }, facts.join(' · ')),
      h('bdi', { class: 'tip-text' }, visible(text)),
    );
    show(this.#tip, true);
    const { clientWidth, clientHeight } = this.#scatter.element;
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = x + 14 + offsetWidth > clientWidth ? Math.max(4, x - 14 - offsetWidth) : x + 14;
    const top = y + 14 + offsetHeight > clientHeight ? Math.max(4, y - 14 - offsetHeight) : y + 14;
    this.#tip.style.left = `${String(left)}px`;
    this.#tip.style.top = `${String(top)}px`;
  }
}
