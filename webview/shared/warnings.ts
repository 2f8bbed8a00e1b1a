import { editorWords } from '../../src/core/table/editorWords.ts';
import { fill, h, show } from './dom.ts';
import { icon } from './icons.ts';
import { t } from './l10n.ts';
import { pathText } from './pathText.ts';

/** A run's warnings, folded away behind their number. */
export class Warnings {
  readonly element = h('details', { class: 'warnings' });
  #last = '';

  /** @param known Paths that occur in them; they may hold spaces. */
  update(warnings: readonly string[], known: readonly string[]): void {
    show(this.element, warnings.length > 0);
    const key = warnings.join('\n');
    if (key === this.#last) return;
    this.#last = key;
    fill(
      this.element,
      h(
        'summary',
        {},
        icon('chevron-right', 'twisty'),
        icon('warning'),
        warnings.length === 1 ? t('1 warning') : t('{0} warnings', warnings.length),
      ),
      h('ul', {}, ...warnings.map((warning) => h('li', {}, ...pathText(editorWords(warning), known)))),
    );
  }
}
