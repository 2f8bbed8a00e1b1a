import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchingRows } from '../../../src/core/table/matchFilter.ts';
import { markBits } from '../../../src/core/table/table.ts';
import { type Row, columnsOf, filterOf, someRow, termHits } from './support.ts';

/** Indices of the rows that pass. */
function passing(text: string, rows: readonly Row[], labels?: readonly string[]): number[] {
  const filter = filterOf(text);
  const mask = matchingRows(columnsOf(rows, labels), filter, termHits(filter, rows));
  return [...mask.keys()].filter((row) => mask[row] === 1);
}

const weights = [0.29, 0.3, 0.31, NaN, 0, 2].map((weight): Row => ({ weight }));

describe('numbers', () => {
  it.each([
    ['weight<0.3', [0, 4]],
    ['weight<=0.3', [0, 1, 4]],
    ['weight>0.3', [2, 5]],
    ['weight>=0.3', [1, 2, 5]],
    ['weight=0.3', [1]],
    ['weight=2', [5]],
    ['weight:0.3..0.31', [1, 2]],
    ['weight:..0.3', [0, 1, 4]],
    ['weight:0.31..', [2, 5]],
    ['weight>=0', [0, 1, 2, 4, 5]],
    // Not the row without a weight, which passes no comparison; its negation it does pass.
    ['-weight>=0', [3]],
    ['is:unscored', [3]],
    ['is:scored', [0, 1, 2, 4, 5]],
  ])('%s', (text, expected) => {
    expect(passing(text, weights)).toEqual(expected);
  });

  it('= means what the panel shows, or the decimals that were written', () => {
    const rows = [0.0249, 0.0251, 0.03, 0.0349, 0.0351].map((weight): Row => ({ weight }));
    expect(passing('weight=0.03', rows)).toEqual([1, 2, 3]);
    expect(passing('weight=0.030', rows)).toEqual([2]);
    expect(passing('weight=0.0249', rows)).toEqual([0]);
    expect(passing('weight=3e-2', rows)).toEqual([1, 2, 3]);
    const shares = [0.964, 0.966, 0.974, 0.976].map((quality): Row => ({ quality }));
    expect(passing('p=97%', shares)).toEqual([1, 2]);
    expect(passing('p=0.97', shares)).toEqual([1, 2]);
  });

  it('each field reads its own column', () => {
    const rows: Row[] = [
      { weight: 1, quality: 0.2, diversity: 0.9, rank: 2 },
      { weight: 0.1, quality: 0.8, diversity: 0.4, rank: 1 },
    ];
    expect(passing('quality<0.5', rows)).toEqual([0]);
    const unsure: Row[] = [{ weight: 0.5, weightLow: 0.2 }, { weight: 0.5, weightLow: 0.4 }, { weight: 0.1 }];
    expect(passing('low<0.3', unsure)).toEqual([0]);
    // A bound that is not known passes no comparison.
    expect(passing('low:0..1', unsure)).toEqual([0, 1]);
    expect(passing('diversity<50%', rows)).toEqual([1]);
    expect(passing('rank=1', rows)).toEqual([1]);
    expect(passing('line>1', rows)).toEqual([1]);
    expect(passing('line=3', rows)).toEqual([1]);
  });

  it('a row without a rank passes no comparison of ranks', () => {
    const rows: Row[] = [{}, { rank: 1 }, { rank: 2 }];
    expect(passing('rank<2', rows)).toEqual([1]);
    expect(passing('rank:..2', rows)).toEqual([1, 2]);
    expect(passing('rank>-1', rows)).toEqual([1, 2]);
    expect(passing('rank=0', rows)).toEqual([]);
  });

  it('whole numbers beyond float32 are told apart', () => {
    const columns = columnsOf([{}, {}]);
    const line = Int32Array.from([16_777_216, 16_777_217]);
    expect([...matchingRows({ ...columns, line }, filterOf('line<16777217'), [])]).toEqual([1, 0]);
  });
});

describe('values', () => {
  const rows: Row[] = [
    { label: 'spam', suggested: 'ham', verdict: 'misaligned', text: 'Refund NOW' },
    { label: 'ham', verdict: 'ok', marks: markBits.kept, text: 'now' },
    { marks: markBits.removed | markBits.stale, text: 'no refund' },
  ];

  it.each([
    ['label:spam', [0]],
    ['label:SPAM,ham', [0, 1]],
    ['-label:spam', [1, 2]],
    ['label:other', []],
    ['suggested:ham', [0]],
    ['-suggested:ham', [1, 2]],
    ['verdict:ok,misaligned', [0, 1]],
    ['is:kept', [1]],
    ['is:kept,stale', [1, 2]],
    ['is:relabelled', []],
    ['refund', [0, 2]],
    ['refund now', [0]],
    ['"d now"', [0]],
    ['refund or now', [0, 1, 2]],
    ['-(refund or label:ham)', []],
    ['now -refund', [1]],
    ['', [0, 1, 2]],
  ])('%s', (text, expected) => {
    expect(passing(text, rows)).toEqual(expected);
  });

  it('a label in another case means none where it could mean several', () => {
    const labelled: Row[] = [{ label: 'Spam' }, { label: 'SPAM' }];
    expect(passing('label:spam', labelled, ['SPAM', 'Spam'])).toEqual([]);
    expect(passing('label:Spam', labelled, ['SPAM', 'Spam'])).toEqual([0]);
  });
});

it('refuses term hits that do not fit', () => {
  const columns = columnsOf([{}, {}]);
  expect(() => matchingRows(columns, filterOf('refund'), [])).toThrow(RangeError);
  expect(() => matchingRows(columns, filterOf('refund'), [new Uint8Array(1)])).toThrow('expected 1 × 2 term hits');
});

it('masks combine as sets do, and the term hits stay as they are', () => {
  const tests = ['weight<0.3', 'quality:0.2..0.7', 'label:ham', 'verdict:ok', 'is:kept,stale', 'refund', 'rank<9'];
  const test = fc.constantFrom(...tests);
  fc.assert(
    fc.property(fc.array(someRow, { maxLength: 20 }), test, test, test, (rows, a, b, c) => {
      const all = rows.map((_, row) => row);
      const [ofA, ofB, ofC] = [a, b, c].map((text) => new Set(passing(text, rows)));
      const where = (holds: (row: number) => boolean): number[] => all.filter(holds);
      expect(passing(`${a} ${b}`, rows)).toEqual(where((row) => ofA.has(row) && ofB.has(row)));
      expect(passing(`${a} or ${b}`, rows)).toEqual(where((row) => ofA.has(row) || ofB.has(row)));
      expect(passing(`-${a}`, rows)).toEqual(where((row) => !ofA.has(row)));
      expect(passing(`${a} -(${b} or -${c})`, rows)).toEqual(
        where((row) => ofA.has(row) && !ofB.has(row) && ofC.has(row)),
      );
      const filter = filterOf('-refund now');
      const hits = termHits(filter, rows);
      matchingRows(columnsOf(rows), filter, hits);
      expect(hits).toEqual(termHits(filter, rows));
    }),
  );
});
