/** TF-IDF features of texts, for the preview where no encoder is at hand; scikit-learn's `TfidfVectorizer` is the reference. */
import type { CsrMatrix } from './features.ts';

export interface TfidfSettings {
  /** Longest n-gram of words: 1 words, 2 words and pairs. Default 2. */
  maxNgram?: number;
  /** Terms in fewer texts than this are left out. Default 1. */
  minDocumentFrequency?: number;
  /** Keeps the terms that occur most often over all texts (ties in term order). Default 50 000. */
  maxFeatures?: number;
  /** 1 + ln tf instead of tf. Default true. */
  sublinearTf?: boolean;
}

export interface TfidfModel {
  /** Term → column; columns follow the sorted terms (UTF-16 order). */
  vocabulary: ReadonlyMap<string, number>;
  /** [columns] ln((1 + n) / (1 + document frequency)) + 1. */
  idf: Float64Array;
  maxNgram: number;
  sublinearTf: boolean;
}

/** Scripts written without spaces between words: there every character is a token, and pairs are the bigrams. */
const UNSPACED =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
const TOKEN = new RegExp(
  `(?:(?!${UNSPACED})[\\p{L}\\p{N}])(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])*|${UNSPACED}\\p{M}*`,
  'gu',
);

/**
 * Words of a text in lower case: runs of letters, digits and combining marks; everything else separates. Where words are
 * not separated by spaces, characters.
 */
export function tokenize(text: string): string[] {
  return text.normalize('NFC').toLowerCase().match(TOKEN) ?? [];
}

/** Learns vocabulary and document frequencies. No texts or no words give a model without columns. */
export function fitTfidf(texts: readonly string[], settings: TfidfSettings = {}): TfidfModel {
  const { maxNgram = 2, minDocumentFrequency = 1, maxFeatures = 50_000, sublinearTf = true } = settings;
  const documents = new Map<string, number>();
  const occurrences = new Map<string, number>();
  for (const text of texts) {
    for (const [term, count] of termCounts(text, maxNgram)) {
      documents.set(term, (documents.get(term) ?? 0) + 1);
      occurrences.set(term, (occurrences.get(term) ?? 0) + count);
    }
  }
  const frequency = (map: Map<string, number>, term: string): number => map.get(term) ?? 0;
  let terms = [...documents.keys()].filter((term) => frequency(documents, term) >= minDocumentFrequency).sort();
  if (terms.length > maxFeatures) {
    // A stable sort of sorted terms: ties keep term order.
    terms = terms
      .sort((a, b) => frequency(occurrences, b) - frequency(occurrences, a))
      .slice(0, maxFeatures)
      .sort();
  }
  return {
    vocabulary: new Map(terms.map((term, column) => [term, column])),
    idf: Float64Array.from(terms, (term) => Math.log((1 + texts.length) / (1 + frequency(documents, term))) + 1),
    maxNgram,
    sublinearTf,
  };
}

/** Rows of unit L2 norm (all zero for a text without known terms), [texts.length, model.idf.length]. */
export function transformTfidf(model: TfidfModel, texts: readonly string[]): CsrMatrix {
  const rowStart = new Int32Array(texts.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  texts.forEach((text, row) => {
    const entries: { column: number; value: number }[] = [];
    let squares = 0;
    for (const [term, count] of termCounts(text, model.maxNgram)) {
      const column = model.vocabulary.get(term);
      if (column === undefined) continue;
      const value = (model.sublinearTf ? 1 + Math.log(count) : count) * model.idf[column];
      entries.push({ column, value });
      squares += value * value;
    }
    entries.sort((a, b) => a.column - b.column);
    const norm = Math.sqrt(squares);
    for (const { column, value } of entries) {
      columns.push(column);
      values.push(value / norm);
    }
    rowStart[row + 1] = columns.length;
  });
  return {
    kind: 'csr',
    rowCount: texts.length,
    columnCount: model.idf.length,
    rowStart,
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
  };
}

function termCounts(text: string, maxNgram: number): Map<string, number> {
  const tokens = tokenize(text);
  const counts = new Map<string, number>();
  for (let length = 1; length <= maxNgram; length++) {
    for (let start = 0; start + length <= tokens.length; start++) {
      const term = tokens.slice(start, start + length).join(' ');
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  }
  return counts;
}
