import { labelCount, type LabelState } from '../../src/protocol/label.ts';
import { button, linkButton, toolButton } from '../shared/controls.ts';
import { fill, h, isolated, type Child } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { fileName } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { keyOf } from './keys.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

export interface SetupActions {
  readonly start: (labels: readonly string[], goal: number) => void;
  readonly chooseSource: () => void;
}

/** What is chosen before the first text: which labels there are, and how many are wanted. */
export class Setup {
  readonly element = h('form', { class: 'setup' });
  readonly #actions: SetupActions;
  readonly #list = h('ol', { class: 'labels' });
  readonly #count: HTMLInputElement;
  readonly #source = h('div', { class: 'source' });
  #labels: HTMLInputElement[] = [];
  #target = h('span', {});
  #filled = false;

  constructor(actions: SetupActions) {
    this.#actions = actions;
    this.#count = h('input', {
      ...{ id: 'count', type: 'number', min: labelCount.least, max: labelCount.most, required: true },
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target instanceof HTMLInputElement) this.#start();
    });
  }

  update(state: LabelState): void {
    fill(this.#target, isolated(visible(state.target)));
    this.#drawSource(state);
    // What the user has typed is not written over.
    if (this.#filled) return;
    this.#filled = true;
    this.#count.value = String(state.goal);
    const labels = state.labels.length >= 2 ? state.labels : [...state.labels, '', ''].slice(0, 2);
    for (const label of labels) this.#add(label);
    const begin = button(t('Start labelling'), {
      press: () => {
        this.#start();
      },
    });
    fill(
      this.element,
      h(
        'p',
        { class: 'lead' },
        t('Every weight asks what real data says of a label. About 200 labels of your own are enough to ask it.'),
      ),
      h('h2', {}, t('Texts')),
      this.#source,
      h('h2', { id: 'labels-title' }, t('Labels')),
      h('p', { class: 'muted' }, t('As in the synthetic file. A label that it does not have can never be weighted.')),
      this.#list,
      linkButton(t('Add a label'), () => {
        this.#add('').focus();
      }),
      h('h2', {}, h('label', { for: 'count' }, t('How many'))),
      h(
        'div',
        { class: 'count' },
        this.#count,
        h('span', { class: 'muted' }, t('200 is usual; fewer make rough weights.')),
      ),
      h('div', { class: 'begin' }, begin),
      h(
        'ul',
        { class: 'promises' },
        promise(t('The labels that the generator gave are hidden while you label, so that they cannot sway you.')),
        promise(
          ...around(
            state.appends
              ? 'Saved after every answer, in {0}, after the rows that it holds already.'
              : 'Saved after every answer, in {0}.',
            this.#target,
          ),
        ),
        promise(t('Close this at any time: you go on where you stopped.')),
      ),
    );
  }

  #drawSource({ source, sourceKind, dataset }: LabelState): void {
    fill(
      this.#source,
      h(
        'p',
        {},
        ...around(
          sourceKind === 'texts' ? 'Real texts of {0}' : 'Synthetic texts of {0}',
          h('strong', {}, isolated(visible(source))),
        ),
        ' ',
        linkButton(t('Change …'), this.#actions.chooseSource),
      ),
      sourceKind === 'synthetic' &&
        h(
          'p',
          { class: 'hint' },
          icon('info'),
          h(
            'span',
            {},
            t(
              "These texts are the generator's own. Your labels will find its wrong ones, but real texts that {0} never resembles stay unknown. Where you have real texts, take those.",
              visible(fileName(dataset)),
            ),
          ),
        ),
    );
  }

  #add(label: string): HTMLInputElement {
    const input = h('input', {
      type: 'text',
      'aria-label': t('Label {0}', this.#labels.length + 1),
      spellcheck: 'false',
    });
    input.value = label;
    const key = h('kbd', { 'aria-hidden': 'true' });
    const item = h(
      'li',
      {},
      key,
      input,
      toolButton(t('Remove this label'), 'close', () => {
        this.#labels = this.#labels.filter((each) => each !== input);
        item.remove();
        this.#number();
      }),
    );
    this.#labels.push(input);
    this.#list.append(item);
    this.#number();
    return input;
  }

  /** Keys follow the order of the labels. */
  #number(): void {
    for (const [i, key] of [...this.#list.querySelectorAll('kbd')].entries()) key.textContent = keyOf(i) ?? '';
    for (const [i, input] of this.#labels.entries()) input.setAttribute('aria-label', t('Label {0}', i + 1));
  }

  #start(): void {
    if (!this.#count.reportValidity()) return;
    this.#actions.start(
      this.#labels.map(({ value }) => value),
      Number(this.#count.value),
    );
  }
}

function promise(...content: readonly Child[]): HTMLElement {
  return h('li', {}, icon('check'), h('span', {}, ...content));
}
