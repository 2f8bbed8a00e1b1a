import type { TrainingApi, TrainingState } from '../../src/protocol/training.ts';
import { fill, h, isolated, setText, show } from '../shared/dom.ts';
import { visible } from '../shared/visibleText.ts';
import { t } from '../shared/l10n.ts';

type Answer = TrainingApi['classify']['result'];

/** Waits this long after the last key. */
const settleMs = 250;

/** A box that classifies what is typed with the finished model: one bar for each label. */
export class TryIt {
  readonly element: HTMLElement;
  readonly #text = area(t('Text to classify'), t('Type or paste a text'));
  readonly #pair = area(t('Second text'), t('The second text of the pair'));
  readonly #bars = h('div', { class: 'bars', role: 'list', 'aria-label': t('Probabilities by label') });
  readonly #note = h('p', { class: 'faint', role: 'status' });
  readonly #classify: (text: string, textPair?: string) => Promise<Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Grows with every question: an answer to an older one is dropped. */
  #asked = 0;
  #model: string | undefined;
  #pairs = false;

  constructor(classify: (text: string, textPair?: string) => Promise<Answer>) {
    this.#classify = classify;
    this.element = h(
      'section',
      { class: 'try', 'aria-labelledby': 'try-title' },
      h('h2', { id: 'try-title' }, t('Try the model')),
      h(
        'div',
        { class: 'try-grid' },
        h('div', { class: 'try-texts' }, this.#text, this.#pair),
        h('div', {}, this.#note, this.#bars),
      ),
    );
    for (const box of [this.#text, this.#pair]) {
      box.addEventListener('input', () => {
        this.#ask(settleMs);
      });
    }
  }

  update({ model, pairs = false }: TrainingState): void {
    show(this.element, model !== undefined);
    this.#pairs = pairs;
    show(this.#pair, pairs);
    if (model === this.#model) return;
    this.#model = model;
    fill(this.#bars);
    setText(this.#note, t('The probability of each label appears here.'));
    if (model !== undefined) this.#ask(0);
  }

  #ask(wait: number): void {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    const [text, pair] = [this.#text.value, this.#pairs ? this.#pair.value : undefined];
    if (text.trim() === '' || pair?.trim() === '') {
      fill(this.#bars);
      setText(this.#note, t('The probability of each label appears here.'));
      return;
    }
    this.#timer = setTimeout(() => {
      const slow = setTimeout(() => {
        if (asked === this.#asked) setText(this.#note, t('Reading the model …'));
      }, 500);
      this.#classify(text, pair)
        .then(
          (answer) => {
            if (asked === this.#asked) this.#draw(answer);
          },
          (thrown: unknown) => {
            if (asked === this.#asked) setText(this.#note, thrown instanceof Error ? thrown.message : String(thrown));
          },
        )
        .finally(() => {
          clearTimeout(slow);
        });
    }, wait);
  }

  #draw({ labels, probabilities }: Answer): void {
    const best = probabilities.indexOf(Math.max(...probabilities));
    setText(this.#note, t('Answer: {0}', visible(labels[best] ?? '')));
    // Labels keep their places, so that the eye can follow a bar while one types.
    fill(
      this.#bars,
      ...labels.map((label, i) => {
        const percent = 100 * probabilities[i];
        const fillBar = h('span', { class: 'fill' });
        fillBar.style.width = `${percent.toFixed(2)}%`;
        return h(
          'div',
          { class: `bar${i === best ? ' top' : ''}`, role: 'listitem' },
          h('span', { class: 'bar-label', title: label }, isolated(visible(label))),
          h('span', { class: 'track', 'aria-hidden': 'true' }, fillBar),
          h('span', { class: 'bar-value' }, percent < 0.05 ? '0 %' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`),
        );
      }),
    );
  }
}

function area(label: string, placeholder: string): HTMLTextAreaElement {
  return h('textarea', { 'aria-label': label, placeholder, rows: 4, spellcheck: 'false' });
}
