import { describe, expect, it } from 'vitest';
import { defaultTrainingSet as defaultOfJobs } from '../../../src/jobs/names.ts';
import { defaultTrainingSet, type TrainRequest } from '../../../src/protocol/jobs.ts';
import { compareOptions, trainOptions } from '../../../src/worker/job/options.ts';

const request: TrainRequest = {
  ...{ files: { synthetic: '/data/s.jsonl', real: '/data/r.jsonl' }, loss: 'imp', seed: 7 },
  ...{ gamma: 0.5, clipMax: 3, truncateQuantile: 0.9, selfNormalise: true, priorCorrection: true, folds: 3 },
};

describe('the options of a training', () => {
  it('are on both kinds of rows where nobody says, as the views tell', () => {
    expect(trainOptions(request).data).toBe(defaultTrainingSet);
    expect(defaultOfJobs('default')).toBe(defaultTrainingSet);
    expect(trainOptions({ ...request, recipe: 'paper' }).data).toBe('synthetic');
    expect(trainOptions({ ...request, recipe: 'paper', data: 'real' }).data).toBe('real');
  });

  it('hand on all settings of the weights', () => {
    expect(trainOptions(request).overrides).toEqual({
      ...{
        seed: 7,
        gamma: 0.5,
        clipMax: 3,
        truncateQuantile: 0.9,
        selfNormalise: true,
        priorCorrection: true,
        folds: 3,
      },
    });
  });
});

describe('the options of a comparison', () => {
  it('have methods of their own settings', () => {
    const { methods } = compareOptions({
      ...{ files: { ...request.files, test: '/data/t.jsonl' }, methods: ['imp-2@gamma=0.5+real', 'ce'], seeds: [1] },
    });
    expect(methods.map(({ name, own }) => [name, own])).toEqual([
      ['ce', undefined],
      ['imp-2@gamma=0.5+real', { gamma: 0.5 }],
    ]);
  });
});
