import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlappingPairs } from '../../../src/core/duplicates/overlapJoin.ts';
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

  it('numbers the rarest word lowest', () => {
    const { sets, setOf } = wordSets(['b a', 'a', 'a c', 'c a']);
    expect([...setOf]).toEqual([0, 1, 2, 2]);
    // b and c occur in one distinct set each, a in three.
    expect(sets.map((set) => [...set])).toEqual([[0, 2], [2], [1, 2]]);
    expect(overlap(sets[0], sets[2])).toBeCloseTo(1 / 3, 12);
  });
});
