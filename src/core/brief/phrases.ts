/** Words and phrases that one group of texts uses far more than another. */
import { tokenize } from '../probe/tfidf.ts';
import { logOddsRatio } from './logOdds.ts';
import { shareRatio, standingOf } from './shares.ts';

export interface PhraseSettings {
  /** Longest phrase in words. Default 4. */
  readonly longest?: number;
  /** Which of the counted phrases are listed. Default: {@link isOverused}. */
  readonly listed?: (phrase: Phrase, texts: { readonly first: number; readonly second: number }) => boolean;
  /** Texts of the group that must have it. Default: 5, or 1 % of the group's texts where that is more. */
  readonly leastRows?: number;
  /** Phrases in each list at most. Default 15. */
  readonly most?: number;
}

/** A phrase and the texts that have it. */
export interface Phrase {
  /** In lower case, words parted by single spaces. */
  readonly phrase: string;
  readonly words: number;
  /** Texts of each group with the phrase; a text counts once. */
  readonly firstRows: number;
  readonly secondRows: number;
  readonly logOdds: number;
  readonly z: number;
}

/** Texts with a phrase are few: counting a longer one cannot help. */
const leastPooledRows = 3;

/**
 * Phrases that texts of the first group have far more often than those of the second, the surest first; single words and
 * longer phrases apart. What is nearly always part of a longer listed phrase is left out for it.
 */
export function overusedPhrases(
  first: readonly string[],
  second: readonly string[],
  settings: PhraseSettings = {},
): { words: Phrase[]; phrases: Phrase[] } {
  const { longest = 4, listed = isOverused, most = 15 } = settings;
  const texts = { first: first.length, second: second.length };
  const least = settings.leastRows ?? Math.max(5, Math.ceil(first.length / 100));
  const tokens = { first: first.map(wordsOf), second: second.map(wordsOf) };
  const found: Phrase[][] = [];
  let shorter: ReadonlyMap<string, RowCounts> | undefined;
  for (let length = 1; length <= longest; length++) {
    const { counts, totals } = countPhrases(tokens, length, shorter);
    shorter = counts;
    found.push(
      [...counts].flatMap(([phrase, { first: firstRows, second: secondRows }]) => {
        if (firstRows < least) return [];
        const of = { first: firstRows, second: secondRows, pooled: firstRows + secondRows };
        const { logOdds, z } = logOddsRatio(of, totals, priorShare * Math.min(totals.first, totals.second));
        const candidate = { phrase, words: length, firstRows, secondRows, logOdds, z };
        return listed(candidate, texts) ? [candidate] : [];
      }),
    );
  }
  const [words, ...longer] = found;
  const phrases = withoutParts(longer.flat().sort(bySurety).slice(0, mostCompared)).slice(0, most);
  // A word that stands in a listed phrase nearly always says nothing more.
  return {
    words: words
      .filter((word) => !isPartOf(word, phrases))
      .sort(bySurety)
      .slice(0, most),
    phrases,
  };
}

/**
 * Weight of the prior, as a share of all phrases of the smaller group: about where a phrase that is in none of its texts
 * stands out most, z ∝ ln(1 + 1/share) · √share.
 */
const priorShare = 0.25;

/** The 99.5 % quantile of the normal distribution. */
const leastZ = 2.5758293035489;

/**
 * Beyond chance by both counts: of all phrases (99 %; the paper's 95 % would let through too many of thousands of phrases),
 * and of texts (a share half as large again, its 99 % interval above 1). The first alone says little of texts, the second nothing of how long they are.
 */
export function isOverused({ firstRows, secondRows, z }: Phrase, texts: { first: number; second: number }): boolean {
  if (!(z >= leastZ)) return false;
  return (
    standingOf(shareRatio({ rows: firstRows, of: texts.first }, { rows: secondRows, of: texts.second })) === 'lacking'
  );
}

/** A letter that looks like an apostrophe: with it "don't" stays one word. */
const letterApostrophe = 'ʼ';

function wordsOf(text: string): string[] {
  return tokenize(text.replace(/(?<=\p{L})['’](?=\p{L})/gu, letterApostrophe)).map((word) =>
    word.replaceAll(letterApostrophe, "'"),
  );
}

function bySurety(a: Phrase, b: Phrase): number {
  return b.z - a.z || b.words - a.words || (a.phrase < b.phrase ? -1 : 1);
}

/** Each of so many is compared with each. */
const mostCompared = 2000;

/** Share of a phrase's texts from which it counts as a part of a longer one. */
const partFrom = 0.8;

function withoutParts(phrases: readonly Phrase[]): Phrase[] {
  return phrases.filter((phrase) => !isPartOf(phrase, phrases));
}

function isPartOf(part: Phrase, phrases: readonly Phrase[]): boolean {
  return phrases.some(
    (whole) =>
      whole.words > part.words &&
      whole.firstRows >= partFrom * part.firstRows &&
      ` ${whole.phrase} `.includes(` ${part.phrase} `),
  );
}

interface RowCounts {
  first: number;
  second: number;
}

/**
 * Counts the phrases of one length, each once a text. A phrase can be in no more texts than its parts: where those of its
 * beginning and of its end are few, it isn't counted (Agrawal and Srikant's a-priori pruning), though the totals have it.
 */
function countPhrases(
  tokens: { readonly first: readonly (readonly string[])[]; readonly second: readonly (readonly string[])[] },
  length: number,
  shorter: ReadonlyMap<string, RowCounts> | undefined,
): { counts: Map<string, RowCounts>; totals: RowCounts & { pooled: number } } {
  const counts = new Map<string, RowCounts>();
  const totals = { first: 0, second: 0, pooled: 0 };
  const isFrequent = (phrase: string): boolean => {
    const rows = shorter?.get(phrase);
    return shorter === undefined || (rows !== undefined && rows.first + rows.second >= leastPooledRows);
  };
  for (const group of ['first', 'second'] as const) {
    for (const text of tokens[group]) {
      const own = new Set<string>();
      for (let start = 0; start + length <= text.length; start++) own.add(text.slice(start, start + length).join(' '));
      totals[group] += own.size;
      for (const phrase of own) {
        const parts = [phrase.slice(0, phrase.lastIndexOf(' ')), phrase.slice(phrase.indexOf(' ') + 1)];
        if (length > 1 && !parts.every(isFrequent)) continue;
        let rows = counts.get(phrase);
        if (rows === undefined) counts.set(phrase, (rows = { first: 0, second: 0 }));
        rows[group]++;
      }
    }
  }
  totals.pooled = totals.first + totals.second;
  return { counts, totals };
}
