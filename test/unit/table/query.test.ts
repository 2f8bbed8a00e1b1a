import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnId, type SortKey, columnIds } from '../../../src/core/table/columns.ts';
import { brushInterval, histogramEdges, noBin, weightBins } from '../../../src/core/table/histogram.ts';
import { matchingRows, within } from '../../../src/core/table/matchFilter.ts';
import { type TableQuery, runQuery, sortRows } from '../../../src/core/table/query.ts';
import type { TableColumns } from '../../../src/core/table/table.ts';
import { verdicts } from '../../../src/core/weighting/verdicts.ts';
import { type Row, columnsOf, filterOf, someRow, termHits } from './support.ts';

const byLine = { column: 'line', descending: false } as const;

function query(rows: readonly Row[], text: string, rest: Partial<TableQuery> = {}): ReturnType<typeof runQuery> {
  const filter = filterOf(text);
  return runQuery(columnsOf(rows), { filter, termHits: termHits(filter, rows), sort: byLine, ...rest });
}

describe('sort', () => {
  const order = (rows: readonly Row[], column: SortKey, descending: boolean): number[] => [
    ...sortRows(columnsOf(rows), { column, descending }),
  ];

  it('by weight: ties by line and unscored last, in both directions', () => {
    const rows = [0.5, NaN, 2, 0.5, 0, -0, NaN, 1e-30, 1e30].map((weight): Row => ({ weight }));
    expect(order(rows, 'weight', false)).toEqual([4, 5, 7, 0, 3, 2, 8, 1, 6]);
    expect(order(rows, 'weight', true)).toEqual([8, 2, 0, 3, 7, 4, 5, 1, 6]);
    const bounds = [0.5, NaN, 0.1, 0.5].map((weightLow): Row => ({ weight: 1, weightLow }));
    expect(order(bounds, 'weightLow', true)).toEqual([0, 3, 2, 1]);
    expect(order(bounds, 'weightLow', false)).toEqual([2, 0, 3, 1]);
  });

  it('by label, suggestion and verdict: in the order of their ids', () => {
    const rows: Row[] = [{ label: 'spam' }, { label: 'ham', suggested: 'spam' }, {}, { suggested: 'ham' }];
    expect(order(rows, 'label', false)).toEqual([1, 0, 2, 3]);
    expect(order(rows, 'label', true)).toEqual([0, 1, 2, 3]);
    expect(order(rows, 'suggested', false)).toEqual([3, 1, 0, 2]);
    expect(order(rows, 'suggested', true)).toEqual([1, 3, 0, 2]);
    const judged: Row[] = [{}, { verdict: 'ok' }, { verdict: 'misaligned' }, { verdict: 'redundant' }];
    expect(order(judged, 'verdict', false)).toEqual([2, 3, 1, 0]);
    expect(order(judged, 'verdict', true)).toEqual([1, 3, 2, 0]);
  });

  it('by line and by text: the order of the file', () => {
    const rows: Row[] = [{}, {}, {}];
    for (const column of ['line', 'text'] as const) {
      expect(order(rows, column, false)).toEqual([0, 1, 2]);
      expect(order(rows, column, true)).toEqual([2, 1, 0]);
    }
  });

  it('equals a comparing sort, for any rows, column and direction', () => {
    const value = (columns: TableColumns, column: ColumnId, row: number): number => {
      switch (column) {
        case 'rank':
          return columns.rank[row] === 0 ? NaN : columns.rank[row];
        case 'label':
          return columns.labelId[row] === -1 ? NaN : columns.labelId[row];
        case 'suggested':
          return columns.suggestedId[row] === -1 ? NaN : columns.suggestedId[row];
        case 'verdict':
          return columns.verdictId[row] === -1 ? NaN : columns.verdictId[row];
        case 'weight':
        case 'quality':
        case 'diversity':
          return columns[column][row];
        case 'line':
        case 'text':
          return row;
      }
    };
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 60 }),
        fc.constantFrom(...columnIds),
        fc.boolean(),
        (rows, column, descending) => {
          const columns = columnsOf(rows);
          const expected = rows
            .map((_, row) => row)
            .sort((a, b) => {
              const [x, y] = [value(columns, column, a), value(columns, column, b)];
              if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
              return descending ? y - x : x - y;
            });
          expect(order(rows, column, descending)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('sorts any float, and columns that begin inside a buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.float()), fc.boolean(), (values, descending) => {
        const weight = Float32Array.from([9, ...values]).subarray(1);
        const columns = { ...columnsOf(values.map(() => ({}))), weight };
        const sorted = [...sortRows(columns, { column: 'weight', descending })].map((row) => weight[row]);
        const numbers = values.filter((value) => !Number.isNaN(value)).sort((a, b) => (descending ? b - a : a - b));
        expect(sorted.slice(0, numbers.length).map((x) => x + 0)).toEqual(numbers.map((x) => x + 0));
        expect(sorted.slice(numbers.length).every(Number.isNaN)).toBe(true);
      }),
    );
  });

  it('sorts a part of the rows and leaves it as it is', () => {
    const columns = columnsOf([3, 1, 2, 0].map((weight) => ({ weight })));
    for (const column of ['weight', 'line'] as const) {
      const rows = Int32Array.from([0, 1, 3]);
      expect([...sortRows(columns, { column, descending: true }, rows)]).toEqual(
        column === 'weight' ? [0, 1, 3] : [3, 1, 0],
      );
      sortRows(columns, { column, descending: false }, rows);
      expect([...rows]).toEqual([0, 1, 3]);
    }
  });
});

describe('histogram', () => {
  it('has fixed edges, 1 among them', () => {
    expect(histogramEdges).toHaveLength(41);
    expect([histogramEdges[0], histogramEdges[32], histogramEdges[40]]).toEqual([-4, 0, 1]);
  });

  it('a weight on an edge is in the bin above it; what lies outside is in the end bins', () => {
    const weights = [0, 1e-9, 1e-4, 0.99999, 1, 1.3, 1.334, 9.99, 10, 1e6, Infinity, NaN];
    expect([...weightBins(Float32Array.from(weights))]).toEqual([0, 0, 0, 31, 32, 32, 33, 39, 39, 39, 39, noBin]);
  });

  it('agrees with the logarithm, away from edges', () => {
    fc.assert(
      fc.property(fc.double({ min: -4, max: 1, noNaN: true, maxExcluded: true }), (log10) => {
        const place = (log10 + 4) * 8;
        fc.pre(Math.abs(place - Math.round(place)) > 1e-5);
        expect(weightBins(Float32Array.of(10 ** log10))[0]).toBe(Math.floor(place));
      }),
    );
  });

  it('a brush takes its lower end and not its upper one; beyond the edges it takes everything', () => {
    const weights = Float32Array.of(0, 0.5, 1, 1.5, 10, 1e6, Infinity, NaN);
    const taken = (low: number, high: number): number[] => [...within(weights, brushInterval([low, high]))];
    expect(taken(-1, 0)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(taken(0, 0.5)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(taken(-4, 0)).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    expect(taken(0.5, 1)).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
    expect(taken(-9, 9)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
  });

  it('a brush from edge to edge takes just the rows of its bins, in either direction', () => {
    const edge = fc.integer({ min: 0, max: 40 });
    const nearEdge = fc
      .tuple(edge, fc.constantFrom(-1, 0, 1))
      .map(([i, ulps]) => Math.fround(10 ** histogramEdges[i]) * (1 + ulps * 2 ** -23));
    const weight = fc.oneof(nearEdge, fc.constantFrom(0, NaN, 1e9), fc.double({ min: 0, max: 20, noNaN: true }));
    fc.assert(
      fc.property(fc.array(weight), edge, edge, (values, a, b) => {
        fc.pre(a !== b);
        const weights = Float32Array.from(values);
        const bins = weightBins(weights);
        const mask = within(weights, brushInterval([histogramEdges[a], histogramEdges[b]]));
        expect([...mask]).toEqual(
          [...bins].map((bin) => (bin >= Math.min(a, b) && bin < Math.max(a, b) && bin !== noBin ? 1 : 0)),
        );
      }),
    );
  });
});

describe('query', () => {
  const rows: Row[] = [
    { label: 'spam', verdict: 'misaligned', weight: 0.05, text: 'refund' },
    { label: 'spam', verdict: 'ok', weight: 1, text: 'refund' },
    { label: 'ham', verdict: 'ok', weight: 1.1, text: 'refund' },
    { label: 'ham', verdict: 'ok', weight: 0.05, text: 'hello' },
    { label: 'ham', text: 'refund' },
  ];
  const counts = (result: ReturnType<typeof runQuery>): { verdicts: Record<string, number>; labels: number[] } => ({
    verdicts: Object.fromEntries(verdicts.map((verdict, id) => [verdict, result.verdictCounts[id]])),
    labels: [...result.labelCounts],
  });

  it('without anything: all rows', () => {
    const result = query(rows, '');
    expect([...result.order]).toEqual([0, 1, 2, 3, 4]);
    expect(counts(result)).toEqual({
      verdicts: { misaligned: 1, redundant: 0, unsure: 0, informative: 0, ok: 3 },
      labels: [3, 2],
    });
    expect(result.histogram.matching).toEqual(result.histogram.all);
    expect(result.histogram.all.reduce((sum, n) => sum + n, 0)).toBe(4);
  });

  it('each count is of the rows that match everything but the toggles of its own kind', () => {
    const result = query(rows, 'refund', { verdicts: ['misaligned'], labels: ['spam'], brush: [-2, -1] });
    expect([...result.order]).toEqual([0]);
    // refund, spam, brushed; any verdict.
    expect(counts(result).verdicts).toEqual({ misaligned: 1, redundant: 0, unsure: 0, informative: 0, ok: 0 });
    // refund, misaligned, brushed; any label.
    expect(counts(result).labels).toEqual([0, 1]);
    const wide = query(rows, 'refund', { verdicts: ['misaligned'], labels: ['ham'] });
    expect(wide.order).toHaveLength(0);
    expect(counts(wide)).toEqual({
      verdicts: { misaligned: 0, redundant: 0, unsure: 0, informative: 0, ok: 1 },
      labels: [0, 1],
    });
  });

  it('the histogram stays visible over the brush', () => {
    const result = query(rows, 'label:ham', { brush: [0, 1] });
    expect([...result.order]).toEqual([2]);
    const heights = (bins: readonly number[]): number[][] =>
      bins.flatMap((n, bin) => (n === 0 ? [] : [[result.histogram.edges[bin], n]]));
    expect(heights(result.histogram.all)).toEqual([
      [-1.375, 2],
      [0, 2],
    ]);
    expect(heights(result.histogram.matching)).toEqual([
      [-1.375, 1],
      [0, 1],
    ]);
  });

  it('no histogram where nothing is scored', () => {
    const result = query([{ label: 'ham' }, {}], '');
    expect(result.histogram).toEqual({ edges: [], all: [], matching: [] });
    expect(counts(result).labels).toEqual([1, 0]);
    expect(query([], '').order).toHaveLength(0);
  });

  it('no toggle on is no row; a name that nothing has is no row', () => {
    expect(query(rows, '', { verdicts: [] }).order).toHaveLength(0);
    expect(query(rows, '', { labels: ['other'] }).order).toHaveLength(0);
  });

  it('refuses an order of other rows', () => {
    expect(() => query(rows, '', { previousOrder: new Int32Array(2) })).toThrow(RangeError);
  });

  it('equals what is counted row by row', () => {
    const toggles = fc.option(fc.subarray([...verdicts]), { nil: undefined });
    const labelToggles = fc.option(fc.subarray(['ham', 'spam']), { nil: undefined });
    const brush = fc.option(fc.tuple(fc.double({ min: -4.5, max: 1.5, noNaN: true }), fc.constant(0.25)), {
      nil: undefined,
    });
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 40 }),
        fc.constantFrom('', 'refund', 'weight<1 -label:ham', 'p>0.5 or is:kept'),
        fc.record({ verdicts: toggles, labels: labelToggles, brush }),
        fc.constantFrom(...columnIds),
        fc.boolean(),
        (someRows, text, chosen, column, descending) => {
          const columns = columnsOf(someRows);
          const filter = filterOf(text);
          const hits = termHits(filter, someRows);
          const mask = matchingRows(columns, filter, hits);
          const bins = weightBins(columns.weight);
          const inBrush = chosen.brush && within(columns.weight, brushInterval(chosen.brush));
          const passes = (row: number, but: 'verdicts' | 'labels' | 'brush' | 'nothing'): boolean => {
            const { verdict, label } = someRows[row];
            return (
              mask[row] === 1 &&
              (but === 'verdicts' ||
                !chosen.verdicts ||
                (verdict !== undefined && chosen.verdicts.includes(verdict))) &&
              (but === 'labels' || !chosen.labels || (label !== undefined && chosen.labels.includes(label))) &&
              (but === 'brush' || !inBrush || inBrush[row] === 1)
            );
          };
          const countOf = (but: Parameters<typeof passes>[1], is: (row: number) => boolean): number =>
            someRows.filter((_, row) => passes(row, but) && is(row)).length;

          const sort = { column, descending };
          const result = runQuery(columns, { filter, termHits: hits, sort, ...chosen });
          const sorted = sortRows(columns, sort);
          expect([...result.order]).toEqual([...sorted].filter((row) => passes(row, 'nothing')));
          expect(result.verdictCounts).toEqual(
            verdicts.map((verdict) => countOf('verdicts', (row) => someRows[row].verdict === verdict)),
          );
          expect(result.labelCounts).toEqual(
            ['ham', 'spam'].map((label) => countOf('labels', (row) => someRows[row].label === label)),
          );
          expect(result.histogram.matching).toEqual(
            result.histogram.edges.slice(1).map((_, bin) => countOf('brush', (row) => bins[row] === bin)),
          );
          expect(runQuery(columns, { filter, termHits: hits, sort, ...chosen, previousOrder: sorted })).toEqual(result);
        },
      ),
      { numRuns: 500 },
    );
  });
});
