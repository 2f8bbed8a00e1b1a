import { editorWords } from '../../src/core/table/editorWords.ts';
import type { CompareState } from '../../src/protocol/compare.ts';
import { fill, h, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { withoutFolders } from '../shared/paths.ts';
import { visible } from '../shared/visibleText.ts';
import { cellOf, percent, titleOf } from './words.ts';

/** Every training of a comparison: methods × seeds, filling in while it runs. */
export class SeedGrid {
  readonly element = h('section', { class: 'trainings', 'aria-labelledby': 'trainings-title' });
  #last = '';

  update(state: CompareState): void {
    const { methods, seeds, results, next, ended, job } = state;
    show(this.element, methods.length > 0);
    const key = JSON.stringify([methods, seeds, results?.methods, next, ended, job?.state]);
    if (key === this.#last) return;
    this.#last = key;
    const isRunning = ended === undefined && job?.state === 'running';
    fill(
      this.element,
      h('h2', { id: 'trainings-title' }, t('Every training')),
      h('p', { class: 'faint' }, t('Macro-F1 in %, each method with each seed.')),
      h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('Methods with each seed') },
        h(
          'table',
          { class: 'seed-grid' },
          h('caption', { class: 'unseen' }, t('Macro-F1 of every method with every seed')),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, t('Method')),
              ...seeds.map((seed) => h('th', { scope: 'col', class: 'number' }, t('Seed {0}', seed))),
            ),
          ),
          h(
            'tbody',
            {},
            ...methods.map((method) => {
              const result = results?.methods.find((each) => each.method === method);
              return h(
                'tr',
                {},
                h('th', { scope: 'row' }, titleOf(method)),
                ...seeds.map((seed) => {
                  const isNow = isRunning && next?.method === method && next.seed === seed;
                  return gridCell(cellOf(result, seed), isNow, ended !== undefined);
                }),
              );
            }),
          ),
        ),
      ),
    );
  }
}

function gridCell({ macroF1, failed }: ReturnType<typeof cellOf>, isNow: boolean, isOver: boolean): HTMLElement {
  if (macroF1 !== undefined) return h('td', { class: 'number' }, percent(macroF1));
  if (failed !== undefined) {
    const why = visible(withoutFolders(editorWords(failed)));
    return h('td', { class: 'number failed' }, icon('error'), h('span', { class: 'reason unseen' }, why));
  }
  if (isNow) {
    return h('td', { class: 'number now' }, icon('sync', 'turning'), h('span', { class: 'unseen' }, t('running')));
  }
  return h('td', { class: 'number waiting' }, isOver ? '–' : '·', h('span', { class: 'unseen' }, t('not run yet')));
}
