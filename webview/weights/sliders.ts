import { formatPercent, formatWeight } from '../../src/core/table/format.ts';
import type { WeightControls } from '../../src/protocol/data.ts';
import { h, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { isUnbounded, sliderOfClip, clipOfSlider, unboundedSlider } from './clip.ts';
import { capAtPlace, capOf, offPlace, placeOfCap } from './quantile.ts';

/** A setting that a slider moves. */
export interface Slider {
  readonly label: string;
  /** What a screen reader says, where the label is a sign. */
  readonly spoken?: string;
  /** Of preview scores, where it reads otherwise. */
  readonly previewLabel?: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Between the settings and the place of the slider. */
  readonly placeOf: (controls: WeightControls) => number;
  readonly at: (place: number) => Partial<WeightControls>;
  readonly words: (controls: WeightControls) => string;
}

/** Those that are always in sight. */
export const sliders: readonly Slider[] = [
  {
    label: 'γ',
    spoken: 'gamma',
    help: "Exponent of P̂'/Q̂: below 1 evens the weights out, above 1 spreads them",
    ...{ min: 0, max: 2, step: 0.05 },
    placeOf: ({ gamma }) => gamma,
    at: (gamma) => ({ gamma }),
    words: ({ gamma }) => gamma.toFixed(2),
  },
  {
    label: 'Largest weight',
    help: 'No row counts more than this',
    ...{ min: 0, max: unboundedSlider, step: 1 },
    placeOf: ({ clipMax }) => sliderOfClip(clipMax),
    at: (place) => ({ clipMax: clipOfSlider(place) }),
    words: ({ clipMax }) => (isUnbounded(clipMax) ? t('no limit') : formatWeight(clipMax)),
  },
  {
    label: 'Misaligned below',
    previewLabel: 'Suspect below',
    help: "The verdict asks for P̂' of the label below this, and another label that is clearly preferred",
    ...{ min: 0, max: 0.5, step: 0.01 },
    placeOf: ({ misalignedBelow }) => misalignedBelow,
    at: (misalignedBelow) => ({ misalignedBelow }),
    words: ({ misalignedBelow }) => formatPercent(misalignedBelow),
  },
];

/** Of the settings that are rarely needed. */
export const capSlider: Slider = {
  label: 'Cap at quantile',
  help: 'Cuts the heaviest rows to the weight at this place of all weights: at 0.99, the heaviest 1 % of the rows. Not for DIMP',
  ...{ min: 0, max: offPlace, step: 1 },
  placeOf: ({ truncateQuantile }) => placeOfCap(truncateQuantile),
  at: (place) => ({ truncateQuantile: capAtPlace(place) }),
  words: ({ truncateQuantile }) => String(capOf(truncateQuantile) ?? t('off')),
};

/** A slider with its label and its value. */
export class SliderRow {
  readonly element: HTMLElement;
  readonly #slider: Slider;
  readonly #input: HTMLInputElement;
  readonly #label = h('span', { class: 'slider-label' });
  readonly #output = h('output', { class: 'slider-value' });

  /** @param moved At every move, with what it changes. */
  constructor(slider: Slider, moved: (change: Partial<WeightControls>) => void) {
    this.#slider = slider;
    const { min, max, step } = slider;
    this.#input = h('input', {
      type: 'range',
      ...{ min, max, step },
      oninput: () => {
        moved(slider.at(this.#input.valueAsNumber));
      },
    });
    this.element = h('label', { class: 'slider', title: t(slider.help) }, this.#label, this.#input, this.#output);
  }

  /** @param preview Verdicts are those of a preview. */
  update(controls: WeightControls, preview: boolean): void {
    const { label, spoken, previewLabel, placeOf, step, words, min, max } = this.#slider;
    const input = this.#input;
    const title = t((preview ? previewLabel : undefined) ?? label);
    setText(this.#label, title);
    input.setAttribute('aria-label', spoken === undefined ? title : t(spoken));
    const place = placeOf(controls);
    // A slider that is being dragged is where the pointer is.
    if (Math.abs(input.valueAsNumber - place) > step / 2) input.value = String(place);
    const text = words(controls);
    setText(this.#output, text);
    input.setAttribute('aria-valuetext', text);
    input.style.setProperty('--at', String((place - min) / (max - min)));
  }

  /** Whether the slider stands at the same place for both. */
  isSame(a: WeightControls, b: WeightControls): boolean {
    const { placeOf, step } = this.#slider;
    return Math.abs(placeOf(a) - placeOf(b)) < step / 2;
  }
}
