import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';

export interface MenuItem {
  readonly label: string;
  /** A second, fainter line. */
  readonly detail?: string;
  readonly choose: () => void;
}

/**
 * A button that opens a list of choices; arrow keys, Home, End and Escape as in any menu. The context menu of
 * `@vscode-elements` has no roles for screen readers, hence one of our own.
 */
export class MenuButton {
  readonly element: HTMLButtonElement;
  readonly #items: () => readonly MenuItem[];
  #menu: HTMLElement | undefined;

  /**
   * @param label Shown where there is no `icon`, else its name.
   * @param items Asked for when the menu opens.
   */
  constructor(label: string, items: () => readonly MenuItem[], look: { icon?: IconName; className?: string } = {}) {
    this.#items = items;
    this.element = h(
      'button',
      {
        type: 'button',
        class: look.className ?? (look.icon === undefined ? 'menu-button' : 'tool'),
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
        'aria-label': look.icon === undefined ? undefined : label,
        title: look.icon === undefined ? undefined : label,
        onclick: () => {
          if (this.#menu === undefined) this.#open('first');
          else this.#close();
        },
        onkeydown: (event: KeyboardEvent) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          event.stopPropagation();
          this.#open(event.key === 'ArrowDown' ? 'first' : 'last');
        },
      },
      look.icon === undefined ? h('span', { class: 'words' }, label) : icon(look.icon),
      look.icon === undefined && icon('chevron-down'),
    );
  }

  #open(focus: 'first' | 'last'): void {
    this.#close();
    const items = this.#items().map((item) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          tabindex: -1,
          onclick: () => {
            this.#close();
            this.element.focus();
            item.choose();
          },
        },
        h('span', { class: 'words' }, item.label),
        item.detail !== undefined && h('span', { class: 'detail' }, item.detail),
      ),
    );
    const menu = h(
      'div',
      {
        class: 'menu',
        role: 'menu',
        onkeydown: (event: KeyboardEvent) => {
          this.#move(event, items);
        },
        onfocusout: (event: FocusEvent) => {
          if (!(event.relatedTarget instanceof Node && menu.contains(event.relatedTarget))) this.#close();
        },
      },
      ...items,
    );
    this.#menu = menu;
    this.element.setAttribute('aria-expanded', 'true');
    document.body.append(menu);
    this.#place(menu);
    (focus === 'first' ? items[0] : items[items.length - 1]).focus();
  }

  /** Below the button, right edges in line, moved so far that all of it shows. */
  #place(menu: HTMLElement): void {
    const at = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(at.right - menu.offsetWidth, window.innerWidth - menu.offsetWidth - 4));
    const below = at.bottom + 2;
    const top = below + menu.offsetHeight > window.innerHeight ? Math.max(4, at.top - menu.offsetHeight - 2) : below;
    menu.style.left = `${left}px`;
    menu.style.top = `${top}px`;
  }

  #move(event: KeyboardEvent, items: readonly HTMLButtonElement[]): void {
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to % items.length].focus();
    else if (event.key === 'Escape') {
      this.#close();
      this.element.focus();
    } else if (event.key !== 'Tab') return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  }

  #close(): void {
    const menu = this.#menu;
    if (menu === undefined) return;
    this.#menu = undefined;
    this.element.setAttribute('aria-expanded', 'false');
    menu.remove();
  }
}
