import { editorWords } from '../../src/core/table/editorWords.ts';
import type { PanelState } from '../../src/protocol/panel.ts';
import { around } from '../shared/around.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, isolated, show, type Child } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { fileName } from '../shared/paths.ts';
import { pathText } from '../shared/pathText.ts';
import { visible } from '../shared/visibleText.ts';
import type { PanelCommand } from './header.ts';

/** What stands in place of everything while there is nothing to show, or nothing that can be shown. */
export class Waiting {
  readonly element = h('div', { class: 'waiting' });
  readonly #command: (name: PanelCommand) => void;

  constructor(command: (name: PanelCommand) => void) {
    this.#command = command;
  }

  /** @param state Undefined before the host has told anything. */
  update(state: PanelState | undefined): void {
    show(this.element, state?.facts === undefined || state.facts.rows === 0);
    if (state === undefined) fill(this.element, note(t('Opening')));
    else if (state.fault !== undefined) fill(this.element, ...this.#fault(state.fault, state.path));
    else if (state.facts === undefined) fill(this.element, note(t('Reading the files')));
    else if (state.facts.rows === 0) fill(this.element, ...this.#noRows(state.facts.path, state.facts.brokenRows > 0));
  }

  #fault(fault: string, path: string): readonly Child[] {
    return [
      h(
        'p',
        { class: 'fault-line', role: 'alert' },
        icon('error'),
        h('span', {}, ...pathText(editorWords(fault), [path])),
      ),
      h(
        'div',
        { class: 'next' },
        button(t('Choose another real file'), {
          secondary: true,
          press: () => {
            this.#command('chooseReal');
          },
        }),
        linkButton(t('Show log'), () => {
          this.#command('showLog');
        }),
      ),
    ];
  }

  #noRows(path: string, broken: boolean): readonly Child[] {
    return [
      h(
        'p',
        {},
        ...around(
          'There is no usable row in {0}. Each line should be a JSON object with a text and a label.',
          isolated(visible(fileName(path))),
        ),
      ),
      broken &&
        linkButton(t('Show problems'), () => {
          this.#command('showProblems');
        }),
    ];
  }
}

function note(words: string): HTMLElement {
  return h('p', { class: 'muted' }, words);
}
