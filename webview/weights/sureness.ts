import { editorWords } from '../../src/core/table/editorWords.ts';
import { formatPercent } from '../../src/core/table/format.ts';
import type { Sureness } from '../../src/core/weighting/sureness.ts';
import type { PanelState } from '../../src/protocol/panel.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { pathText } from '../shared/pathText.ts';
import { intervalMeaning } from './interval.ts';
import { LearningChart } from './learningChart.ts';
import { pathsOf } from './notices.ts';
import { ReliabilityDiagram } from './reliabilityDiagram.ts';

/** How far the weights can be trusted: warnings, whether more real rows would help, and what probabilities are worth. */
export class SurenessPart {
  readonly element: HTMLElement;
  readonly #warnings = h('ul', { class: 'sure-warnings' });
  readonly #missing: HTMLElement;
  readonly #learning = new LearningChart();
  readonly #quality = new ReliabilityDiagram(t("Quality checker P̂'"));
  readonly #diversity = new ReliabilityDiagram(t('Diversity checker Q̂'));
  readonly #notes = h('section', { class: 'sure-part', 'aria-label': t('What the numbers leave open') });
  #drawn = '';

  /** @param score Scores the dataset again. */
  constructor(score: () => void) {
    this.#missing = h(
      'p',
      { class: 'sure-missing' },
      h('span', { class: 'muted' }, t('How sure the checkers are was not measured in this run.')),
      ' ',
      linkButton(t('Score again'), score),
    );
    this.element = h('section', { class: 'sureness', 'aria-label': t('How sure the weights are') });
  }

  /**
   * Draws what is known; to be called while it can be seen.
   *
   * @param warnings In plain words, those of the run and of the weights as they are now.
   */
  update(state: PanelState | undefined, warnings: readonly string[]): void {
    const sureness = state?.run?.sureness;
    const paths = state === undefined ? [] : pathsOf(state);
    const drawn = JSON.stringify([sureness, warnings, paths]);
    if (drawn === this.#drawn) return;
    if (this.#drawn === '') this.#fill();
    this.#drawn = drawn;
    show(this.#warnings, warnings.length > 0);
    fill(
      this.#warnings,
      ...warnings.map((warning) =>
        h('li', {}, icon('warning', 'verdict-misaligned'), h('span', {}, ...pathText(editorWords(warning), paths))),
      ),
    );
    const { learningCurve, quality, diversity } = sureness ?? {};
    show(this.#missing, learningCurve === undefined && quality === undefined && diversity === undefined);
    show(this.#learning.element, learningCurve !== undefined);
    if (learningCurve !== undefined) this.#learning.update(learningCurve, quality?.after.rows);
    show(this.#quality.element, quality !== undefined);
    if (quality !== undefined) this.#quality.update(quality);
    show(this.#diversity.element, diversity !== undefined);
    if (diversity !== undefined) this.#diversity.update(diversity);
    this.#drawNotes(sureness);
  }

  /** Nobody may ever look: charts are made for the first who does. */
  #fill(): void {
    fill(
      this.element,
      this.#warnings,
      this.#missing,
      h(
        'div',
        { class: 'sure-parts' },
        this.#learning.element,
        this.#quality.element,
        this.#diversity.element,
        this.#notes,
      ),
    );
  }

  #drawNotes({ farRows, interval }: Sureness = {}): void {
    show(this.#notes, farRows !== undefined || interval !== undefined);
    fill(
      this.#notes,
      ...(farRows === undefined
        ? []
        : [
            h('h3', {}, t('Rows far from the real ones')),
            h(
              'p',
              {},
              t(
                "{0} of the synthetic rows are farther from every real row than 95 % of the real rows are from one another; 5 % would be usual. For them P̂' is a guess.",
                formatPercent(farRows.share),
              ),
            ),
          ]),
      ...(interval === undefined
        ? []
        : [
            h('h3', {}, t('The line over a weight’s bar')),
            h('p', {}, intervalMeaning()),
            h('p', { class: 'muted' }, t('It rests on {0} fold models.', interval.models)),
          ]),
    );
  }
}
