/** Texts as sets of words, and how much two of them overlap. */

// Scripts without spaces between words: each character counts as a word there.
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`;
const word = new RegExp(String.raw`[${unspaced}]|(?:(?![${unspaced}])[\p{L}\p{M}\p{N}])+`, 'gu');

/** Word sets of many texts. */
export interface WordSets {
  /**
   * [sets] the distinct sets in the order of their first text: numbers of words, ascending, the rarest word having the
   * smallest number.
   */
  readonly sets: readonly Int32Array[];
  /** [texts] which set each text has. */
  readonly setOf: Int32Array;
}

/**
 * The words of a text, each once: lower-cased runs of letters, marks and digits, in composed form (NFC). A text without
 * any, say of emoji alone, is one word as it stands.
 */
export function wordsOf(text: string): Set<string> {
  const found = text.normalize('NFC').toLowerCase();
  return new Set(found.match(word) ?? [found.trim()]);
}

/** The word sets of texts; texts of the same words share one. */
export function wordSets(texts: Iterable<string>): WordSets {
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const distinct = new Map<string, number>();
  const sets: Int32Array[] = [];
  const setOf: number[] = [];
  for (const text of texts) {
    const own = Int32Array.from(wordsOf(text), (found) => {
      const number = numbers.get(found) ?? numbers.size;
      numbers.set(found, number);
      return number;
    }).sort();
    const key = own.join();
    let set = distinct.get(key);
    if (set === undefined) {
      set = sets.length;
      distinct.set(key, set);
      sets.push(own);
      for (const number of own) counts[number] = (counts[number] ?? 0) + 1;
    }
    setOf.push(set);
  }
  const rarestFirst = Int32Array.from(counts.keys()).sort((a, b) => counts[a] - counts[b] || a - b);
  const placeOf = new Int32Array(rarestFirst.length);
  rarestFirst.forEach((number, place) => (placeOf[number] = place));
  return { sets: sets.map((set) => set.map((number) => placeOf[number]).sort()), setOf: Int32Array.from(setOf) };
}

/** Words that two ascending sets have in common. */
export function commonWords(a: Int32Array, b: Int32Array): number {
  let [i, j, common] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) [i, j, common] = [i + 1, j + 1, common + 1];
    else if (a[i] < b[j]) i++;
    else j++;
  }
  return common;
}

/** Jaccard overlap of two sets: words in common over words in either, 0 to 1. */
export function overlap(a: Int32Array, b: Int32Array): number {
  const common = commonWords(a, b);
  return common === 0 ? 0 : common / (a.length + b.length - common);
}
