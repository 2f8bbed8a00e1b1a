import type { LabelState } from '../../src/protocol/label.ts';
import { Announcer } from '../shared/announcer.ts';
import { fill, h, isolated, show } from '../shared/dom.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { Ending, type EndingActions } from './ending.ts';
import { keyAction, type KeyAction } from './keys.ts';
import { Reading, SavedLine } from './reading.ts';
import { Setup, type SetupActions } from './setup.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

export interface ViewActions extends SetupActions, Omit<EndingActions, 'back'> {
  readonly answer: (line: number, label: string) => void;
  readonly skip: (line: number) => void;
  readonly back: () => void;
  readonly forward: () => void;
  readonly finish: () => void;
}

/** The whole labelling view. */
export class View {
  readonly #actions: ViewActions;
  readonly #title = h('h1', {});
  readonly #setup: Setup;
  readonly #reading: Reading;
  readonly #ending: Ending;
  readonly #saved = new SavedLine();
  readonly #announcer = new Announcer();
  #state: LabelState | undefined;

  constructor(root: HTMLElement, actions: ViewActions) {
    this.#actions = actions;
    const act = (action: KeyAction): void => {
      this.#act(action);
    };
    this.#setup = new Setup(actions);
    this.#reading = new Reading({ act, finish: actions.finish });
    this.#ending = new Ending({ ...actions, back: actions.back });
    const main = h(
      'main',
      {},
      this.#title,
      this.#setup.element,
      this.#reading.element,
      this.#ending.element,
      this.#saved.element,
      this.#announcer.element,
    );
    fill(root, main);
    document.addEventListener('keydown', (event) => {
      const { target } = event;
      const types = target instanceof HTMLInputElement;
      const action = this.#state === undefined || types || event.repeat ? undefined : keyAction(this.#state, event);
      if (action === undefined) return;
      event.preventDefault();
      act(action);
    });
  }

  update(state: LabelState): void {
    const before = this.#state;
    this.#state = state;
    const { phase } = state;
    fill(this.#title, ...around('Label real rows for {0}', isolated(visible(fileName(state.dataset)))));
    show(this.#setup.element, phase === 'setup');
    show(this.#reading.element, phase === 'labelling');
    show(this.#ending.element, phase === 'done');
    show(this.#saved.element, phase !== 'setup');
    if (phase === 'setup') this.#setup.update(state);
    if (phase === 'labelling') this.#reading.update(state);
    if (phase === 'done') this.#ending.update(state);
    this.#saved.update(state);
    if (phase === 'labelling' && before?.phase !== 'labelling') this.#reading.focus();
    const asked = state.current?.line;
    if (asked !== undefined && asked !== before?.current?.line) {
      this.#announcer.say(
        t('{0} of {1} labelled. {2}', state.labelled, state.goal, state.current?.text.slice(0, 1000) ?? ''),
      );
    } else if (phase === 'done' && before?.phase !== 'done') {
      this.#announcer.say(t('Finished: {0} rows labelled.', state.labelled));
    }
  }

  #act(action: KeyAction): void {
    const line = this.#state?.current?.line;
    switch (action.kind) {
      case 'answer':
        if (line !== undefined) this.#actions.answer(line, action.label);
        break;
      case 'skip':
        if (line !== undefined) this.#actions.skip(line);
        break;
      case 'back':
        this.#actions.back();
        break;
      case 'forward':
        this.#actions.forward();
        break;
    }
  }
}
