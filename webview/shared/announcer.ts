import { h } from './dom.ts';

/** Says things to screen readers once what changes has settled. */
export class Announcer {
  readonly element = h('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = '';

  /** Says `text` half a second after the last call, unless it was said last. */
  say(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (text === this.#last) return;
      this.#last = text;
      this.element.textContent = text;
    }, 500);
  }
}
