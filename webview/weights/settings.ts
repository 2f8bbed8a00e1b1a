import { formatPercent, formatWeight } from '../../src/core/table/format.ts';
import type { WeightControls } from '../../src/protocol/data.ts';
import { linkButton } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { isUnbounded, sliderOfClip, clipOfSlider, unboundedSlider } from './clip.ts';
import { t } from '../shared/l10n.ts';

/** Settings that a slider moves. */
type SliderName = 'gamma' | 'clipMax' | 'misalignedBelow';

interface Slider {
  readonly name: SliderName;
  readonly label: string;
  /** Of preview scores, where it reads otherwise. */
  readonly previewLabel?: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Between the value of a setting and the place of the slider. */
  readonly toSlider: (value: number) => number;
  readonly fromSlider: (place: number) => number;
  readonly words: (value: number) => string;
}

const sliders: readonly Slider[] = [
  {
    name: 'gamma',
    label: 'γ',
    help: "Exponent of P̂'/Q̂: below 1 evens the weights out, above 1 spreads them",
    min: 0,
    max: 2,
    step: 0.05,
    toSlider: (value) => value,
    fromSlider: (place) => place,
    words: (value) => value.toFixed(2),
  },
  {
    name: 'clipMax',
    label: 'Largest weight',
    help: 'No row counts more than this',
    min: 0,
    max: unboundedSlider,
    step: 1,
    toSlider: sliderOfClip,
    fromSlider: clipOfSlider,
    words: (value) => (isUnbounded(value) ? t('no limit') : formatWeight(value)),
  },
  {
    name: 'misalignedBelow',
    label: 'Misaligned below',
    previewLabel: 'Suspect below',
    help: "The verdict asks for P̂' of the label below this, and another label that is clearly preferred",
    min: 0,
    max: 0.5,
    step: 0.01,
    toSlider: (value) => value,
    fromSlider: (place) => place,
    words: formatPercent,
  },
];

/** The settings that turn probabilities into weights and verdicts; every move re-weights at once. */
export class Settings {
  readonly element: HTMLElement;
  readonly #inputs = new Map<
    SliderName,
    { input: HTMLInputElement; label: HTMLElement; output: HTMLElement; slider: Slider }
  >();
  readonly #reset: HTMLButtonElement;
  #value: WeightControls | undefined;
  #initial: WeightControls | undefined;
  #preview = false;

  /** @param changed At every move. */
  constructor(changed: (controls: WeightControls) => void) {
    const rows = sliders.map((slider) => {
      const output = h('output', { class: 'slider-value' });
      const input = h('input', {
        type: 'range',
        min: slider.min,
        max: slider.max,
        step: slider.step,
        oninput: () => {
          if (this.#value === undefined) return;
          const value = slider.fromSlider(input.valueAsNumber);
          const controls = { ...this.#value, [slider.name]: value };
          this.update(controls, this.#initial, this.#preview);
          changed(controls);
        },
      });
      const label = h('span', { class: 'slider-label' });
      this.#inputs.set(slider.name, { input, label, output, slider });
      return h('label', { class: 'slider', title: t(slider.help) }, label, input, output);
    });
    this.#reset = linkButton(
      t('Reset'),
      () => {
        if (this.#initial === undefined) return;
        this.update(this.#initial, this.#initial, this.#preview);
        changed(this.#initial);
      },
      t('Back to the settings of the run'),
    );
    this.element = h(
      'section',
      { class: 'settings', 'aria-label': t('How rows are weighted') },
      h('div', { class: 'settings-head' }, h('span', { class: 'muted' }, t('Weighting')), this.#reset),
      ...rows,
    );
  }

  /**
   * @param initial What "Reset" goes back to.
   * @param preview Verdicts are those of a preview.
   */
  update(controls: WeightControls, initial: WeightControls | undefined, preview: boolean): void {
    this.#value = controls;
    this.#initial = initial;
    this.#preview = preview;
    for (const [name, { input, label, output, slider }] of this.#inputs) {
      const title = t((preview ? slider.previewLabel : undefined) ?? slider.label);
      setText(label, title);
      input.setAttribute('aria-label', slider.name === 'gamma' ? t('gamma') : title);
      const place = slider.toSlider(controls[name]);
      // A slider that is being dragged is where the pointer is.
      if (Math.abs(input.valueAsNumber - place) > slider.step / 2) input.value = String(place);
      const words = slider.words(controls[name]);
      setText(output, words);
      input.setAttribute('aria-valuetext', words);
      input.style.setProperty('--at', String((place - slider.min) / (slider.max - slider.min)));
    }
    const same =
      initial === undefined ||
      sliders.every(
        ({ name, toSlider, step }) => Math.abs(toSlider(controls[name]) - toSlider(initial[name])) < step / 2,
      );
    this.#reset.hidden = same;
  }
}
