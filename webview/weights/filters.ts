import { parseFilter } from '../../src/core/table/filter.ts';
import { h } from '../shared/dom.ts';
import { Chips } from './chips.ts';
import type { Model } from './model.ts';
import { unfiltered } from './rememberedView.ts';
import { Search } from './search.ts';

/** Pause before what is being typed narrows the list, milliseconds. */
const typingPause = 150;

export interface FilterEvents {
  /** Other rows are wanted, after `delay` milliseconds. */
  readonly changed: (delay: number) => void;
  /** The user leaves the search box for the list. */
  readonly left: () => void;
}

/** What narrows the list: the search box, and the toggles below it. */
export class Filters {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #search: Search;
  readonly #chips: Chips;
  readonly #events: FilterEvents;

  constructor(model: Model, events: FilterEvents) {
    const { view } = model;
    this.#model = model;
    this.#events = events;
    this.#search = new Search((filter) => {
      if (filter === view.now.filter) return;
      view.change({ filter });
      events.changed(typingPause);
    }, events.left);
    this.#chips = new Chips({
      toggle: (kind, name) => {
        const on = view.now[kind];
        view.change({ [kind]: on.includes(name) ? on.filter((other) => other !== name) : [...on, name] });
        events.changed(0);
      },
      clearBrush: () => {
        view.change({ brush: undefined });
        events.changed(0);
      },
      clearAll: () => {
        this.clear();
      },
    });
    this.element = h('div', { class: 'filters' }, this.#search.element, this.#chips.element);
    this.sync();
  }

  /** The filter that is typed; what cannot be read leaves the rows as they are, and the search box says why. */
  get readable(): string {
    const { filter } = this.#model.view.now;
    return 'filter' in this.#parse(filter) ? filter : '';
  }

  /** Texts that the filter looks for. */
  get terms(): readonly string[] {
    const read = this.#parse(this.#model.view.now.filter);
    return 'filter' in read ? read.filter.terms : [];
  }

  focus(): void {
    this.#search.focus();
  }

  /** Shows the filter that is remembered. */
  sync(): void {
    this.#search.set(this.#model.view.now.filter);
  }

  /** Lists the rows that pass a filter, whatever was chosen before. */
  set(filter: string): void {
    this.#model.view.change({ ...unfiltered, filter });
    this.sync();
    this.#events.changed(0);
  }

  /** Shows all rows. */
  clear(): void {
    this.#model.view.change(unfiltered);
    this.sync();
    this.#events.changed(0);
  }

  /** What there is to ask for: {@link Search.setExamples}. */
  setExamples(...examples: Parameters<Search['setExamples']>): void {
    this.#search.setExamples(...examples);
  }

  /** Counts beside the toggles. */
  update(): void {
    const { result, view, preview } = this.#model;
    if (result !== undefined) this.#chips.update(result, { ...view.now, preview }, view.isFiltered);
  }

  #parse(filter: string): ReturnType<typeof parseFilter> {
    const labels = this.#model.state?.facts?.labels.map(({ label }) => label);
    return parseFilter(filter, { labels: labels === undefined || labels.length === 0 ? undefined : labels });
  }
}
