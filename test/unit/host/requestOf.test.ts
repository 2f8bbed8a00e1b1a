import { describe, expect, it } from 'vitest';
import type { TrainRequest } from '../../../src/protocol/jobs.ts';
import type { JsonObject } from '../../../src/store/json.ts';
import { requestOf } from '../../../src/host/train/requestOf.ts';
import { trainRecord } from './runs.ts';

describe('a run asked for again', () => {
  it('has the files, the loss and the settings of its record', () => {
    expect(requestOf(trainRecord(), { textField: 'text' }, { device: 'cpu', storage: '/storage' })).toEqual({
      ...{ device: 'cpu', storage: '/storage' },
      files: {
        synthetic: '/data/synthetic.jsonl',
        real: '/data/real.jsonl',
        dev: '/data/dev.jsonl',
        test: '/data/test.jsonl',
      },
      fields: { textField: 'text', labelMap: undefined },
      ...{ model: 'encoder', loss: 'imp', data: 'synthetic', recipe: 'default', effort: 'standard', epochs: 3 },
      ...{ gamma: 1, clipMax: 2, seed: 42 },
    });
  });

  it('takes the scores that it was made with, where it says which', () => {
    const named = { settings: { ...trainRecord().settings, scores: 'hash' } };
    const metrics = { ...trainRecord().metrics, scores: '/runs/a' };
    expect(requestOf(trainRecord({ ...named, metrics }), {}, {})?.scores).toBe('/runs/a');
    // Found by itself before, it is found by itself again.
    expect(requestOf(trainRecord({ metrics }), {}, {})?.scores).toBeUndefined();
    // Which ones is not known: other ones would make another model.
    expect(requestOf(trainRecord(named), {}, {})).toBeUndefined();
  });

  it.each([2, 1.3, 10, 0.7, 1e-3, 37.5])('bounds weights by %d exactly as before', (clipMax) => {
    const settings = { ...trainRecord().settings, weights: { gamma: 1, clip: { min: -10, max: Math.log(clipMax) } } };
    const request = requestOf(trainRecord({ settings }), {}, {});
    expect(Math.log(request?.clipMax ?? NaN)).toBe(Math.log(clipMax));
  });

  it('has the settings that look at all rows, where they were on', () => {
    const weights = { gamma: 1, clip: { min: -10, max: 1 }, filterThreshold: 0.5 };
    const of = (more: JsonObject): TrainRequest | undefined =>
      requestOf(trainRecord({ settings: { ...trainRecord().settings, weights: { ...weights, ...more } } }), {}, {});
    const on = { truncateQuantile: 0.95, selfNormalise: true, priorCorrection: true };
    expect(of(on)).toMatchObject(on);
    const off = of({ selfNormalise: false, priorCorrection: false });
    for (const name of Object.keys(on)) expect(off).not.toHaveProperty(name);
  });

  it('is none where the record is no training, or names a loss of another version', () => {
    expect(requestOf(trainRecord({ kind: 'score' }), {}, {})).toBeUndefined();
    expect(requestOf(trainRecord({ settings: { loss: 'new' } }), {}, {})).toBeUndefined();
    expect(requestOf(trainRecord({ inputs: [] }), {}, {})).toBeUndefined();
  });

  it('has no dev and test files where there were none', () => {
    const inputs = trainRecord().inputs.slice(0, 2);
    expect(requestOf(trainRecord({ inputs }), {}, {})?.files).toEqual({
      synthetic: '/data/synthetic.jsonl',
      real: '/data/real.jsonl',
      dev: undefined,
      test: undefined,
    });
  });
});
