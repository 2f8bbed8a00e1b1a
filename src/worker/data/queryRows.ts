/** Which rows a query lists, and the counts around them. */
import { everyRow, parseFilter } from '../../core/table/filter.ts';
import { runQuery } from '../../core/table/query.ts';
import type { Query, QueryResult } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';
import type { PickedRows } from './pickedRows.ts';
import type { Views } from './views.ts';

/** Answers a query; its order of rows is kept under the answer's view number. */
export async function queryRows(
  state: DatasetState,
  views: Views,
  query: Query,
  picked?: PickedRows,
): Promise<QueryResult> {
  const { verdicts, labels, brush, sort, controls } = query;
  const parsed = parseFilter(query.filter, { labels: state.shown.labels });
  const filter = 'filter' in parsed ? parsed.filter : everyRow;
  const termHits = await state.search.find(filter.terms);
  const { columns, summary, warnings, sorted } = await state.weighed(controls);
  const found = runQuery(
    { ...columns, picked: picked?.mask(state) },
    { filter, termHits, verdicts, labels, brush, sort, previousOrder: sorted(sort) },
  );
  const { scored, ess, perLabel, marked } = summary;
  return {
    view: views.add(state, { order: found.order, controls }),
    count: found.order.length,
    total: columns.size,
    fault: 'fault' in parsed ? parsed.fault : undefined,
    histogram: found.histogram,
    verdicts: columns.verdicts.map((verdict, id) => ({ verdict, rows: found.verdictCounts[id] })),
    labels: columns.labels.map((label, id) => ({ label, rows: found.labelCounts[id] })),
    summary: { scored, ess, perLabel, warnings, ...marked },
  };
}
