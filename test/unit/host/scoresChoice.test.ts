import { describe, expect, it } from 'vitest';
import { defaultScores, scoresSentence, unfitOf } from '../../../src/host/train/scoresChoice.ts';
import type { RunFacts } from '../../../src/protocol/data.ts';
import { listed, trainRecord } from './runs.ts';
import { translate } from './translate.ts';

const shown = (changes: Partial<RunFacts> = {}): RunFacts =>
  ({ folder: '/runs/a', effort: 'standard', method: 'imp', staleRows: 0, real: '/real', ...changes }) as RunFacts;

describe('whose scores a training takes', () => {
  it.each([
    [shown(), 'both', '/runs/a'],
    [shown({ effort: 'paper' }), 'quality', '/runs/a'],
    [shown({ real: undefined }), 'both', '/runs/a'],
    [shown(), 'none', undefined],
    [undefined, 'both', undefined],
    // A first look is not what a model is trained on, unless the user says so.
    [shown({ effort: 'preview' }), 'both', undefined],
    [shown({ staleRows: 1 }), 'both', undefined],
    [shown({ real: '/other' }), 'both', undefined],
    [shown({ method: 'dimp' }), 'both', undefined],
    [shown({ method: 'dimp' }), 'quality', '/runs/a'],
  ] as const)('%j, a loss with checkers %s: %s', (run, checkers, folder) => {
    expect(defaultScores(run, '/real', checkers)).toBe(folder);
  });

  it('says why the run that is shown cannot be taken', () => {
    expect(unfitOf(undefined, '/real', 'both')).toBe('none');
    expect(unfitOf(shown({ staleRows: 3 }), '/real', 'both')).toBe('stale');
    expect(unfitOf(shown(), '/new', 'both')).toBe('other real rows');
    expect(unfitOf(shown({ method: 'dimp' }), '/real', 'both')).toBe('no diversity checker');
    expect(unfitOf(shown({ effort: 'preview' }), '/real', 'both')).toBeUndefined();
  });

  it('is told by date and effort, and by name once the run is gone', () => {
    const run = listed('20260131T142233Z-imp', trainRecord({ kind: 'score', settings: { effort: 'paper' } }));
    expect(scoresSentence(run.folder, [run], translate)).toMatch(/^Weights from the scores of .*2026.* \(paper\)\.$/);
    expect(scoresSentence(run.folder, [], translate)).toBe('Weights from the scores of 20260131T142233Z-imp.');
  });
});
