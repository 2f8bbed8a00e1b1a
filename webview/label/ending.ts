import type { LabelState } from '../../src/protocol/label.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, isolated } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { t } from '../shared/l10n.ts';

export interface EndingActions {
  readonly score: () => void;
  readonly openTarget: () => void;
  readonly resume: () => void;
  readonly back: () => void;
}

/** Rows of a label below which scoring refuses, and below which its weights are rough. */
const [least, few] = [2, 10];

/** What was labelled, what it is good for, and what comes next. */
export class Ending {
  readonly element = h('section', { class: 'ending', 'aria-label': t('Finished') });
  readonly #actions: EndingActions;
  #last = '';

  constructor(actions: EndingActions) {
    this.#actions = actions;
  }

  update({ labelled, goal, perLabel, target, dataset, canResume, canGoBack }: LabelState): void {
    const key = JSON.stringify([labelled, goal, perLabel, target, canResume, canGoBack]);
    if (key === this.#last) return;
    this.#last = key;
    const most = Math.max(1, ...perLabel.map(({ rows }) => rows));
    const missing = perLabel.filter(({ rows }) => rows < least).map(({ label }) => visible(label));
    const rough = perLabel.filter(({ rows }) => rows >= least && rows < few).map(({ label }) => visible(label));
    const usable = missing.length === 0;
    const { score, openTarget, resume, back } = this.#actions;
    const more = button(labelled < goal ? t('Go on labelling') : t('Label more'), { secondary: usable, press: resume });
    fill(
      this.element,
      h(
        'h2',
        {},
        labelled === 1 ? t('1 row is labelled') : t('{0} rows are labelled', labelled.toLocaleString('en-US')),
      ),
      h(
        'dl',
        { class: 'tally' },
        ...perLabel.map(({ label, rows }) => {
          const bar = h('span', { class: 'tally-bar' });
          bar.style.width = `${((100 * rows) / most).toFixed(1)}%`;
          return h(
            'div',
            {},
            h('dt', {}, isolated(visible(label))),
            h('dd', {}, h('span', { class: 'tally-track', 'aria-hidden': 'true' }, bar), String(rows)),
          );
        }),
      ),
      missing.length > 0 &&
        warning(t('Scoring needs {0} rows of every label at least; too few of: {1}.', least, missing.join(', '))),
      rough.length > 0 &&
        warning(t('With fewer than {0} rows the weights of these labels are rough: {1}.', few, rough.join(', '))),
      h(
        'div',
        { class: 'buttons' },
        usable && button(t('Score {0} with {1}', visible(fileName(dataset)), visible(target)), { press: score }),
        canResume && more,
        labelled > 0 && linkButton(t('Open {0}', visible(target)), openTarget),
        canGoBack && linkButton(t('Back to the last text'), back),
      ),
      !canResume && h('p', { class: 'muted' }, t('Every text that was drawn has been shown.')),
    );
  }
}

function warning(text: string): HTMLElement {
  return h('p', { class: 'hint warn' }, icon('warning'), h('span', {}, text));
}
