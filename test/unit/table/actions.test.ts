import { describe, expect, it } from 'vitest';
import { availableActions, quickFixesOf, rowActionIds, rowActions } from '../../../src/core/table/actions.ts';

it('has one action per id, in their order', () => {
  expect(rowActions.map(({ id }) => id)).toEqual(rowActionIds);
});

describe('what can be done with a row', () => {
  it('a misaligned row: all but to take back what was not decided', () => {
    expect(availableActions({ verdict: 'misaligned', label: 'spam', suggested: 'ham', marks: [] })).toEqual([
      'open',
      'relabel',
      'relabelTo',
      'remove',
      'keep',
      'copyText',
      'copyJson',
      'similar',
    ]);
  });

  it('no suggestion, or the label itself: no relabel', () => {
    expect(availableActions({ verdict: 'ok', label: 'spam', marks: [] })).not.toContain('relabel');
    expect(availableActions({ verdict: 'ok', label: 'spam', suggested: 'spam', marks: [] })).not.toContain('relabel');
  });

  it('a kept row is not kept again but can be taken back', () => {
    const actions = availableActions({ verdict: 'misaligned', label: 'spam', suggested: 'ham', marks: ['kept'] });
    expect(actions).toContain('clear');
    expect(actions).toContain('relabel');
    expect(actions).not.toContain('keep');
    expect(availableActions({ label: 'ham', marks: ['relabelled'] })).toContain('clear');
  });

  it('a removed row can only be looked at and taken back', () => {
    const marks = ['removed'] as const;
    expect(availableActions({ verdict: 'misaligned', label: 'spam', suggested: 'ham', marks })).toEqual([
      'open',
      'clear',
      'copyText',
      'copyJson',
      'similar',
    ]);
  });

  it('nothing is similar to a text that was never scored', () => {
    expect(availableActions({ label: 'ham', marks: ['stale'] })).not.toContain('similar');
  });
});

describe('quick fixes', () => {
  it('of a misaligned row: relabel, remove, keep', () => {
    expect(quickFixesOf({ verdict: 'misaligned', label: 'spam', suggested: 'ham', marks: [] })).toEqual([
      'relabel',
      'remove',
      'keep',
    ]);
  });

  it('of a redundant row: no relabel', () => {
    expect(quickFixesOf({ verdict: 'redundant', label: 'spam', suggested: 'ham', marks: [] })).toEqual([
      'remove',
      'keep',
    ]);
  });

  it('of a row without a diagnostic: none', () => {
    for (const verdict of ['ok', 'informative', 'unsure', undefined] as const) {
      expect(quickFixesOf({ verdict, label: 'spam', suggested: 'ham', marks: [] })).toEqual([]);
    }
  });
});
