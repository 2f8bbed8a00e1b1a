import { formatCount, formatPercent, formatWeight } from '../../src/core/table/format.ts';
import type { Neighbour, RowDetails } from '../../src/protocol/data.ts';
import { button, linkButton, toolButton } from '../shared/controls.ts';
import { fill, h, isolated, setText, type Child } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { MenuButton } from '../shared/menu.ts';
import { hasUnseen, visible, visibleParts } from '../shared/visibleText.ts';
import { Highlights } from './highlights.ts';
import { intervalMeaning } from './interval.ts';
import { markLooks, verdictLook } from './verdictLooks.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

/** A longer text shows its beginning first: laying out megabytes would hold up the keyboard. */
const textAtFirst = 20_000;
/** Labels whose probabilities are shown before "Show all". */
const fewLabels = 8;

export interface DetailsActions {
  readonly open: () => void;
  readonly relabel: () => void;
  readonly relabelTo: (label: string) => void;
  readonly remove: () => void;
  readonly keep: () => void;
  readonly clear: () => void;
  readonly copyText: () => void;
  readonly copyJson: () => void;
  readonly similar: () => void;
  /** Goes to a neighbour: its row in the list, or its line in the real file. */
  readonly goTo: (neighbour: Neighbour) => void;
}

/** Everything about one row: its text, what both checkers say, the reason for its verdict, and rows like it. */
export class Details {
  readonly element: HTMLElement;
  /** Which row it is. */
  readonly title = h('span', { class: 'details-title' });
  readonly #body = h('div', { class: 'details-body' });
  readonly #actions: DetailsActions;
  readonly #highlights = new Highlights('counterweight-details');
  #shown: RowDetails | undefined;
  /** What was found like a row; the row's details may come later. */
  #similar: { readonly row: number; readonly rows: readonly Neighbour[] } | undefined;
  #wholeText = false;
  #allLabels = false;
  #terms: readonly string[] = [];
  /** Verdicts are those of a preview. */
  #preview = false;

  constructor(actions: DetailsActions) {
    this.#actions = actions;
    this.element = h('section', { class: 'details', 'aria-label': t('Details of the row') }, this.#body);
    this.#nothing();
  }

  /** The row shown. */
  get row(): number | undefined {
    return this.#shown?.view.row;
  }

  /** Shows a row; nothing where none is chosen. The same row again stays scrolled to where it is. */
  show(details: RowDetails | undefined): void {
    const same = details !== undefined && details.view.row === this.#shown?.view.row;
    this.#shown = details;
    if (!same) {
      if (this.#similar?.row !== details?.view.row) this.#similar = undefined;
      this.#wholeText = false;
      this.#allLabels = false;
    }
    if (details === undefined) this.#nothing();
    else this.#draw(details);
    if (!same) this.#body.scrollTop = 0;
  }

  /** Rows like the one shown, as "Find similar rows" found them. */
  showSimilar(row: number, rows: readonly Neighbour[]): void {
    this.#similar = { row, rows };
    if (this.#shown?.view.row !== row) return;
    this.#draw(this.#shown);
    this.#body.querySelector('.similar')?.scrollIntoView({ block: 'nearest' });
  }

  /** @param line Why the row cannot be shown. */
  fail(line: string): void {
    this.#shown = undefined;
    setText(this.title, t('Details'));
    fill(this.#body, h('p', { class: 'muted' }, line));
  }

  setPreview(preview: boolean): void {
    if (preview === this.#preview) return;
    this.#preview = preview;
    if (this.#shown !== undefined) this.#draw(this.#shown);
  }

  setTerms(terms: readonly string[]): void {
    this.#terms = terms;
    this.#mark();
  }

  #nothing(): void {
    setText(this.title, t('Details'));
    fill(
      this.#body,
      h('p', { class: 'muted nothing' }, t('Choose a row to see its whole text and why it has its weight.')),
    );
  }

  #draw(details: RowDetails): void {
    const { view } = details;
    const scrollTop = this.#body.scrollTop;
    setText(this.title, t('Line {0}', formatCount(view.line)));
    fill(
      this.#body,
      this.#facts(details),
      details.reason !== undefined && h('p', { class: 'reason' }, sentence(visible(details.reason))),
      this.#preview &&
        view.verdict === 'misaligned' &&
        h('p', { class: 'mark-line muted' }, icon('info'), `${verdictLook(view.verdict, true).help}.`),
      ...view.marks.map((mark) =>
        h('p', { class: 'mark-line muted' }, icon(markLooks[mark].icon), t(markLooks[mark].help)),
      ),
      this.#buttons(details),
      this.#text(t('Text'), details.text, details.truncated),
      details.textPair !== undefined && this.#text(t('Second text'), details.textPair, false),
      this.#probabilities(details),
      this.#similar !== undefined &&
        this.#neighbours(t('Similar rows'), this.#similar.rows, t('No other row is like this one.'), 'similar'),
      details.neighboursMissing === undefined
        ? this.#neighbours(t('Nearest real rows'), details.nearestReal, t('No real row is known.'))
        : h('section', {}, h('h3', {}, t('Nearest real rows')), h('p', { class: 'muted' }, details.neighboursMissing)),
      (details.nearCopyCount > 0 || details.nearCopies.length > 0) &&
        this.#neighbours(
          t(
            details.nearCopiesMayBeMore === true ? 'Near-copies ({0} or more)' : 'Near-copies ({0})',
            formatCount(Math.max(details.nearCopyCount, details.nearCopies.length)),
          ),
          details.nearCopies,
          t('They are not kept for this run.'),
        ),
    );
    this.#body.scrollTop = scrollTop;
    this.#mark();
  }

  #facts({ view }: RowDetails): HTMLElement {
    const look = view.verdict && verdictLook(view.verdict, this.#preview);
    return h(
      'p',
      { class: 'row-facts' },
      look !== undefined &&
        h('span', { class: 'verdict', title: look.help }, icon(look.icon, look.className), look.word),
      h('span', {}, ...around('label {0}', isolated(visible(view.label), 'strong'))),
      this.#weight(view),
      view.rank !== undefined && h('span', { class: 'muted' }, t('rank {0}', formatCount(view.rank))),
    );
  }

  #weight({ weight, weightLow, weightHigh }: RowDetails['view']): HTMLElement {
    if (weight === undefined) return h('span', { class: 'muted' }, t('not scored'));
    const strong = h('span', { class: 'strong' }, formatWeight(weight));
    if (weightLow === undefined || weightHigh === undefined) return h('span', {}, ...around('weight {0}', strong));
    return h(
      'span',
      { class: 'interval', title: intervalMeaning() },
      ...around('weight {0}, between {1} and {2}', strong, formatWeight(weightLow), formatWeight(weightHigh)),
    );
  }

  #buttons({ view, probabilities }: RowDetails): HTMLElement {
    const actions = this.#actions;
    const suggestion = view.suggested !== undefined && view.suggested !== view.label ? view.suggested : undefined;
    const others = (probabilities ?? []).filter(({ label }) => label !== view.label);
    const decided = view.marks.some((mark) => mark === 'kept' || mark === 'removed');
    return h(
      'div',
      { class: 'row-actions' },
      suggestion !== undefined &&
        button(t('Relabel to {0}', visible(suggestion)), {
          title: t('Relabel to the suggestion (r)'),
          press: actions.relabel,
        }),
      button(t('Keep'), { secondary: true, title: t('Keep as it is (k)'), press: actions.keep }),
      button(t('Remove'), { secondary: true, title: t('Remove from the file (x)'), press: actions.remove }),
      decided &&
        button(t('Take back'), {
          secondary: true,
          title: t('Take back the decision (u)'),
          press: actions.clear,
        }),
      toolButton(t('Open line in file (Enter)'), 'go-to-file', actions.open),
      new MenuButton(
        t('More actions'),
        () => [
          ...others.slice(0, 12).map(({ label, quality }) => ({
            label: t('Relabel to {0}', visible(label)),
            detail: `P̂' ${formatPercent(quality)}`,
            choose: () => {
              actions.relabelTo(label);
            },
          })),
          { label: t('Copy text'), choose: actions.copyText },
          { label: t('Copy JSON'), choose: actions.copyJson },
          { label: t('Find similar rows'), choose: actions.similar },
        ],
        { icon: 'ellipsis' },
      ).element,
    );
  }

  #text(title: string, text: string, truncated: boolean): HTMLElement {
    const cut = !this.#wholeText && text.length > textAtFirst;
    const shown = cut ? text.slice(0, textAtFirst) : text;
    const box = h('div', { class: 'text', dir: 'auto', tabindex: 0, role: 'group', 'aria-label': title });
    if (hasUnseen(shown)) {
      for (const part of visibleParts(shown)) {
        box.append(part.standIn ? h('span', { class: 'stand-in' }, part.text) : part.text);
      }
    } else box.append(shown);
    return h(
      'section',
      {},
      h('h3', {}, title),
      box,
      cut &&
        linkButton(t('Show all {0} characters', formatCount(text.length)), () => {
          this.#wholeText = true;
          if (this.#shown !== undefined) this.#draw(this.#shown);
        }),
      truncated &&
        !cut &&
        h(
          'p',
          { class: 'muted' },
          t('Only the first {0} characters are shown here.', formatCount(text.length)),
          ' ',
          linkButton(t('Open line in file'), this.#actions.open),
        ),
    );
  }

  #probabilities({ probabilities, view }: RowDetails): HTMLElement | undefined {
    if (probabilities === undefined) return undefined;
    const many = probabilities.length > fewLabels;
    // The labels that matter first: the row's own, then what the quality checker prefers.
    const ordered = many
      ? [...probabilities].sort(
          (a, b) => Number(b.label === view.label) - Number(a.label === view.label) || b.quality - a.quality,
        )
      : probabilities;
    const bar = (share: number, kind: string): HTMLElement => {
      const filled = h('span', { class: `fill ${kind}` });
      filled.style.width = `${100 * share}%`;
      return h('span', { class: 'probability-bar' }, filled);
    };
    return h(
      'section',
      {},
      h('h3', {}, t('Probability of each label')),
      h(
        'div',
        { class: 'probability-key muted' },
        h('span', { class: 'key quality' }, t("P̂' real data")),
        h('span', { class: 'key diversity' }, t('Q̂ synthetic data')),
      ),
      h(
        'div',
        { class: 'probabilities', role: 'list' },
        ...(this.#allLabels ? ordered : ordered.slice(0, fewLabels)).map(({ label, quality, diversity }) =>
          h(
            'div',
            {
              class: label === view.label ? 'probability own' : 'probability',
              role: 'listitem',
              'aria-label': t(
                label === view.label
                  ? '{0}, the label of the row: real data {1}, synthetic data {2}'
                  : '{0}: real data {1}, synthetic data {2}',
                visible(label),
                formatPercent(quality),
                formatPercent(diversity),
              ),
            },
            isolated(visible(label), 'probability-label'),
            h('span', { class: 'pair-of-bars' }, bar(quality, 'quality'), bar(diversity, 'diversity')),
            h(
              'span',
              { class: 'pair-of-numbers' },
              h('span', {}, formatPercent(quality)),
              h('span', {}, formatPercent(diversity)),
            ),
          ),
        ),
      ),
      many &&
        linkButton(
          this.#allLabels ? t('Show fewer labels') : t('Show all {0} labels', formatCount(probabilities.length)),
          () => {
            this.#allLabels = !this.#allLabels;
            if (this.#shown !== undefined) this.#draw(this.#shown);
          },
        ),
    );
  }

  #neighbours(title: string, neighbours: readonly Neighbour[], none: string, className?: string): HTMLElement {
    const item = (neighbour: Neighbour): HTMLElement =>
      h(
        'li',
        {},
        h(
          'button',
          {
            type: 'button',
            class: 'neighbour',
            title:
              neighbour.source === 'real'
                ? t('Open line {0} of the real file', formatCount(neighbour.line))
                : t('Go to line {0}', formatCount(neighbour.line)),
            onclick: () => {
              this.#actions.goTo(neighbour);
            },
          },
          h(
            'span',
            { class: 'cosine', title: t('Cosine of the embeddings: 1 is the same text') },
            neighbour.cosine.toFixed(2),
          ),
          isolated(visible(neighbour.label), 'neighbour-label'),
          isolated(visible(neighbour.text), 'neighbour-text'),
          h('span', { class: 'muted neighbour-line' }, String(neighbour.line)),
        ),
      );
    const content: Child =
      neighbours.length === 0
        ? h('p', { class: 'muted' }, none)
        : h('ul', { class: 'neighbours' }, ...neighbours.map(item));
    return h('section', { class: className }, h('h3', {}, title), content);
  }

  #mark(): void {
    const texts: Text[] = [];
    for (const box of this.#body.querySelectorAll('.text')) {
      for (const node of box.childNodes) if (node instanceof Text) texts.push(node);
    }
    this.#highlights.setTerms(this.#terms);
    this.#highlights.mark(texts);
  }
}

/** A reason begins in lower case, to stand inside other sentences. */
function sentence(reason: string): string {
  const words = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
