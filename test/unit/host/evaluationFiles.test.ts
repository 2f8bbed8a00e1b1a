import { describe, expect, it } from 'vitest';
import { guessEvaluationFiles } from '../../../src/host/train/evaluationFiles.ts';

describe('guessing evaluation files', () => {
  it('finds dev and test by name', () => {
    const names = ['dev.jsonl', 'real.jsonl', 'synthetic.jsonl', 'test.jsonl', 'README.md'];
    expect(guessEvaluationFiles(names, 'synthetic.jsonl', ['real.jsonl'])).toEqual({
      dev: 'dev.jsonl',
      test: 'test.jsonl',
    });
  });

  it.each([
    ['validation.ndjson', 'dev'],
    ['spam-val.jsonl', 'dev'],
    ['spamValid.jsonl', 'dev'],
    ['held-out.jsonl', 'test'],
    ['TEST.JSONL', 'test'],
    ['test200.jsonl', 'test'],
  ])('reads %s as %s', (name, role) => {
    expect(guessEvaluationFiles([name], 'synthetic.jsonl')).toEqual({ dev: undefined, test: undefined, [role]: name });
  });

  it.each(['latest.jsonl', 'contest.jsonl', 'develop.jsonl', 'evaluate.jsonl', 'dev.json', 'test.csv', 'real.jsonl'])(
    'leaves %s alone',
    (name) => {
      expect(guessEvaluationFiles([name], 'synthetic.jsonl')).toEqual({ dev: undefined, test: undefined });
    },
  );

  it('prefers the files of the same data set, and takes none of another', () => {
    const names = ['financial.dev.jsonl', 'sst2.dev.jsonl', 'dev.jsonl', 'financial.test.jsonl'];
    expect(guessEvaluationFiles(names, 'sst2.synthetic.jsonl')).toEqual({ dev: 'sst2.dev.jsonl', test: undefined });
  });

  it('takes a file without a topic where none has ours', () => {
    expect(guessEvaluationFiles(['dev.jsonl', 'news-dev.jsonl'], 'spam-synthetic.jsonl').dev).toBe('dev.jsonl');
  });

  it('never takes the dataset or the real file, whatever they are called', () => {
    expect(guessEvaluationFiles(['dev.jsonl', 'test.jsonl'], 'test.jsonl', ['dev.jsonl'])).toEqual({
      dev: undefined,
      test: undefined,
    });
  });

  it('prefers the plainest name', () => {
    expect(
      guessEvaluationFiles(['test-old.jsonl', 'test.jsonl', 'dev-b.jsonl', 'dev-a.jsonl'], 'synthetic.jsonl'),
    ).toEqual({
      dev: 'dev-a.jsonl',
      test: 'test.jsonl',
    });
  });
});
