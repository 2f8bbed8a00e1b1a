import type { WeightControls } from '../../src/protocol/data.ts';
import { h, setAttribute, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { capOf } from './quantile.ts';
import { capSlider, SliderRow } from './sliders.ts';

/** Settings that are on or off. */
const switches = [
  {
    name: 'selfNormalise',
    label: 'Mean weight 1',
    help: 'Divides all weights by their mean, so that the rows count as much as without weights on the whole. Not for DIMP',
  },
  {
    name: 'priorCorrection',
    label: 'Correct label shares',
    help: 'Weighs up labels that are rarer here than among the real rows, and down those that are more frequent. Not for DIMP',
  },
] as const;

export interface MoreSettingsActions {
  readonly moved: (change: Partial<WeightControls>) => void;
  readonly toggle: (open: boolean) => void;
}

/** The settings of weights that are rarely needed, folded away; while they are, a line tells which are on. */
export class MoreSettings {
  readonly element: HTMLDetailsElement;
  readonly #on = h('span', { class: 'more-on' });
  readonly #cap: SliderRow;
  readonly #switches: readonly { readonly name: (typeof switches)[number]['name']; readonly input: HTMLInputElement }[];
  #open = false;

  constructor({ moved, toggle }: MoreSettingsActions) {
    this.#cap = new SliderRow(capSlider, moved);
    const rows = switches.map(({ name, label, help }) => {
      const input = h('input', {
        type: 'checkbox',
        onchange: () => {
          moved({ [name]: input.checked });
        },
      });
      return { name, input, row: h('label', { class: 'switch', title: t(help) }, input, h('span', {}, t(label))) };
    });
    this.#switches = rows;
    this.element = h(
      'details',
      {
        class: 'more-settings',
        ontoggle: () => {
          // The event also follows what was set from here.
          if (this.element.open !== this.#open) toggle(this.element.open);
        },
      },
      h('summary', {}, icon('chevron-right', 'twisty'), h('span', {}, t('More')), this.#on),
      this.#cap.element,
      ...rows.map(({ row }) => row),
    );
  }

  /** @param open Undefined until the user says so: where any of them is on. */
  update(controls: WeightControls, open: boolean | undefined): void {
    const on = wordsOf(controls);
    // Once it is open it stays open, whatever is switched off in it.
    this.#open = open ?? (this.#open || on !== '');
    this.element.open = this.#open;
    setText(this.#on, on);
    // It may be cut.
    setAttribute(this.#on, 'title', on === '' ? undefined : on);
    this.#cap.update(controls, false);
    for (const { name, input } of this.#switches) input.checked = controls[name] === true;
  }

  /** Whether both mean the same here. */
  isSame(a: WeightControls, b: WeightControls): boolean {
    return this.#cap.isSame(a, b) && switches.every(({ name }) => (a[name] === true) === (b[name] === true));
  }
}

/** What is on, e.g. `0.99 · Mean weight 1`; empty where nothing is. */
function wordsOf(controls: WeightControls): string {
  const cap = capOf(controls.truncateQuantile);
  const parts = switches.filter(({ name }) => controls[name] === true).map(({ label }) => t(label));
  return [...(cap === undefined ? [] : [t('Cap at {0}', String(cap))]), ...parts].join(' · ');
}
