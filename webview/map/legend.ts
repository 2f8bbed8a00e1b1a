import { formatCount } from '../../src/core/table/format.ts';
import { fill, h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { rowCount } from '../shared/numbers.ts';
import type { Kinds, Palette } from './looks.ts';
import { drawMark } from './marks.ts';

export interface LegendEvents {
  /** Every point of a kind; `add`: beside those that are chosen. */
  readonly choose: (kind: number, add: boolean) => void;
  /** The kinds that are not to be drawn. */
  readonly hide: (kinds: ReadonlySet<number>) => void;
}

const swatch = 18;

/** What the marks mean, and how many there are; each can be chosen, or hidden. The way to choose without a pointer. */
export class Legend {
  readonly element = h('ul', { class: 'kinds' });
  readonly #events: LegendEvents;
  #hidden = new Set<number>();

  constructor(events: LegendEvents) {
    this.#events = events;
  }

  /** Shows other kinds; what was hidden is hidden no more where there are others. */
  update(kinds: Kinds, palette: Palette, sameKinds: boolean): void {
    if (!sameKinds && this.#hidden.size > 0) {
      this.#hidden = new Set();
      this.#events.hide(this.#hidden);
    }
    fill(
      this.element,
      ...kinds.kinds.flatMap((kind, i) => {
        const count = kinds.counts[i];
        if (count === 0) return [];
        const picture = h('canvas', { class: 'swatch', 'aria-hidden': 'true' });
        const ratio = Math.max(1, window.devicePixelRatio);
        picture.width = picture.height = swatch * ratio;
        const context = picture.getContext('2d');
        if (context !== null) {
          context.scale(ratio, ratio);
          drawMark(context, { ...kind, size: Math.max(4, kind.size) }, palette, swatch / 2, swatch / 2);
        }
        const choose = h(
          'button',
          {
            type: 'button',
            class: 'kind',
            title: t('Choose {0} ({1})', kind.name, rowCount(count)),
            onclick: ({ ctrlKey, metaKey }: MouseEvent) => {
              this.#events.choose(i, ctrlKey || metaKey);
            },
          },
          picture,
          h('bdi', { class: 'kind-name' }, kind.name),
          h('span', { class: 'kind-count' }, formatCount(count)),
        );
        return [h('li', {}, choose, this.#hide(i, kind.name))];
      }),
    );
  }

  #hide(kind: number, name: string): HTMLElement {
    const button = h('button', {
      type: 'button',
      class: 'tool',
      onclick: () => {
        if (!this.#hidden.delete(kind)) this.#hidden.add(kind);
        this.#events.hide(new Set(this.#hidden));
        draw();
      },
    });
    const draw = (): void => {
      const isHidden = this.#hidden.has(kind);
      const label = isHidden ? t('Show {0}', name) : t('Hide {0}', name);
      button.setAttribute('aria-label', label);
      button.title = label;
      fill(button, icon(isHidden ? 'eye-closed' : 'eye'));
      button.closest('li')?.classList.toggle('off', isHidden);
    };
    draw();
    return button;
  }
}
