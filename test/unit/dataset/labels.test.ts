import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import {
  editDistance,
  labelMapOfRealSet,
  labelSuggester,
  sortLabels,
  unknownLabelMessage,
} from '../../../src/core/dataset/labels.ts';

describe('order', () => {
  test.each([
    [
      ['b', 'a', 'B', 'a'],
      ['B', 'a', 'b'],
    ],
    [
      ['10', '9', '-1', '0'],
      ['-1', '0', '9', '10'],
    ],
    [
      ['10', '9', 'x'],
      ['10', '9', 'x'],
    ],
    [
      ['90071992547409931', '90071992547409930'],
      ['90071992547409930', '90071992547409931'],
    ],
    [
      ['1', '01', '001'],
      ['001', '01', '1'],
    ],
    [
      ['true', 'false'],
      ['false', 'true'],
    ],
    // By code unit, as JavaScript compares strings, not by code point: U+1F600 is stored as D83D DE00.
    [
      ['\uffee', '😀'],
      ['😀', '\uffee'],
    ],
    [[], []],
    [
      ['9'.repeat(101), '1'.repeat(102)],
      ['1'.repeat(102), '9'.repeat(101)],
    ],
  ])('%#: %j', (labels, sorted) => {
    expect(sortLabels(labels)).toEqual(sorted);
  });

  test('property: does not depend on the order of the file', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.oneof(fc.string(), fc.integer().map(String)))
          .chain((labels) => fc.tuple(fc.constant(labels), fc.shuffledSubarray(labels, { minLength: labels.length }))),
        ([labels, shuffled]) => {
          expect(sortLabels(shuffled)).toEqual(sortLabels(labels));
        },
      ),
    );
  });
});

describe('the label map of the real set', () => {
  test('is its sorted labels', () => {
    expect(labelMapOfRealSet(['positive', 'negative', 'positive'], 'real.jsonl')).toEqual(['negative', 'positive']);
    expect(labelMapOfRealSet(['not_spam', 'not-spam'], 'real.jsonl')).toEqual(['not-spam', 'not_spam']);
  });

  test('needs two labels', () => {
    expect(() => labelMapOfRealSet(['a', 'a'], 'real.jsonl')).toThrow(
      new UserError("real.jsonl has only the label 'a'; a classifier needs rows of at least two labels."),
    );
    expect(() => labelMapOfRealSet([], 'real.jsonl')).toThrow(
      new UserError('real.jsonl has no labels; a classifier needs rows of at least two labels.'),
    );
  });

  test.each([
    ['Positive', 'positive'],
    [' positive', 'positive'],
    ['not spam', 'notspam'],
    ['cafe\u0301', 'caf\u00e9'],
  ])('refuses %j beside %j', (a, b) => {
    expect(() => labelMapOfRealSet([b, 'other', a], 'real.jsonl')).toThrow(
      new UserError(
        `real.jsonl: the labels '${a}' and '${b}' differ only by case or space. ` +
          `If they mean the same, write one of them throughout or map one to the other with --label-map.`,
      ),
    );
  });
});

describe('suggestions', () => {
  const known = ['positive', 'negative', 'not spam', 'Sci/Tech', 'joy', '-1', '0', '1', '10'];

  test.each([
    ['Positive', 'positive'],
    [' positive ', 'positive'],
    ['POSITIVE', 'positive'],
    ['not_spam', 'not spam'],
    ['Not-Spam', 'not spam'],
    ['notspam', 'not spam'],
    ['postive', 'positive'],
    ['positvie', 'positive'],
    ['negatives', 'negative'],
    ['sci/tec', 'Sci/Tech'],
    ['neutral', undefined],
    ['pos', undefined],
    ['boy', undefined],
    ['2', undefined],
    ['11', undefined],
    [' 1', '1'],
    ['', undefined],
  ])('for %j: %j', (label, suggestion) => {
    expect(labelSuggester(known)(label)).toBe(suggestion);
  });

  test('none where two known labels are equally near', () => {
    expect(labelSuggester(['class a', 'class b'])('class c')).toBeUndefined();
    expect(labelSuggester(['a_b', 'a-b'])('ab')).toBeUndefined();
  });

  test('of very many unknown labels, only the first are compared by edit distance', () => {
    const suggest = labelSuggester(Array.from({ length: 100 }, (_, i) => `category number ${i}`));
    expect(suggest('x'.repeat(1_000_000))).toBeUndefined();
    expect(suggest('category mumber 7')).toBe('category number 7');
    for (let i = 0; i < 1000; i++) expect(suggest(`something else ${i}`)).toBeUndefined();
    expect(suggest('category mumber 8')).toBeUndefined();
    expect(suggest('category mumber 7')).toBe('category number 7');
    expect(suggest('CATEGORY_NUMBER_8')).toBe('category number 8');
  });
});

test.each([
  ['Ham', 'ham', ' Ham=ham'],
  ['not spam', 'not_spam', ' "not spam=not_spam"'],
  ['-ham', 'ham', ' "-ham=ham"'],
  // What a shell would read otherwise is not put before it, nor what has no place before the first "=".
  ['$ham', 'ham', ''],
  ['"ham"', 'ham', ''],
  ['ham=', 'ham', ''],
  ['h'.repeat(70), 'h'.repeat(71), ''],
])('the remedy for %j in place of %j is --label-map%s', (label, meant, value) => {
  expect(unknownLabelMessage(label, [meant, 'spam'], meant)).toMatch(new RegExp(`Fix it or pass --label-map${value}$`));
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['abcd', 'acbd', 1],
  ['ca', 'abc', 3],
])('edit distance of %j and %j is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
