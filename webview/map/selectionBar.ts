import type { RowActionId } from '../../src/core/table/actions.ts';
import { formatCount } from '../../src/core/table/format.ts';
import type { PointText } from '../../src/protocol/map.ts';
import type { Verdict } from '../../src/core/weighting/verdicts.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { rowCount } from '../shared/numbers.ts';
import { visible } from '../shared/visibleText.ts';
import { verdictLook } from '../weights/verdictLooks.ts';

export interface SelectionEvents {
  readonly act: (action: RowActionId) => void;
  readonly showRows: () => void;
  readonly clear: () => void;
  readonly openLine: (text: PointText) => void;
}

/** What is chosen. */
export interface Selection {
  readonly synthetic: number;
  readonly real: number;
  readonly labels: readonly (readonly [string, number])[];
  readonly verdicts: readonly (readonly [Verdict, number])[];
  readonly preview: boolean;
  /** Of a single row. */
  readonly text?: PointText;
}

/** How many rows are chosen, what they are, and what can be done with them. */
export class SelectionBar {
  readonly element: HTMLElement;
  readonly #words = h('p', { class: 'chosen-words', role: 'status' });
  readonly #counts = h('p', { class: 'faint chosen-counts' });
  readonly #text = h('p', { class: 'chosen-text' });
  readonly #actions: HTMLElement;
  readonly #clear: HTMLElement;
  readonly #events: SelectionEvents;
  #drawn = '';

  constructor(events: SelectionEvents) {
    this.#events = events;
    const act = (label: string, action: RowActionId, name: Parameters<typeof icon>[0]): HTMLElement =>
      button(label, {
        ...{ icon: name, secondary: true },
        press: () => {
          events.act(action);
        },
      });
    this.#actions = h(
      'div',
      { class: 'buttons' },
      button(t('Show in weights panel'), { icon: 'list-ordered', press: events.showRows }),
      act(t('Relabel to the suggestion'), 'relabel', 'edit'),
      act(t('Relabel to …'), 'relabelTo', 'edit'),
      act(t('Remove'), 'remove', 'trash'),
      act(t('Keep'), 'keep', 'pinned'),
    );
    this.#clear = linkButton(t('Choose nothing'), events.clear);
    this.element = h(
      'section',
      { class: 'selection', 'aria-label': t('Chosen rows') },
      h('div', { class: 'chosen-line' }, this.#words, this.#clear),
      this.#counts,
      this.#text,
      this.#actions,
    );
    this.update(undefined);
  }

  update(selection: Selection | undefined): void {
    const { synthetic = 0, real = 0, labels = [], verdicts = [], preview = false, text } = selection ?? {};
    // What stays as it is keeps the focus, and a press that has begun.
    const drawn = JSON.stringify({ synthetic, real, labels, verdicts, preview, text });
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const isAny = synthetic + real > 0;
    fill(
      this.#words,
      synthetic > 0 && real > 0
        ? t('{0} and {1} real ones chosen', rowCount(synthetic), formatCount(real))
        : synthetic > 0
          ? t('{0} chosen', rowCount(synthetic))
          : real > 0
            ? t('{0} real rows chosen; only synthetic rows can be edited', formatCount(real))
            : t('Drag around rows to choose them, or click one. Shift draws a box, Ctrl or ⌘ adds, the wheel zooms.'),
    );
    this.#words.classList.toggle('strong', isAny);
    fill(
      this.#counts,
      ...[
        ...labels.map(([label, count]) => h('span', {}, h('bdi', {}, visible(label)), ` ${formatCount(count)}`)),
        ...verdicts.map(([verdict, count]) => {
          const look = verdictLook(verdict, preview);
          return h('span', { title: look.help }, icon(look.icon), ` ${look.word} ${formatCount(count)}`);
        }),
      ],
    );
    show(this.#counts, synthetic > 1);
    show(this.#actions, synthetic > 0);
    show(this.#clear, isAny);
    show(this.#text, text !== undefined);
    if (text !== undefined) {
      fill(
        this.#text,
        h('bdi', {}, visible(text.text)),
        ' ',
        linkButton(t('Open line {0}', text.line), () => {
          this.#events.openLine(text);
        }),
      );
    }
  }
}
