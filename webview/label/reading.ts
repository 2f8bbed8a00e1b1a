import type { LabelState, TextToLabel } from '../../src/protocol/label.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated, setText, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { visible, visibleParts } from '../shared/visibleText.ts';
import { keyOf, type KeyAction } from './keys.ts';
import { t } from '../shared/l10n.ts';

export interface ReadingActions {
  readonly act: (action: KeyAction) => void;
  readonly finish: () => void;
}

/** One text, its possible labels, and how far one is. */
export class Reading {
  readonly element: HTMLElement;
  readonly #actions: ReadingActions;
  readonly #progress = h('div', { class: 'progress-fill' });
  readonly #count = h('span', { class: 'strong' });
  readonly #skipped = h('span', { class: 'muted' });
  readonly #where = h('span', { class: 'muted' });
  readonly #finish: HTMLButtonElement;
  #text = textBox();
  readonly #past = h('p', { class: 'past' });
  readonly #answers = h('div', { class: 'answers', role: 'group', 'aria-label': t('Labels') });
  readonly #back: HTMLButtonElement;
  readonly #forward: HTMLButtonElement;
  #shown = '';
  #labels = '';

  constructor(actions: ReadingActions) {
    this.#actions = actions;
    this.#finish = linkButton(
      t('End here'),
      actions.finish,
      t('Ends with what is labelled so far; you can go on later'),
    );
    this.#back = this.#key('Backspace', t('Back'), { kind: 'back' });
    this.#forward = this.#key('→', t('Return'), { kind: 'forward' });
    this.element = h(
      'section',
      { class: 'reading', 'aria-label': t('Labelling') },
      h('div', { class: 'progress', 'aria-hidden': 'true' }, this.#progress),
      h(
        'div',
        { class: 'standing' },
        this.#count,
        this.#skipped,
        h('span', { class: 'gap' }),
        this.#where,
        this.#finish,
      ),
      this.#past,
      this.#text,
      this.#answers,
      h('div', { class: 'moves' }, this.#key('s', t('Skip'), { kind: 'skip' }), this.#back, this.#forward),
    );
  }

  update(state: LabelState): void {
    const { current, labelled, goal, skipped, canGoBack, canGoForward } = state;
    this.#progress.style.width = `${Math.min(100, (100 * labelled) / goal).toFixed(2)}%`;
    setText(this.#count, t('{0} of {1} labelled', labelled.toLocaleString('en-US'), goal.toLocaleString('en-US')));
    setText(this.#skipped, skipped === 0 ? '' : t('{0} skipped', skipped));
    show(this.#back, canGoBack);
    show(this.#forward, canGoForward);
    this.#drawAnswers(state);
    if (current === undefined) return;
    setText(this.#where, t('{0}, line {1}', state.source, current.line.toLocaleString('en-US')));
    const key = JSON.stringify(current);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#drawText(current);
    show(this.#past, current.answer !== undefined);
    if (current.answer !== undefined) {
      setText(
        this.#past,
        current.answer === null
          ? t('You skipped this one.')
          : t('You labelled this {0}. Another answer replaces it.', visible(current.answer)),
      );
    }
  }

  /** Screen readers read the text when it comes; the arrow keys scroll it. */
  focus(): void {
    this.#text.focus({ preventScroll: true });
  }

  #drawText({ text, textPair, cut }: TextToLabel): void {
    const part = (content: string): HTMLElement =>
      h(
        'p',
        { dir: 'auto' },
        ...visibleParts(content).map((each) =>
          each.standIn ? h('span', { class: 'stand-in' }, each.text) : each.text,
        ),
      );
    // A new element, not new content: a scrolling that is still going on would carry the new text along.
    const box = textBox();
    fill(
      box,
      part(text),
      textPair !== undefined && h('hr', { 'aria-label': t('Second text') }),
      textPair !== undefined && part(textPair),
      cut && h('p', { class: 'muted' }, t('… the rest is not shown')),
    );
    const had = document.activeElement === this.#text;
    this.#text.replaceWith(box);
    this.#text = box;
    if (had) this.focus();
  }

  #drawAnswers({ labels, perLabel, current }: LabelState): void {
    const key = JSON.stringify([labels, perLabel, current?.answer]);
    if (key === this.#labels) return;
    this.#labels = key;
    const focused = [...this.#answers.children].indexOf(document.activeElement as Element);
    fill(
      this.#answers,
      ...labels.map((label, i) =>
        h(
          'button',
          {
            type: 'button',
            class: `answer${current?.answer === label ? ' given' : ''}`,
            'aria-keyshortcuts': keyOf(i),
            'aria-pressed': current?.answer === label ? 'true' : undefined,
            onclick: () => {
              this.#actions.act({ kind: 'answer', label });
            },
          },
          keyOf(i) !== undefined && h('kbd', { 'aria-hidden': 'true' }, keyOf(i)),
          isolated(visible(label), 'answer-label'),
          h('span', { class: 'answer-count' }, String(perLabel.at(i)?.rows ?? 0)),
        ),
      ),
    );
    const again = this.#answers.children.item(focused);
    if (again instanceof HTMLElement) again.focus();
  }

  #key(key: string, label: string, action: KeyAction): HTMLButtonElement {
    return h(
      'button',
      {
        ...{ type: 'button', class: 'move', 'aria-keyshortcuts': key === '→' ? 'ArrowRight' : key },
        onclick: () => {
          this.#actions.act(action);
        },
      },
      h('kbd', { 'aria-hidden': 'true' }, key === 'Backspace' ? '⌫' : key),
      label,
    );
  }
}

function textBox(): HTMLElement {
  return h('article', { class: 'text', tabindex: 0, 'aria-label': t('Text to label') });
}

/** Whether what was answered is on disk. */
export class SavedLine {
  readonly element = h('p', { class: 'saved', role: 'status' });
  #last = '';

  update({ fault, notice, saved, target, labelled }: LabelState): void {
    const key = JSON.stringify([fault, notice, saved, target, labelled === 0]);
    if (key === this.#last) return;
    this.#last = key;
    this.element.classList.toggle('bad', fault !== undefined);
    const name = visible(target);
    if (fault !== undefined) {
      fill(
        this.element,
        icon('error'),
        h('span', {}, t('Not saved: {0} The next answer tries again.', visible(fault))),
      );
    } else if (notice !== undefined) {
      fill(this.element, icon('info'), h('span', {}, visible(notice)));
    } else if (labelled === 0) {
      fill(
        this.element,
        h('span', {}, t('Nothing is written before your first label, then every answer at once to {0}.', name)),
      );
    } else {
      fill(
        this.element,
        icon(saved ? 'check' : 'sync'),
        h('span', {}, saved ? t('Saved in {0}', name) : t('Saving in {0}', name)),
      );
    }
  }
}
