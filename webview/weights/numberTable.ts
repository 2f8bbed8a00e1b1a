import { h, type Child } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';

/** Rows of a table under a heading of their own. */
export interface TableGroup {
  readonly heading?: string;
  readonly rows: readonly (readonly string[])[];
}

/** The numbers of a chart as a table, folded away: for those who cannot see the chart, and for those who want to copy them. */
export function numberTable(caption: string, columns: readonly string[], groups: readonly TableGroup[]): HTMLElement {
  const body = ({ heading, rows }: TableGroup): Child =>
    h(
      'tbody',
      {},
      heading !== undefined && h('tr', {}, h('th', { colspan: columns.length, scope: 'rowgroup' }, heading)),
      ...rows.map(([first, ...rest]) =>
        h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map((cell) => h('td', {}, cell))),
      ),
    );
  return h(
    'details',
    { class: 'number-table' },
    h('summary', {}, t('As a table')),
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
      ...groups.map(body),
    ),
  );
}
