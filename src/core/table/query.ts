/** Which rows the panel lists, in which order, and the counts around them. */
import type { Filter } from './filter.ts';
import { brushInterval, histogramEdges, noBin, weightBins } from './histogram.ts';
import { matchingRows, oneOf, within } from './matchFilter.ts';
import { type TableSort, sortRows } from './sort.ts';
import type { TableColumns } from './table.ts';

export { type TableSort, sortRows } from './sort.ts';

export interface TableQuery {
  readonly filter: Filter;
  /** One per term of the filter, in their order, [size]: 1 where the row's lower-cased text contains the term. */
  readonly termHits: readonly Uint8Array[];
  /** Only these; undefined: all rows, also those without. */
  readonly verdicts?: readonly string[];
  readonly labels?: readonly string[];
  /** Range of log₁₀ weight, without its upper end; see `brushInterval`. Rows that are not scored are then left out. */
  readonly brush?: readonly [number, number];
  readonly sort: TableSort;
  /** All rows in the order of `sort`, as `sortRows(columns, sort)` gave it before: saves sorting again. */
  readonly previousOrder?: Int32Array;
}

export interface TableResult {
  /** The rows that match, sorted. */
  readonly order: Int32Array;
  /** By verdict id: rows that match everything but `verdicts`. */
  readonly verdictCounts: readonly number[];
  /** By label id: rows that match everything but `labels`. */
  readonly labelCounts: readonly number[];
  /** Over log₁₀ weight of the scored rows; `matching`: everything but `brush`. All empty where nothing is scored. */
  readonly histogram: {
    readonly edges: readonly number[];
    readonly all: readonly number[];
    readonly matching: readonly number[];
  };
}

/**
 * Answers a query.
 *
 * @throws RangeError where `termHits` or `previousOrder` do not fit the columns.
 */
export function runQuery(columns: TableColumns, query: TableQuery): TableResult {
  const { verdicts, labels, brush, previousOrder } = query;
  if (previousOrder !== undefined && previousOrder.length !== columns.size) {
    throw new RangeError(`previousOrder holds ${previousOrder.length} rows, expected ${columns.size}`);
  }
  const matches = matchingRows(columns, query.filter, query.termHits);
  const ofVerdicts = verdicts && oneOf(columns.verdictId, idsOf(verdicts, columns.verdicts), columns.verdicts.length);
  const ofLabels = labels && oneOf(columns.labelId, idsOf(labels, columns.labels), columns.labels.length);
  const inBrush = brush && within(columns.weight, brushInterval(brush));
  const bins = weightBins(columns.weight);

  // Entry 0 is for −1, none; the last bin for rows that are not scored.
  const verdictCounts = new Uint32Array(columns.verdicts.length + 1);
  const labelCounts = new Uint32Array(columns.labels.length + 1);
  const all = new Uint32Array(noBin + 1);
  const matching = new Uint32Array(noBin + 1);
  let count = 0;
  for (let row = 0; row < columns.size; row++) {
    all[bins[row]]++;
    if (matches[row] === 0) continue;
    const verdict = ofVerdicts === undefined || ofVerdicts[row] === 1;
    const label = ofLabels === undefined || ofLabels[row] === 1;
    const brushed = inBrush === undefined || inBrush[row] === 1;
    if (label && brushed) verdictCounts[columns.verdictId[row] + 1]++;
    if (verdict && brushed) labelCounts[columns.labelId[row] + 1]++;
    if (verdict && label) matching[bins[row]]++;
    if (verdict && label && brushed) count++;
    else matches[row] = 0;
  }

  const scored = all[noBin] < columns.size;
  return {
    order:
      previousOrder === undefined
        ? sortRows(columns, query.sort, rowsIn(matches, count))
        : rowsOf(previousOrder, matches, count),
    verdictCounts: Array.from(verdictCounts.subarray(1)),
    labelCounts: Array.from(labelCounts.subarray(1)),
    histogram: scored
      ? { edges: histogramEdges, all: binCounts(all), matching: binCounts(matching) }
      : { edges: [], all: [], matching: [] },
  };
}

function idsOf(names: readonly string[], known: readonly string[]): number[] {
  return names.map((name) => known.indexOf(name));
}

function binCounts(counts: Uint32Array): number[] {
  return Array.from(counts.subarray(0, histogramEdges.length - 1));
}

/** The rows of a mask, ascending. */
function rowsIn(mask: Uint8Array, count: number): Int32Array {
  const rows = new Int32Array(count);
  let next = 0;
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1) rows[next++] = row;
  return rows;
}

/** The rows of a mask in a given order. */
function rowsOf(order: Int32Array, mask: Uint8Array, count: number): Int32Array {
  const rows = new Int32Array(count);
  let next = 0;
  for (const row of order) if (mask[row] === 1) rows[next++] = row;
  return rows;
}
