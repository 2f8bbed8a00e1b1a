import { describe, expect, it } from 'vitest';
import { isResumable, summarise } from '../../../src/host/runs/runSummary.ts';
import { setScores, trainRecord } from './runs.ts';

describe('a run in one line', () => {
  it('tells what a scoring found', () => {
    const record = trainRecord({
      kind: 'score',
      settings: { method: 'imp', effort: 'preview' },
      metrics: { ess: 250, verdicts: { misaligned: 71 } },
    });
    expect(summarise(record, false)).toEqual({
      kind: 'score',
      method: 'imp',
      effort: 'preview',
      data: undefined,
      state: 'done',
      misaligned: 71,
      essShare: 0.25,
      result: undefined,
      compared: undefined,
    });
  });

  it('tells how much a comparison compares, and what it advises once it is finished', () => {
    const settings = { methods: ['ce', 'imp-2'], seeds: [1, 2, 3], effort: 'standard' };
    const record = trainRecord({ kind: 'compare', settings, metrics: { advice: 'IMP beats CE.' } });
    expect(summarise(record, false)).toMatchObject({
      ...{ kind: 'compare', state: 'done', result: undefined },
      compared: { methods: 2, seeds: 3, advice: 'IMP beats CE.' },
    });
    const cancelled = trainRecord({ kind: 'compare', status: 'cancelled', settings, metrics: {} });
    expect(summarise(cancelled, false).compared?.advice).toBeUndefined();
    expect(isResumable(summarise(cancelled, false))).toBe(true);
  });

  it('tells what a training reached: on the test rows, else on the dev rows', () => {
    expect(summarise(trainRecord(), false)).toMatchObject({
      method: 'imp',
      data: 'synthetic',
      result: { on: 'test', accuracy: 0.9, macroF1: 0.85 },
    });
    const devOnly = trainRecord({ metrics: { dev: setScores(0.8, 0.7, 400) } });
    expect(summarise(devOnly, false).result).toEqual({ on: 'dev', accuracy: 0.8, macroF1: 0.7 });
    expect(summarise(trainRecord({ metrics: {} }), false).result).toBeUndefined();
  });

  it('knows a running process from one that is gone', () => {
    const running = trainRecord({ status: 'running', metrics: {} });
    expect(summarise(running, true).state).toBe('running');
    expect(summarise(running, false).state).toBe('interrupted');
  });

  it('offers to resume what was begun and is not finished, where nobody is at it', () => {
    const of = (status: 'running' | 'done' | 'cancelled' | 'failed', held: boolean): boolean =>
      isResumable(summarise(trainRecord({ status }), held));
    expect(of('running', false)).toBe(true);
    expect(of('cancelled', false)).toBe(true);
    expect(of('failed', false)).toBe(true);
    expect(of('running', true)).toBe(false);
    expect(of('done', false)).toBe(false);
    expect(isResumable(summarise(trainRecord({ kind: 'predict', status: 'cancelled' }), false))).toBe(false);
  });
});
