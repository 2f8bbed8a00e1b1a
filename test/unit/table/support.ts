import fc from 'fast-check';
import { type Filter, parseFilter } from '../../../src/core/table/filter.ts';
import type { TableColumns } from '../../../src/core/table/table.ts';
import { verdicts } from '../../../src/core/weighting/verdicts.ts';

/** A row as a test writes it; what is absent is "none". */
export interface Row {
  readonly label?: string;
  readonly suggested?: string;
  readonly weight?: number;
  readonly weightLow?: number;
  readonly quality?: number;
  readonly diversity?: number;
  readonly verdict?: (typeof verdicts)[number];
  readonly marks?: number;
  readonly rank?: number;
  readonly text?: string;
}

export function columnsOf(rows: readonly Row[], labels: readonly string[] = ['ham', 'spam']): TableColumns {
  return {
    size: rows.length,
    labels,
    verdicts,
    line: Int32Array.from(rows, (_, row) => 2 * row + 1),
    labelId: Int32Array.from(rows, ({ label }) => (label === undefined ? -1 : labels.indexOf(label))),
    suggestedId: Int32Array.from(rows, ({ suggested }) => (suggested === undefined ? -1 : labels.indexOf(suggested))),
    weight: Float32Array.from(rows, ({ weight = NaN }) => weight),
    weightLow: Float32Array.from(rows, ({ weightLow = NaN }) => weightLow),
    quality: Float32Array.from(rows, ({ quality = NaN }) => quality),
    diversity: Float32Array.from(rows, ({ diversity = NaN }) => diversity),
    verdictId: Int8Array.from(rows, ({ verdict }) => (verdict === undefined ? -1 : verdicts.indexOf(verdict))),
    marks: Uint8Array.from(rows, ({ marks = 0 }) => marks),
    rank: Int32Array.from(rows, ({ rank = 0 }) => rank),
  };
}

/** The filter of a text that has no fault. */
export function filterOf(text: string, labels?: readonly string[]): Filter {
  const result = parseFilter(text, { labels });
  if ('fault' in result) throw new Error(`${text}: ${result.fault.message}`);
  return result.filter;
}

export function termHits(filter: Filter, rows: readonly Row[]): Uint8Array[] {
  return filter.terms.map((term) =>
    Uint8Array.from(rows, ({ text = '' }) => (text.toLowerCase().includes(term) ? 1 : 0)),
  );
}

const weight = fc.oneof(
  fc.constantFrom(0, 0.01, 0.3, 1, 2, 1e-5, 100),
  fc.double({ min: -6, max: 3, noNaN: true }).map((log10) => 10 ** log10),
);
const share = fc.double({ min: 0, max: 1, noNaN: true });

export const someRow: fc.Arbitrary<Row> = fc.record(
  {
    label: fc.constantFrom('ham', 'spam'),
    suggested: fc.constantFrom('ham', 'spam'),
    weight,
    weightLow: weight,
    quality: share,
    diversity: share,
    verdict: fc.constantFrom(...verdicts),
    marks: fc.integer({ min: 0, max: 15 }),
    rank: fc.integer({ min: 1, max: 50 }),
    text: fc.constantFrom('Refund', 'refund now', 'now', ''),
  },
  { requiredKeys: [] },
);
