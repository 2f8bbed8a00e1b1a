import { describe, expect, it } from 'vitest';
import { costWords } from '../../../src/host/compare/costWords.ts';
import { translate } from './translate.ts';

const cost = { trainings: 24, seconds: 3000, memoryBytes: 1.24e9, forwardRows: 1, backwardRows: 1 };

describe('the cost of a comparison in words', () => {
  it.each([
    [cost, 1, '24 trainings, about 50 min, 1.2 GB of memory'],
    [cost, 2, '24 trainings, about 2 h, 1.2 GB of memory'],
    [{ ...cost, trainings: 1, seconds: 12, memoryBytes: 0.61e9 }, 1, '1 training, about 15 s, 700 MB of memory'],
  ])('%j, %d times as long as told: %s', (of, pace, words) => {
    expect(costWords(of, pace, translate)).toBe(words);
  });
});
