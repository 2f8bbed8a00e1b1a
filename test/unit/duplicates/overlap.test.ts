import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestOverlaps, overlappingPairs } from '../../../src/core/duplicates/overlapJoin.ts';
import { Groups } from '../../../src/core/duplicates/groups.ts';
import { overlap, wordSets, wordsOf } from '../../../src/core/duplicates/wordSets.ts';

describe('wordsOf', () => {
  it.each([
    ['Great film, GREAT cast!', ['great', 'film', 'cast']],
    ['cafe\u0301 \u00e9t\u00e9', ['caf\u00e9', '\u00e9t\u00e9']],
    ["don't pay $1,000", ['don', 't', 'pay', '1', '000']],
    ['東京2025年', ['東', '京', '2025', '年']],
    ['  👍👍 ', ['👍👍']],
    ['', ['']],
  ])('%j', (text, words) => {
    expect([...wordsOf(text)]).toEqual(words);
  });
});

describe('overlappingPairs', () => {
  const texts = fc.array(
    fc.array(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 9 }).map((words) => words.join(' ')),
    { maxLength: 40 },
  );
  const thresholds = fc.constantFrom(0.05, 0.3, 0.5, 0.7, 0.75, 0.9, 1);

  it('finds each pair that comparing each with each finds, once', () => {
    fc.assert(
      fc.property(texts, thresholds, (all, threshold) => {
        const { sets } = wordSets(all);
        const expected: string[] = [];
        for (let i = 0; i < sets.length; i++) {
          for (let j = i + 1; j < sets.length; j++) {
            const [a, b] = [new Set(sets[i]), new Set(sets[j])];
            const common = [...a].filter((x) => b.has(x)).length;
            if (common / (a.size + b.size - common) >= threshold) expected.push(`${String(i)} ${String(j)}`);
          }
        }
        expect([...overlappingPairs(sets, threshold)].map((pair) => pair.join(' ')).sort()).toEqual(expected.sort());
      }),
    );
  });

  it('leaves out pairs that are settled, and still finds every count up to the limit and every group', () => {
    fc.assert(
      fc.property(texts, thresholds, fc.integer({ min: 1, max: 4 }), (all, threshold, most) => {
        const { sets } = wordSets(all);
        const run = (limit: number): { counts: number[]; groups: number[]; pairs: number } => {
          const counts = sets.map(() => 0);
          const groups = new Groups(sets.length);
          let pairs = 0;
          const settled = {
            isFull: (set: number) => counts[set] >= limit,
            groupOf: (set: number) => groups.rootOf(set),
          };
          for (const [a, b] of overlappingPairs(sets, threshold, settled)) {
            [counts[a], counts[b], pairs] = [counts[a] + 1, counts[b] + 1, pairs + 1];
            groups.link(a, b);
          }
          return { counts, groups: sets.map((_, set) => groups.rootOf(set)), pairs };
        };
        const [whole, limited] = [run(Infinity), run(most)];
        expect(limited.groups).toEqual(whole.groups);
        expect(limited.counts.map((count) => Math.min(count, most))).toEqual(
          whole.counts.map((count) => Math.min(count, most)),
        );
        expect(limited.pairs).toBeLessThanOrEqual(whole.pairs);
      }),
    );
  });

  it('looks at no more pairs than the limit allows where all sets overlap', () => {
    const { sets } = wordSets(Array.from({ length: 2000 }, (_, i) => `a b c d e f g h i n${String(i)}`));
    const counts = new Int32Array(sets.length);
    const groups = new Groups(sets.length);
    let pairs = 0;
    const settled = { isFull: (set: number) => counts[set] >= 20, groupOf: (set: number) => groups.rootOf(set) };
    for (const [a, b] of overlappingPairs(sets, 0.7, settled)) {
      [counts[a], counts[b], pairs] = [counts[a] + 1, counts[b] + 1, pairs + 1];
      groups.link(a, b);
    }
    // Of two million pairs.
    expect(pairs).toBeLessThanOrEqual(2000 * 20);
    expect(counts.every((count) => count >= 20)).toBe(true);
    expect(sets.every((_, set) => groups.rootOf(set) === 0)).toBe(true);
  });

  it('numbers the rarest word lowest', () => {
    const { sets, setOf } = wordSets(['b a', 'a', 'a c', 'c a']);
    expect([...setOf]).toEqual([0, 1, 2, 2]);
    // b and c occur in one distinct set each, a in three.
    expect(sets.map((set) => [...set])).toEqual([[0, 2], [2], [1, 2]]);
    expect(overlap(sets[0], sets[2])).toBeCloseTo(1 / 3, 12);
  });
});

describe('bestOverlaps', () => {
  const sets = fc.array(
    fc.uniqueArray(fc.nat(9), { minLength: 1 }).map((words) => Int32Array.from(words).sort()),
    { maxLength: 30 },
  );

  it('finds the first of those that overlap most, as comparing each with each does', () => {
    fc.assert(
      fc.property(sets, sets, fc.constantFrom(0.1, 0.5, 0.7, 1), (queries, references, threshold) => {
        const best = bestOverlaps(queries, references, threshold);
        queries.forEach((query, i) => {
          const overlaps = references.map((reference) => overlap(query, reference));
          const most = Math.max(0, ...overlaps);
          const found = most > 0 && most >= threshold;
          expect(best.index[i]).toBe(found ? overlaps.indexOf(most) : -1);
          expect(best.overlap[i]).toBe(found ? most : 0);
        });
      }),
    );
  });

  it('refuses thresholds at which everything overlaps', () => {
    expect(() => bestOverlaps([], [], 0)).toThrow(RangeError);
  });
});
