import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copiesText, describeCopies, findCopies, normalisedText } from '../../../src/core/duplicates/leakage.ts';
import { overlap, wordSets } from '../../../src/core/duplicates/wordSets.ts';

const rule = { overlap: 0.7, cosine: 0.95 };

describe('normalisedText', () => {
  it.each([
    ['  Call\tme \n NOW ', 'call me now'],
    ['cafe\u0301', 'caf\u00e9'],
    ['call me now!', 'call me now!'],
  ])('%j', (text, normal) => {
    expect(normalisedText(text)).toBe(normal);
  });
});

describe('findCopies', () => {
  const originals = [
    'the film was good',
    'The  film was GOOD',
    'a b c d e f g h i j',
    'a b c d e f g h i x y',
    'nothing',
  ];

  it('names exact copies before near ones, and of equals the first original', () => {
    const texts = [
      'THE film was good',
      'good was the film',
      'b a c d e f g h i j',
      'a b c d e f g h x y',
      'new',
      'Nothing',
    ];
    expect(findCopies(texts, originals, rule)).toEqual([
      { row: 0, original: 0, kind: 'exact' },
      { row: 1, original: 0, kind: 'near' },
      { row: 2, original: 2, kind: 'near' },
      // 10 of 11 words in common with the fourth, 8 of 12 with the third.
      { row: 3, original: 3, kind: 'near' },
      { row: 5, original: 4, kind: 'exact' },
    ]);
  });

  it('takes the nearest embedding where the words differ, from the threshold on', () => {
    const near = { index: [3, 2, 1, -1], cosine: [0.95, 0.949, 1, -Infinity] };
    expect(findCopies(['p', 'q', 'nothing', 's'], originals, rule, near)).toEqual([
      { row: 0, original: 3, kind: 'near' },
      { row: 2, original: 4, kind: 'exact' },
    ]);
  });

  it('finds what comparing each with each finds', () => {
    const texts = fc.array(
      fc.array(fc.constantFrom(...'abcdeABC'), { minLength: 1, maxLength: 8 }).map((words) => words.join(' ')),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(texts, texts, fc.constantFrom(0.3, 0.5, 0.7, 1), (rows, from, threshold) => {
        const { sets, setOf } = wordSets([...from, ...rows]);
        const expected = rows.flatMap((text, row) => {
          const same = from.findIndex((other) => normalisedText(other) === normalisedText(text));
          if (same >= 0) return [{ row, original: same, kind: 'exact' }];
          const overlaps = from.map((_, i) => overlap(sets[setOf[i]], sets[setOf[from.length + row]]));
          const most = Math.max(0, ...overlaps);
          return most >= threshold - 1e-12 && most > 0 ? [{ row, original: overlaps.indexOf(most), kind: 'near' }] : [];
        });
        expect(findCopies(rows, from, { overlap: threshold, cosine: 1 })).toEqual(expected);
      }),
    );
  });
});

it('says in words which rows are copies of which', () => {
  const places = (original: number): { file: string; line: number } => ({ file: 'real.jsonl', line: original + 1 });
  const lines = [2, 3, 5, 6, 7, 8, 9];
  const copies = lines.map((_, row) => ({ row, original: 10 + row, kind: row < 2 ? 'exact' : 'near' }) as const);
  const some = describeCopies(copies, lines, places);
  expect(some).toMatchObject({ rows: 7, exact: 2, near: 5 });
  expect(some.examples).toHaveLength(5);
  expect(some.examples[2]).toEqual({ line: 5, kind: 'near', of: { file: 'real.jsonl', line: 13 } });
  expect(copiesText(some, 'training rows')).toBe(
    '7 of 7 rows are copies of training rows (2 exact, 5 near; line 2 of real.jsonl:11, line 3 of real.jsonl:12, line 5 of real.jsonl:13, line 6 of real.jsonl:14, line 7 of real.jsonl:15, …)',
  );
  expect(copiesText(describeCopies(copies.slice(0, 1), lines, places), 'training rows')).toBe(
    '1 of 7 rows is a copy of training rows (exact; line 2 of real.jsonl:11)',
  );
});
