import { button } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';

/** A way on. */
export interface WayOn {
  readonly label: string;
  readonly press: () => void;
}

/** In place of a map: why there is none, and what to do next. */
export class EmptyState {
  readonly element = h('div', { class: 'empty-map', hidden: true });
  #said = '';

  /** Says it, or nothing where there is a map. */
  update(words: string | undefined, way?: WayOn): void {
    show(this.element, words !== undefined);
    const said = `${words ?? ''}\n${way?.label ?? ''}`;
    if (said === this.#said) return;
    this.#said = said;
    fill(
      this.element,
      h('p', {}, words ?? ''),
      way === undefined ? undefined : button(way.label, { press: way.press }),
    );
  }
}
