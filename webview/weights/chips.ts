import { formatCount, formatLogWeight } from '../../src/core/table/format.ts';
import type { QueryResult } from '../../src/protocol/data.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, isolated } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { visible } from '../shared/visibleText.ts';
import type { Brush } from './histogram.ts';
import { verdictLook, verdictOrder } from './verdictLooks.ts';
import { t } from '../shared/l10n.ts';

/** Labels shown before "more". */
const fewLabels = 8;

export interface ChipState {
  readonly verdicts: readonly string[];
  readonly labels: readonly string[];
  readonly brush?: Brush;
  /** Verdicts are those of a preview. */
  readonly preview: boolean;
}

export interface ChipActions {
  readonly toggle: (kind: 'verdicts' | 'labels', name: string) => void;
  readonly clearBrush: () => void;
  readonly clearAll: () => void;
}

/**
 * Verdicts and labels as toggles with their counts: none switched on shows all rows. The range brushed in the histogram
 * stands beside them, so that everything that narrows the list is in one place.
 */
export class Chips {
  readonly element = h('div', { class: 'chips' });
  readonly #verdicts = h('div', { class: 'chip-group', role: 'group', 'aria-label': t('Verdicts') });
  readonly #labels = h('div', { class: 'chip-group', role: 'group', 'aria-label': t('Labels') });
  readonly #brush = h('div', { class: 'chip-group', role: 'group', 'aria-label': t('Range of weights') });
  readonly #clear: HTMLButtonElement;
  readonly #actions: ChipActions;
  #all = false;
  #last: { result: QueryResult; state: ChipState; filtered: boolean } | undefined;

  constructor(actions: ChipActions) {
    this.#actions = actions;
    this.#clear = linkButton(t('Clear all'), actions.clearAll, t('Show all rows'));
    this.element.append(this.#verdicts, this.#labels, this.#brush, this.#clear);
  }

  /** @param filtered Whether anything, the search box included, narrows the list. */
  update(result: QueryResult, state: ChipState, filtered: boolean): void {
    this.#last = { result, state, filtered };
    const scored = result.summary.scored > 0;
    const verdictRows = new Map<string, number>(result.verdicts.map(({ verdict, rows }) => [verdict, rows]));
    this.#verdicts.hidden = !scored;
    if (scored) {
      this.#sync(
        this.#verdicts,
        verdictOrder.map((verdict) => {
          const look = verdictLook(verdict, state.preview);
          return {
            name: verdict,
            rows: verdictRows.get(verdict) ?? 0,
            pressed: state.verdicts.includes(verdict),
            press: () => {
              this.#actions.toggle('verdicts', verdict);
            },
            make: () => [icon(look.icon, look.className), h('span', { class: 'chip-name' }, look.word)],
            title: look.help,
          };
        }),
      );
    }
    const many = result.labels.length > fewLabels;
    // Those with most rows first, and whatever is switched on: a toggle never hides.
    const ordered = many
      ? [...result.labels].sort(
          (a, b) => Number(state.labels.includes(b.label)) - Number(state.labels.includes(a.label)) || b.rows - a.rows,
        )
      : result.labels;
    const shown = this.#all ? ordered : ordered.slice(0, Math.max(fewLabels, state.labels.length));
    this.#labels.hidden = result.labels.length < 2;
    this.#sync(
      this.#labels,
      shown.map(({ label, rows }) => ({
        name: label,
        rows,
        pressed: state.labels.includes(label),
        press: () => {
          this.#actions.toggle('labels', label);
        },
        make: () => [isolated(visible(label), 'chip-name')],
        title: t('Label {0}', visible(label)),
      })),
    );
    if (many) {
      this.#labels.append(
        linkButton(this.#all ? t('Fewer') : t('{0} more', formatCount(result.labels.length - shown.length)), () => {
          this.#all = !this.#all;
          if (this.#last !== undefined) this.update(this.#last.result, this.#last.state, this.#last.filtered);
        }),
      );
    }
    this.#brush.hidden = state.brush === undefined;
    if (state.brush !== undefined) {
      const words = t('weight {0} – {1}', formatLogWeight(state.brush[0]), formatLogWeight(state.brush[1]));
      fill(
        this.#brush,
        h(
          'button',
          {
            type: 'button',
            class: 'chip',
            'aria-pressed': 'true',
            title: t('Let go of the range'),
            onclick: this.#actions.clearBrush,
          },
          h('span', { class: 'chip-name' }, words),
          icon('close'),
        ),
      );
    }
    this.#clear.hidden = !filtered;
  }

  /** Chips keep their elements while their names do, so that the keyboard stays where it is. */
  #sync(group: HTMLElement, chips: readonly ChipView[]): void {
    const existing = new Map(
      [...group.querySelectorAll<HTMLButtonElement>('button.chip')].map((chip) => [chip.dataset.name ?? '', chip]),
    );
    const elements = chips.map((chip) => {
      const element =
        existing.get(chip.name) ??
        h('button', { type: 'button', class: 'chip', 'data-name': chip.name, onclick: chip.press });
      if (element.title !== chip.title) {
        element.title = chip.title;
        fill(element, ...chip.make(), h('span', { class: 'chip-count' }));
      }
      element.setAttribute('aria-pressed', String(chip.pressed));
      element.classList.toggle('none', chip.rows === 0);
      const counter = element.querySelector('.chip-count');
      if (counter !== null) counter.textContent = formatCount(chip.rows);
      return element;
    });
    const order = [...group.children];
    if (order.length !== elements.length || order.some((child, at) => child !== elements[at])) {
      const focused = document.activeElement;
      group.replaceChildren(...elements);
      if (focused instanceof HTMLElement && group.contains(focused)) focused.focus();
    }
  }
}

interface ChipView {
  readonly name: string;
  readonly rows: number;
  readonly pressed: boolean;
  readonly title: string;
  readonly press: () => void;
  readonly make: () => readonly Node[];
}
