import { parseFilter, type FilterFault } from '../../src/core/table/filter.ts';
import { say } from '../../src/core/table/sentence.ts';
import { quoteWhereNeeded } from '../../src/core/table/formatFilter.ts';
import { toolButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';

/** A fault is shown after a pause in typing: half a word is not yet a mistake. */
const faultDelay = 250;

/**
 * The search box with the filter language. A fault is underlined where it is and named below; rows then stay as the last
 * filter that could be read left them. While the box is empty, examples show what can be asked.
 */
export class Search {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #mirror = h('div', { class: 'search-mirror', 'aria-hidden': 'true' });
  readonly #fault = h('div', { class: 'search-fault', id: 'search-fault', role: 'alert', hidden: true });
  readonly #hints = h('div', { class: 'search-hints', hidden: true });
  readonly #clear: HTMLButtonElement;
  readonly #changed: (filter: string) => void;
  #labels: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #focused = false;

  /**
   * @param changed With each filter that can be read.
   * @param leave Escape or ↓: back to the list.
   */
  constructor(changed: (filter: string) => void, leave: () => void) {
    this.#changed = changed;
    this.#input = h('input', {
      type: 'text',
      class: 'search-input',
      role: 'searchbox',
      'aria-label': t('Filter rows'),
      'aria-describedby': 'search-fault',
      spellcheck: 'false',
      autocomplete: 'off',
      oninput: () => {
        this.#edited();
      },
      onscroll: () => {
        this.#mirror.scrollLeft = this.#input.scrollLeft;
      },
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === 'Escape' || event.key === 'Enter' || (event.key === 'ArrowDown' && this.#hints.hidden)) {
          event.preventDefault();
          event.stopPropagation();
          leave();
        } else if (event.key === 'ArrowDown') {
          event.preventDefault();
          this.#hints.querySelector('button')?.focus();
        }
      },
    });
    this.#clear = toolButton(t('Clear the filter'), 'close', () => {
      this.set('');
      this.#changed('');
      this.focus();
    });
    this.#clear.hidden = true;
    this.setExamples([], 'none');
    this.element = h(
      'div',
      {
        class: 'search',
        onfocusin: () => {
          this.#focused = true;
          this.#showHints();
        },
        onfocusout: (event: FocusEvent) => {
          this.#focused = event.relatedTarget instanceof Node && this.element.contains(event.relatedTarget);
          this.#showHints();
        },
      },
      icon('search'),
      h('div', { class: 'search-field' }, this.#mirror, this.#input),
      this.#clear,
      this.#fault,
      this.#hints,
    );
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  /** Shows a filter without telling of it. */
  set(filter: string): void {
    this.#input.value = filter;
    this.#clear.hidden = filter === '';
    this.#showFault(this.#read(filter));
    this.#showHints();
  }

  /**
   * The labels that a filter may name, for faults and examples.
   *
   * @param scores What rows have been scored with: examples ask only for what there is.
   */
  setExamples(labels: readonly string[], scores: 'none' | 'preview' | 'full'): void {
    this.#labels = labels;
    const verdict = scores === 'preview' ? 'suspect' : 'misaligned';
    const scored = scores !== 'none';
    const example = scored ? `weight<0.3 verdict:${verdict} refund` : '"free money" -refund';
    this.#input.placeholder = t('Filter, e.g. {0}', example);
    const named = labels.map(quoteWhereNeeded).at(0);
    const examples: (readonly [string, string])[] = [];
    if (scored) {
      examples.push([`verdict:${verdict}`, t('rows whose label the real data contradicts')]);
      examples.push(['weight<0.3', t('rows that count little')]);
      if (named !== undefined) examples.push([`label:${named} p<0.5`, t("rows of a label with a small P̂'")]);
    } else if (named !== undefined) examples.push([`label:${named}`, t('rows of a label')]);
    examples.push(['is:relabelled', t('what you changed; also kept, removed, stale')]);
    examples.push(
      scored
        ? ['"free money" -verdict:ok', t('words in the text, and a verdict left out')]
        : ['"free money" -refund', t('words in the text, and a word left out')],
    );
    fill(
      this.#hints,
      ...examples.map(([example, meaning]) =>
        h(
          'button',
          {
            type: 'button',
            class: 'hint',
            tabindex: -1,
            onclick: () => {
              this.#input.focus();
              this.set(example);
              this.#changed(example);
            },
            onkeydown: (event: KeyboardEvent) => {
              const here = event.currentTarget as HTMLElement;
              const to = { ArrowDown: here.nextElementSibling, ArrowUp: here.previousElementSibling ?? this.#input }[
                event.key
              ];
              if (event.key === 'Escape') this.#input.focus();
              else if (to instanceof HTMLElement) to.focus();
              else return;
              event.preventDefault();
              event.stopPropagation();
            },
          },
          h('code', {}, example),
          h('span', { class: 'muted' }, meaning),
        ),
      ),
    );
  }

  #edited(): void {
    const filter = this.#input.value;
    this.#clear.hidden = filter === '';
    this.#showHints();
    const fault = this.#read(filter);
    clearTimeout(this.#timer);
    if (fault === undefined) {
      this.#showFault(undefined);
      this.#changed(filter);
    } else {
      this.#timer = setTimeout(() => {
        this.#showFault(fault);
      }, faultDelay);
    }
  }

  #read(filter: string): FilterFault | undefined {
    const read = parseFilter(filter, { labels: this.#labels.length === 0 ? undefined : this.#labels });
    return 'fault' in read ? read.fault : undefined;
  }

  #showFault(fault: FilterFault | undefined): void {
    clearTimeout(this.#timer);
    const filter = this.#input.value;
    show(this.#fault, fault !== undefined);
    this.element.classList.toggle('faulty', fault !== undefined);
    this.#input.setAttribute('aria-invalid', String(fault !== undefined));
    if (fault === undefined) {
      this.#mirror.replaceChildren();
      return;
    }
    this.#fault.textContent = say(fault.sentence, t);
    // At the end of the filter there is nothing to underline but the place where something is missing.
    const end = Math.max(fault.end, fault.start + 1);
    fill(
      this.#mirror,
      filter.slice(0, fault.start),
      h('span', { class: 'fault' }, filter.slice(fault.start, end) || '\u00a0'),
      filter.slice(end),
    );
    this.#mirror.scrollLeft = this.#input.scrollLeft;
  }

  #showHints(): void {
    show(this.#hints, this.#focused && this.#input.value === '');
  }
}
