import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { logOddsRatio } from '../../../src/core/brief/logOdds.ts';
import { overusedPhrases } from '../../../src/core/brief/phrases.ts';
import { shareRatio, standingOf } from '../../../src/core/brief/shares.ts';

describe('logOddsRatio', () => {
  // Computed with Python from the paper's formulas (15), (16) and (22).
  it.each([
    [
      { first: 412, second: 1, pooled: 413 },
      { first: 60000, second: 2000, pooled: 62000 },
      500,
      1.3821606577545964,
      2.8614249506247496,
    ],
    [
      { first: 3, second: 9, pooled: 12 },
      { first: 100, second: 100, pooled: 200 },
      10,
      -1.0388726226616414,
      -1.6809786703567349,
    ],
  ])('%j of %j with prior %s', (counted, totals, prior, logOdds, z) => {
    const found = logOddsRatio(counted, totals, prior);
    expect(found.logOdds).toBeCloseTo(logOdds, 10);
    expect(found.z).toBeCloseTo(z, 10);
  });

  it('is 0 where both groups are alike, and turns its sign when they are exchanged', () => {
    const totals = { first: 1000, second: 100, pooled: 1100 };
    expect(logOddsRatio({ first: 50, second: 5, pooled: 55 }, totals, 500).z).toBeCloseTo(0, 10);
    const one = logOddsRatio({ first: 50, second: 1, pooled: 51 }, totals, 500);
    const other = logOddsRatio({ first: 1, second: 50, pooled: 51 }, { first: 100, second: 1000, pooled: 1100 }, 500);
    expect(other.z).toBeCloseTo(-one.z, 10);
  });
});

describe('shareRatio', () => {
  // Computed with Python; the quantile by SciPy.
  it.each([
    [
      { rows: 23, of: 137 },
      { rows: 10, of: 233 },
      [3.8006926406926405, 1.5219601792671797, 9.491223716490767],
      'lacking',
    ],
    [
      { rows: 1, of: 137 },
      { rows: 72, of: 233 },
      [0.03513479623824452, 0.004273825876788371, 0.2888404774297004],
      'flooded',
    ],
    [{ rows: 0, of: 50 }, { rows: 0, of: 500 }, [9.910891089108912, 0.05819435587886943, 1687.891560903839], 'level'],
  ] as const)('%j of %j', (real, synthetic, [ratio, low, high], standing) => {
    const found = shareRatio(real, synthetic);
    expect(found.ratio).toBeCloseTo(ratio, 8);
    expect(found.low).toBeCloseTo(low, 8);
    expect(found.high / high).toBeCloseTo(1, 8);
    expect(standingOf(found)).toBe(standing);
  });

  it('does not speak of a difference that is small, however sure', () => {
    expect(standingOf(shareRatio({ rows: 12000, of: 100_000 }, { rows: 10_000, of: 100_000 }))).toBe('level');
  });
});

/** Texts of random words. */
function texts(count: number, seed: number, words = 40): string[] {
  const random = new Random(seed, 'texts');
  return Array.from({ length: count }, () =>
    Array.from({ length: 8 }, () => `w${String(random.integer(words))}`).join(' '),
  );
}

describe('overusedPhrases', () => {
  it('finds a planted phrase as a whole, with its counts, and nothing else', () => {
    const synthetic = texts(300, 1).map((text, i) => (i % 5 === 0 ? `In today's fast-paced world, ${text}` : text));
    const { phrases, words } = overusedPhrases(synthetic, texts(200, 2));
    expect(phrases[0]).toMatchObject({ words: 4, firstRows: 60, secondRows: 0 });
    // Five words are two phrases of four; their parts and single words are in no list.
    expect(phrases.map(({ phrase }) => phrase).sort()).toEqual(["in today's fast paced", "today's fast paced world"]);
    expect(words).toEqual([]);
    expect(overusedPhrases(texts(300, 3), texts(300, 4))).toEqual({ phrases: [], words: [] });
  });

  it('counts a text once, and lists a word that is more than a part of a phrase', () => {
    const synthetic = texts(100, 1).map((text, i) =>
      i < 40 ? `delve delve ${i < 10 ? 'deep into' : ''} ${text}` : text,
    );
    const { words, phrases } = overusedPhrases(synthetic, texts(100, 2), { leastRows: 20 });
    expect(words).toEqual([]);
    expect(phrases.map(({ phrase, firstRows }) => [phrase, firstRows])).toEqual([['delve delve', 40]]);
    const alone = texts(100, 1).map((text, i) => (i < 40 ? `${text} delve` : text));
    expect(overusedPhrases(alone, texts(100, 2)).words.map(({ phrase, firstRows }) => [phrase, firstRows])).toEqual([
      ['delve', 40],
    ]);
  });

  it('prunes no phrase that matters: counts are those of counting all', () => {
    const random = new Random(7, 'rare');
    const withRare = (all: readonly string[]): string[] =>
      all.map((text) =>
        text.replace(/w\d+/g, (word) => (random.uniform() < 0.1 ? `r${String(random.integer(300))}` : word)),
      );
    const [first, second] = [withRare(texts(400, 5, 20)), withRare(texts(300, 6, 20))];
    const found = overusedPhrases(first, second, { listed: () => true, leastRows: 1, most: Infinity, longest: 2 });
    const all = new Map<string, [number, number]>();
    [first, second].forEach((group, g) => {
      for (const text of group) {
        const words = text.split(' ');
        for (const phrase of new Set(words.slice(1).map((word, i) => `${words[i]} ${word}`))) {
          const counts = all.get(phrase) ?? [0, 0];
          counts[g]++;
          all.set(phrase, counts);
        }
      }
    });
    const listed = new Map(found.phrases.map(({ phrase, firstRows, secondRows }) => [phrase, [firstRows, secondRows]]));
    for (const [phrase, counts] of listed) expect([phrase, counts]).toEqual([phrase, all.get(phrase)]);
    const frequent = [...all].filter(([, [a, b]]) => a > 0 && a + b >= 3);
    expect(frequent.length).toBeGreaterThan(300);
    for (const [phrase] of frequent) expect(listed.has(phrase), phrase).toBe(true);
    // Some were pruned, or this would show nothing.
    expect(listed.size).toBeLessThan([...all].filter(([, [a]]) => a > 0).length);
  });
});
