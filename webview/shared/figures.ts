import { fill, h, setText } from './dom.ts';

/** A few numbers side by side, each under its name; what stays the same is not touched. */
export class Figures {
  readonly element = h('dl', { class: 'figures' });

  /** @param figures Names with values; always the same names in the same order. */
  update(figures: readonly (readonly [name: string, value: string])[]): void {
    const cells = [...this.element.querySelectorAll('dd')];
    if (cells.length === figures.length) {
      for (const [i, [, value]] of figures.entries()) setText(cells[i], value);
    } else {
      fill(this.element, ...figures.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    }
  }
}
