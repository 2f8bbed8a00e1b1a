import { h, setAttribute } from './dom.ts';

export interface Tab<Id extends string> {
  readonly id: Id;
  /** What its button reads. */
  readonly title: HTMLElement;
  /** What it shows. */
  readonly content: HTMLElement;
}

/** A row of tabs, of which one is chosen: one stop for Tab; arrow keys, Home and End go from one to the next. */
export class Tabs<Id extends string> {
  /** The buttons. */
  readonly element: HTMLElement;
  /** What the tabs show, in their order. */
  readonly panels: readonly HTMLElement[];
  readonly #tabs: readonly { readonly id: Id; readonly button: HTMLElement; readonly panel: HTMLElement }[];

  /** @param name Of the row of tabs, for screen readers; also unique on the page. */
  constructor(name: string, tabs: readonly Tab<Id>[], chosen: (id: Id) => void) {
    this.#tabs = tabs.map(({ id, title, content }) => {
      const button = h(
        'button',
        {
          type: 'button',
          class: 'tab',
          role: 'tab',
          id: `tab-${id}`,
          'aria-controls': `panel-${id}`,
          onclick: () => {
            chosen(id);
          },
        },
        title,
      );
      const panel = h(
        'div',
        { class: 'tab-panel', role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}` },
        content,
      );
      return { id, button, panel };
    });
    this.panels = this.#tabs.map(({ panel }) => panel);
    this.element = h(
      'div',
      {
        class: 'tabs',
        role: 'tablist',
        'aria-label': name,
        onkeydown: (event: KeyboardEvent) => {
          this.#move(event, chosen);
        },
      },
      ...this.#tabs.map(({ button }) => button),
    );
  }

  choose(id: Id): void {
    for (const tab of this.#tabs) {
      const isChosen = tab.id === id;
      setAttribute(tab.button, 'aria-selected', String(isChosen));
      tab.button.tabIndex = isChosen ? 0 : -1;
      tab.panel.hidden = !isChosen;
    }
  }

  /** Whether a tab can be chosen at all. */
  offer(id: Id, isOffered: boolean): void {
    for (const tab of this.#tabs) if (tab.id === id) tab.button.hidden = !isOffered;
  }

  focus(id: Id): void {
    this.#tabs.find((tab) => tab.id === id)?.button.focus();
  }

  #move(event: KeyboardEvent, chosen: (id: Id) => void): void {
    const offered = this.#tabs.filter(({ button }) => !button.hidden);
    const at = offered.findIndex(({ button }) => button === document.activeElement);
    const last = offered.length - 1;
    const to = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last }[event.key];
    if (at === -1 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    chosen(offered[to].id);
    offered[to].button.focus();
  }
}
