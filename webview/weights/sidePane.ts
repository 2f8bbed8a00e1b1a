import { toolButton } from '../shared/controls.ts';
import { h, setAttribute, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { splitter } from '../shared/splitter.ts';
import { Tabs } from '../shared/tabs.ts';
import type { RememberedView } from './rememberedView.ts';
import type { Side } from './viewState.ts';

/** From this width on, it stands beside the list, pixels. */
const wide = '(min-width: 960px)';

export interface SidePaneParts {
  /** Everything about the row where the keyboard is, and what it is called. */
  readonly row: { readonly element: HTMLElement; readonly title: HTMLElement };
  readonly sureness: HTMLElement;
}

export interface SidePaneEvents {
  /** Opened, closed, or showing something else. */
  readonly changed: () => void;
  /** Closed by the button in it. */
  readonly closed: () => void;
  /** Its place or size changed; `beside` the list or below it. */
  readonly laidOut: (beside: boolean) => void;
  /** Whether there is a row where the keyboard is. */
  readonly hasRow: () => boolean;
}

/** What stands beside the list, or below it in a narrow window; it takes room of its own and leaves the list its share. */
export class SidePane {
  /** Behind the list, in this order. */
  readonly elements: readonly HTMLElement[];
  readonly #view: RememberedView;
  readonly #work: HTMLElement;
  readonly #events: SidePaneEvents;
  readonly #element: HTMLElement;
  readonly #tabs: Tabs<Side>;
  readonly #splitter: HTMLElement;
  readonly #wide = window.matchMedia(wide);
  #hasRun = false;

  /** @param work What holds the list and this. */
  constructor(view: RememberedView, work: HTMLElement, { row, sureness }: SidePaneParts, events: SidePaneEvents) {
    this.#view = view;
    this.#work = work;
    this.#events = events;
    this.#tabs = new Tabs<Side>(
      t('Beside the list'),
      [
        { id: 'row', title: row.title, content: row.element },
        { id: 'sureness', title: h('span', {}, t('How sure')), content: sureness },
      ],
      (side) => {
        this.open(side);
      },
    );
    const close = toolButton(t('Close (Space)'), 'close', () => {
      view.change({ details: false });
      this.layOut();
      events.changed();
      events.closed();
    });
    this.#element = h(
      'div',
      { class: 'pane' },
      h('div', { class: 'pane-head' }, this.#tabs.element, close),
      ...this.#tabs.panels,
    );
    this.#splitter = splitter({
      label: t('Size of the details'),
      orientation: () => (this.#wide.matches ? 'vertical' : 'horizontal'),
      size: () => (this.#wide.matches ? view.now.detailsWidth : view.now.detailsHeight),
      bounds: () => (this.#wide.matches ? [260, work.clientWidth - 420] : [100, work.clientHeight - 120]),
      resized: (size) => {
        view.change(this.#wide.matches ? { detailsWidth: size } : { detailsHeight: size });
        this.layOut();
      },
    });
    this.elements = [this.#splitter, this.#element];
    this.#wide.addEventListener('change', () => {
      this.layOut();
    });
  }

  /** What is shown; undefined where it is closed. */
  get side(): Side | undefined {
    const { details, side } = this.#view.now;
    if (!details) return undefined;
    return this.#hasRun ? side : 'row';
  }

  /** Opens details of the row, or closes them. */
  toggleRow(): void {
    if (this.side === 'row') {
      this.#view.change({ details: false });
      this.layOut();
      this.#events.changed();
    } else this.open('row');
  }

  open(side: Side): void {
    this.#view.change({ details: true, side });
    this.layOut();
    this.#events.changed();
  }

  /** Moves the keyboard to the tab that is shown. */
  focus(): void {
    if (this.side !== undefined) this.#tabs.focus(this.side);
  }

  /** Without scores there is nothing to be sure of. */
  setHasRun(hasRun: boolean): void {
    this.#hasRun = hasRun;
    this.#tabs.offer('sureness', hasRun);
  }

  layOut(): void {
    const { detailsWidth, detailsHeight } = this.#view.now;
    const { side } = this;
    const beside = this.#wide.matches;
    // Below a narrow list, details take no room before a row is chosen.
    const visible = side !== undefined && (beside || side !== 'row' || this.#events.hasRow());
    this.#work.classList.toggle('beside', beside);
    this.#work.classList.toggle('below', visible && !beside);
    this.#tabs.choose(side ?? 'row');
    show(this.#element, visible);
    show(this.#splitter, visible);
    setAttribute(this.#splitter, 'aria-orientation', beside ? 'vertical' : 'horizontal');
    this.#element.style.flexBasis = `${beside ? detailsWidth : detailsHeight}px`;
    this.#events.laidOut(beside);
  }
}
