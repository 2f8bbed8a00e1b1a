import type { CompareState, ComparisonRow } from '../../src/protocol/compare.ts';
import { linkButton } from '../shared/controls.ts';
import { fill, h, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { dateOf } from '../shared/numbers.ts';

export interface RunsListActions {
  readonly show: (folder: string) => void;
}

/** This dataset's comparisons, newest first; one is shown. */
export class RunsList {
  readonly element = h('section', { class: 'runs', 'aria-labelledby': 'runs-title' });
  readonly #actions: RunsListActions;
  #last = '';

  constructor(actions: RunsListActions) {
    this.#actions = actions;
  }

  update({ runs }: CompareState): void {
    // One that is not shown is the only way to what came of it.
    const hasOthers = runs.some(({ current }) => !current);
    show(this.element, hasOthers);
    const key = JSON.stringify(runs);
    if (!hasOthers || key === this.#last) return;
    this.#last = key;
    const names = [t('Comparison'), t('Methods'), t('Seeds'), t('State')];
    fill(
      this.element,
      h('h2', { id: 'runs-title' }, t('Comparisons of this dataset')),
      h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('Comparisons') },
        h(
          'table',
          {},
          h('caption', { class: 'unseen' }, t('Comparisons of this dataset, newest first')),
          h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name)))),
          h('tbody', {}, ...runs.map((run) => this.#row(run))),
        ),
      ),
    );
  }

  #row({ folder, created, methods, seeds, status, current }: ComparisonRow): HTMLElement {
    const when = dateOf(created);
    return h(
      'tr',
      { class: current ? 'current' : '', 'aria-current': current && 'true' },
      h(
        'th',
        { scope: 'row' },
        current
          ? when
          : linkButton(
              when,
              () => {
                this.#actions.show(folder);
              },
              t('Show this comparison'),
            ),
      ),
      h('td', {}, String(methods)),
      h('td', {}, seeds.join(', ')),
      h('td', {}, statusWords(status)),
    );
  }
}

function statusWords(status: ComparisonRow['status']): string {
  switch (status) {
    case 'running':
      return t('running');
    case 'done':
      return t('finished');
    case 'cancelled':
      return t('cancelled, can go on');
    case 'failed':
      return t('failed');
    case 'interrupted':
      return t('interrupted, can go on');
  }
}
