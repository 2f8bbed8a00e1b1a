import { columns, type ColumnId } from '../../src/core/table/columns.ts';
import type { Sorting } from '../../src/protocol/data.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';

/** The row of column headers: each sorts. One stop for Tab; ← and → go from one to the next. */
export class GridHeader {
  readonly element: HTMLElement;
  readonly #cells = new Map<ColumnId, { readonly cell: HTMLElement; readonly button: HTMLButtonElement }>();

  constructor(sort: (column: ColumnId) => void) {
    for (const { id, title, help } of columns) {
      const button = h(
        'button',
        {
          type: 'button',
          tabindex: -1,
          title: t(help),
          onclick: () => {
            sort(id);
          },
        },
        h('span', { class: 'words' }, t(title)),
      );
      this.#cells.set(id, { cell: h('div', { class: `cell c-${id}`, role: 'columnheader' }, button), button });
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
    for (const [id, { cell, button }] of this.#cells) {
      const sorted = id === sorting.column;
      cell.setAttribute('aria-sort', sorted ? (sorting.descending ? 'descending' : 'ascending') : 'none');
      button.tabIndex = sorted ? 0 : -1;
      button.querySelector('.icon')?.remove();
      if (sorted) button.append(icon(sorting.descending ? 'arrow-down' : 'arrow-up'));
    }
    this.#keepTabStop();
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
