import type { WeightControls } from '../../src/protocol/data.ts';
import { linkButton } from '../shared/controls.ts';
import { h } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { MoreSettings } from './moreSettings.ts';
import { SliderRow, sliders } from './sliders.ts';

export interface SettingsActions {
  /** At every move. */
  readonly changed: (controls: WeightControls) => void;
  /** The rarely needed settings were unfolded or folded away. */
  readonly toggleMore: (open: boolean) => void;
}

/** What the settings show. */
export interface SettingsState {
  readonly controls: WeightControls;
  /** What "Reset" goes back to. */
  readonly initial: WeightControls | undefined;
  /** Verdicts are those of a preview. */
  readonly preview: boolean;
  /** Whether the rarely needed ones are unfolded; undefined until the user says so. */
  readonly more: boolean | undefined;
}

/** The settings that turn probabilities into weights and verdicts; every move re-weights at once. */
export class Settings {
  readonly element: HTMLElement;
  readonly #rows: readonly SliderRow[];
  readonly #more: MoreSettings;
  readonly #reset: HTMLButtonElement;
  #state: SettingsState | undefined;

  constructor({ changed, toggleMore }: SettingsActions) {
    const set = (controls: WeightControls | undefined): void => {
      if (this.#state === undefined || controls === undefined) return;
      this.update({ ...this.#state, controls });
      changed(controls);
    };
    const moved = (change: Partial<WeightControls>): void => {
      if (this.#state !== undefined) set({ ...this.#state.controls, ...change });
    };
    this.#rows = sliders.map((slider) => new SliderRow(slider, moved));
    this.#more = new MoreSettings({ moved, toggle: toggleMore });
    this.#reset = linkButton(
      t('Reset'),
      () => {
        set(this.#state?.initial);
      },
      t('Back to the settings of the run'),
    );
    this.element = h(
      'section',
      { class: 'settings', 'aria-label': t('How rows are weighted') },
      h('div', { class: 'settings-head' }, h('span', { class: 'muted' }, t('Weighting')), this.#reset),
      ...this.#rows.map(({ element }) => element),
      this.#more.element,
    );
  }

  update(state: SettingsState): void {
    this.#state = state;
    const { controls, initial, preview, more } = state;
    for (const row of this.#rows) row.update(controls, preview);
    this.#more.update(controls, more);
    this.#reset.hidden =
      initial === undefined || [...this.#rows, this.#more].every((part) => part.isSame(controls, initial));
  }
}
