import { editorWords } from '../../src/core/table/editorWords.ts';
import type { PanelState } from '../../src/protocol/panel.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { pathText } from '../shared/pathText.ts';
import { withoutFolders } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import type { PanelCommand } from './header.ts';
import { t } from '../shared/l10n.ts';

export interface NoticeActions {
  readonly command: (name: PanelCommand) => void;
  readonly toggleWarnings: (open: boolean) => void;
}

/** Lines under the header: what is missing, what went wrong, what to know before trusting the weights. */
export class Notices {
  readonly element = h('div', { class: 'notices' });
  readonly #encoder = h('div', { class: 'notice' });
  readonly #run = h('div', { class: 'notice trouble', role: 'alert' });
  readonly #trouble = h('div', { class: 'notice trouble', role: 'alert' });
  readonly #warnings: HTMLDetailsElement;
  readonly #warningTitle = h('span', { class: 'warning-title' });
  readonly #warningList = h('ul', {});
  readonly #actions: NoticeActions;
  #last = '';
  #open = false;

  constructor(actions: NoticeActions) {
    this.#actions = actions;
    this.#warnings = h(
      'details',
      {
        class: 'notice warnings',
        ontoggle: () => {
          if (this.#warnings.open !== this.#open) this.#actions.toggleWarnings(this.#warnings.open);
        },
      },
      h('summary', {}, icon('chevron-right', 'twisty'), icon('warning', 'verdict-misaligned'), this.#warningTitle),
      this.#warningList,
    );
    this.element.append(this.#trouble, this.#run, this.#encoder, this.#warnings);
    for (const child of this.element.children) if (child instanceof HTMLElement) child.hidden = true;
  }

  /** @param warnings In plain words, those of the run and of the weights as they are now. */
  update(state: PanelState, warnings: readonly string[], open: boolean): void {
    const paths = pathsOf(state);
    const key = JSON.stringify([state.encoderMissing, state.runFault, warnings, open, paths]);
    if (key === this.#last) return;
    this.#last = key;
    show(this.#run, state.runFault !== undefined);
    const fault = h('span', { class: 'notice-words' }, ...pathText(editorWords(state.runFault ?? ''), paths));
    fill(this.#run, icon('error'), fault);
    show(this.#encoder, state.encoderMissing !== undefined);
    if (state.encoderMissing !== undefined) {
      const button = (label: string, name: PanelCommand): HTMLElement =>
        linkButton(label, () => {
          this.#actions.command(name);
        });
      fill(
        this.#encoder,
        icon(state.encoderMissing.useless ? 'error' : 'cloud-download'),
        h('span', { class: 'notice-words' }, state.encoderMissing.line),
        h(
          'span',
          { class: 'notice-actions' },
          !state.encoderMissing.useless && button(t('Download'), 'downloadEncoder'),
          !state.encoderMissing.useless && button(t('Choose folder'), 'chooseEncoder'),
          button(t('Not now'), 'dismissEncoder'),
        ),
      );
    }
    show(this.#warnings, warnings.length > 0);
    this.#open = open;
    this.#warnings.open = open;
    fill(
      this.#warningTitle,
      h(
        'span',
        { class: 'warning-count' },
        warnings.length === 1 ? t('1 warning') : t('{0} warnings', warnings.length),
      ),
      h('span', { class: 'warning-first muted' }, visible(withoutFolders(editorWords(warnings[0] ?? ''), paths))),
    );
    fill(this.#warningList, ...warnings.map((warning) => h('li', {}, ...pathText(editorWords(warning), paths))));
  }

  /** One line about something that went wrong in the panel itself; undefined once it is over. */
  trouble(words: string | undefined, retry?: () => void): void {
    show(this.#trouble, words !== undefined);
    if (words === undefined) return;
    fill(
      this.#trouble,
      icon('error'),
      h('span', { class: 'notice-words' }, visible(words)),
      h(
        'span',
        { class: 'notice-actions' },
        retry !== undefined && linkButton(t('Try again'), retry),
        linkButton(t('Dismiss'), () => {
          this.trouble(undefined);
        }),
      ),
    );
  }
}

/** Files that a warning may name. */
export function pathsOf({ path, facts, run }: PanelState): readonly string[] {
  return [path, facts?.realPath, run?.real].filter((each) => each !== undefined);
}
