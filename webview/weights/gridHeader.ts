import { columns, type ColumnId, type SortKey } from '../../src/core/table/columns.ts';
import type { Sorting } from '../../src/protocol/data.ts';
import { h, setAttribute, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { lowerBound } from './rankBy.ts';

interface HeaderCell {
  readonly cell: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly words: HTMLElement;
  readonly title: string;
  readonly help: string;
}

/** The row of column headers: each sorts. One stop for Tab; ← and → go from one to the next. */
export class GridHeader {
  readonly element: HTMLElement;
  #showsBound = false;
  readonly #cells = new Map<ColumnId, HeaderCell>();

  constructor(sort: (key: SortKey) => void) {
    for (const { id, title, help } of columns) {
      const words = h('span', { class: 'words' }, t(title));
      const button = h(
        'button',
        {
          type: 'button',
          tabindex: -1,
          title: t(help),
          onclick: () => {
            sort(id === 'weight' && this.#showsBound ? lowerBound.key : id);
          },
        },
        words,
      );
      const cell = h('div', { class: `cell c-${id}`, role: 'columnheader' }, button);
      this.#cells.set(id, { cell, button, words, title, help });
    }
    this.element = h(
      'div',
      {
        class: 'row header',
        role: 'row',
        'aria-rowindex': 1,
        onkeydown: (event: KeyboardEvent) => {
          this.#move(event);
        },
      },
      ...[...this.#cells.values()].map(({ cell }) => cell),
    );
  }

  update(sorting: Sorting): void {
    this.#showsBound = sorting.column === lowerBound.key;
    for (const [id, { cell, button, words, title, help }] of this.#cells) {
      const bound = id === 'weight' && this.#showsBound;
      const sorted = bound || id === sorting.column;
      setText(words, t(bound ? lowerBound.title : title));
      setAttribute(button, 'title', t(bound ? lowerBound.help : help));
      cell.setAttribute('aria-sort', sorted ? (sorting.descending ? 'descending' : 'ascending') : 'none');
      button.tabIndex = sorted ? 0 : -1;
      button.querySelector('.icon')?.remove();
      if (sorted) button.append(icon(sorting.descending ? 'arrow-down' : 'arrow-up'));
    }
    this.#keepTabStop();
  }

  /** Whether the weight's column shows the lower bound, because rows are sorted by it. */
  get showsBound(): boolean {
    return this.#showsBound;
  }

  /** Where the sorted column is not shown, Tab stops at the first. */
  #keepTabStop(): void {
    const shown = this.#shown();
    if (shown.length > 0 && !shown.some((button) => button.tabIndex === 0)) shown[0].tabIndex = 0;
  }

  #shown(): readonly HTMLButtonElement[] {
    return [...this.#cells.values()].filter(({ cell }) => !cell.hidden).map(({ button }) => button);
  }

  /** Only these columns. */
  setColumns(shown: ReadonlySet<ColumnId>): void {
    for (const [id, { cell }] of this.#cells) cell.hidden = !shown.has(id);
    this.#keepTabStop();
  }

  #move(event: KeyboardEvent): void {
    const buttons = this.#shown();
    const at = buttons.findIndex((button) => button === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at === -1 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[Math.min(Math.max(0, to), buttons.length - 1)].focus();
  }
}
