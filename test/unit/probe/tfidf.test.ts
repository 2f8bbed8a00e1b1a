import { describe, expect, it } from 'vitest';
import { fitTfidf, tokenize, transformTfidf } from '../../../src/core/probe/tfidf.ts';
import { readFixture } from '../../fixtures/core/read.ts';

interface Fixture {
  texts: string[];
  cases: {
    sublinearTf: boolean;
    maxNgram: number;
    minDocumentFrequency: number;
    terms: string[];
    idf: number[];
    entries: [number, number, number][];
  }[];
}
const { texts, cases } = readFixture<Fixture>('tfidf.json');

describe('TF-IDF against scikit-learn', () => {
  for (const { terms, idf, entries, ...settings } of cases) {
    it(JSON.stringify(settings), () => {
      const model = fitTfidf(texts, settings);
      expect([...model.vocabulary.keys()]).toEqual(terms);
      model.idf.forEach((value, column) => expect(value).toBeCloseTo(idf[column], 13));
      const { rowStart, columns, values, rowCount, columnCount } = transformTfidf(model, texts);
      expect([rowCount, columnCount]).toEqual([texts.length, terms.length]);
      expect(columns).toHaveLength(entries.length);
      let p = 0;
      for (let row = 0; row < rowCount; row++) {
        for (; p < rowStart[row + 1]; p++) {
          expect([row, columns[p]]).toEqual(entries[p].slice(0, 2));
          expect(values[p]).toBeCloseTo(entries[p][2], 13);
        }
      }
    });
  }
});

describe('TF-IDF', () => {
  it('keeps the most frequent terms, ties in term order', () => {
    const model = fitTfidf(['b b b a', 'c a d'], { maxNgram: 1, maxFeatures: 3 });
    expect([...model.vocabulary]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });
  it('rows have norm 1; unknown words are ignored, a row of nothing else is empty', () => {
    const model = fitTfidf(['one two', 'two three']);
    const { values, rowStart } = transformTfidf(model, ['two one zzz', 'zzz']);
    expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 14);
    expect(Array.from(rowStart)).toEqual([0, 2, 2]);
  });
  it('no texts give no columns', () => {
    expect(transformTfidf(fitTfidf([]), ['a b'])).toMatchObject({ rowCount: 1, columnCount: 0 });
  });
  it('tokenizes letters, digits and marks of any script; characters where words are not spaced', () => {
    expect(tokenize('Don’t PANIC_now, 42!')).toEqual(['don', 't', 'panic', 'now', '42']);
    expect(tokenize('Cafe\u0301 café')).toEqual(['café', 'café']);
    expect(tokenize('हिन्दी भाषा')).toEqual(['हिन्दी', 'भाषा']);
    expect(tokenize('我爱GPT模型')).toEqual(['我', '爱', 'gpt', '模', '型']);
    expect(tokenize('🙂 —')).toEqual([]);
  });
});
