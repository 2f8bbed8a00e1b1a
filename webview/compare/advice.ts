import { editorWords } from '../../src/core/table/editorWords.ts';
import type { CompareState } from '../../src/protocol/compare.ts';
import { button, relabel } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { visible } from '../shared/visibleText.ts';
import { titleOf } from './words.ts';

export interface AdviceActions {
  readonly train: (method: string) => void;
  /** @returns Whether the report is on the clipboard. */
  readonly copyReport: () => Promise<boolean>;
  readonly saveReport: () => void;
  readonly openFolder: () => void;
  readonly again: () => void;
}

/** How long "Copied" stands on the button, in milliseconds. */
const copiedMs = 2000;

/** What the comparison comes to, in a sentence, and what can be done with it. */
export class Advice {
  readonly element = h('section', { class: 'advice', 'aria-label': t('Advice') });
  readonly #actions: AdviceActions;
  #last = '';

  constructor(actions: AdviceActions) {
    this.#actions = actions;
  }

  update({ results, ended }: CompareState): void {
    show(this.element, results !== undefined);
    const key = JSON.stringify([results?.advice, results?.recommended, results?.unfinished, ended]);
    if (results === undefined || key === this.#last) return;
    this.#last = key;
    const { advice, recommended, unfinished } = results;
    fill(
      this.element,
      h(
        'p',
        { class: 'advice-line' },
        icon('lightbulb'),
        h(
          'span',
          {},
          unfinished !== undefined &&
            h(
              'span',
              { class: 'so-far' },
              `${t('So far, with {0} of {1} trainings:', unfinished.done, unfinished.total)} `,
            ),
          h('span', { class: 'advice-text' }, visible(editorWords(advice))),
        ),
      ),
      this.#buttons(recommended, ended === 'done'),
    );
  }

  #buttons(recommended: string, isDone: boolean): HTMLElement {
    const { train, copyReport, saveReport, openFolder, again } = this.#actions;
    const copy = button(t('Copy report'), {
      icon: 'copy',
      secondary: true,
      title: t('As Markdown, to paste into a pull request'),
      press: () => {
        void copyReport().then((isCopied) => {
          if (!isCopied) return;
          relabel(copy, t('Copied'));
          setTimeout(() => {
            relabel(copy, t('Copy report'));
          }, copiedMs);
        });
      },
    });
    return h(
      'div',
      { class: 'buttons' },
      button(t('Train with {0} …', titleOf(recommended)), {
        icon: 'beaker',
        secondary: !isDone,
        press: () => {
          train(recommended);
        },
      }),
      copy,
      button(t('Save report …'), {
        icon: 'save',
        secondary: true,
        title: t('As Markdown or HTML'),
        press: saveReport,
      }),
      button(t('Open run folder'), { icon: 'folder-opened', secondary: true, press: openFolder }),
      isDone && button(t('Compare something else …'), { icon: 'settings', secondary: true, press: again }),
    );
  }
}
