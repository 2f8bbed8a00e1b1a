import type { QueryResult, WeightControls } from '../../src/protocol/data.ts';
import { formatCount } from '../../src/core/table/format.ts';
import { h, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { rowCount } from '../shared/numbers.ts';
import { Histogram, type Brush } from './histogram.ts';
import { Settings, type SettingsState } from './settings.ts';
import { Summary } from './summary.ts';
import { t } from '../shared/l10n.ts';

export interface OverviewActions {
  readonly brush: (brush: Brush | undefined) => void;
  readonly controls: (controls: WeightControls) => void;
  readonly toggle: (open: boolean) => void;
  /** The rarely needed settings of the weights were unfolded or folded away. */
  readonly toggleMore: (open: boolean) => void;
}

/** The weights as a whole: their distribution, what they amount to, and how they are made. */
export class Overview {
  readonly element: HTMLDetailsElement;
  readonly #histogram: Histogram;
  readonly #summary = new Summary();
  readonly #settings: Settings;
  #open = false;
  readonly #brief = h('span', { class: 'brief muted' });

  constructor(actions: OverviewActions) {
    this.#histogram = new Histogram(actions.brush);
    this.#settings = new Settings({ changed: actions.controls, toggleMore: actions.toggleMore });
    this.element = h(
      'details',
      {
        class: 'overview',
        ontoggle: () => {
          // The event also follows what was set from here.
          if (this.element.open !== this.#open) actions.toggle(this.element.open);
        },
      },
      h('summary', {}, icon('chevron-right', 'twisty'), h('h2', {}, t('Weights')), this.#brief),
      h('div', { class: 'overview-columns' }, this.#histogram.element, this.#summary.element, this.#settings.element),
    );
  }

  /** Other scores than before are shown. */
  refit(): void {
    this.#histogram.refit();
  }

  update(result: QueryResult, brush: Brush | undefined, settings: SettingsState, open: boolean): void {
    this.#open = open;
    this.element.open = open;
    this.#histogram.update(result.histogram, brush);
    const { ess, scored } = result.summary;
    setText(this.#brief, t('{0} of {1}’ worth', formatCount(Math.round(ess)), rowCount(scored)));
    this.#summary.update(result.summary);
    this.#settings.update(settings);
  }
}
