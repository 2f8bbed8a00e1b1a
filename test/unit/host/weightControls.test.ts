import { describe, expect, it, vi } from 'vitest';
import { runnableMethods, whyNot } from '../../../src/host/compare/runnableMethods.ts';
import type { DatasetModel, Services } from '../../../src/host/services.ts';
import {
  controlNames,
  controlsFrom,
  defaultControls,
  leftOutOfDimp,
  sameControls,
  wholeSetSettings,
  wholeSetWords,
} from '../../../src/host/weightControls.ts';
import { unboundedWeight, type WeightControls } from '../../../src/protocol/data.ts';
import type { TrainRequest } from '../../../src/protocol/jobs.ts';
import { checkDimpSettings } from '../../../src/jobs/settings.ts';
import { trainOptions } from '../../../src/worker/job/options.ts';
import { translate } from './translate.ts';

vi.mock('vscode', () => ({
  l10n: { t: translate },
  workspace: { getConfiguration: () => ({ get: (_: string, fallback: unknown) => fallback }) },
}));
const { trainRequest } = await import('../../../src/host/train/planTraining.ts');
const { compareRequest } = await import('../../../src/host/compare/compareMethods.ts');

const all: WeightControls = {
  ...{ gamma: 0.5, clipMax: 3, misalignedBelow: 0.1 },
  ...{ truncateQuantile: 0.99, selfNormalise: true, priorCorrection: true },
};
const three = { truncateQuantile: 0.99, selfNormalise: true, priorCorrection: true };

describe('the settings of the weights', () => {
  const read = (settings: object): Partial<WeightControls> =>
    controlsFrom((name) => (settings as Record<string, unknown>)[name]);

  it('are what the user has set, and no others: those are as the run has them', () => {
    expect(read({})).toEqual({});
    expect(Object.keys(read({ priorCorrection: false }))).toEqual(['priorCorrection']);
    expect(read(all)).toEqual(all);
    expect(Object.keys(read(all)).sort()).toEqual([...controlNames].sort());
  });

  it('have no bound and no cap at 0, and no quantile that there is not', () => {
    expect(read({ clipMax: 0, truncateQuantile: 0 })).toEqual({ clipMax: unboundedWeight, truncateQuantile: null });
    for (const none of [-0.5, 1, 7, NaN]) expect(read({ truncateQuantile: none })).toEqual({ truncateQuantile: null });
  });

  it('pass over what is of another kind', () => {
    expect(read({ gamma: '1', truncateQuantile: '0.9', selfNormalise: 1, priorCorrection: 'yes' })).toEqual({});
  });

  it('are another where any of them is', () => {
    expect(sameControls(all, { ...all })).toBe(true);
    for (const name of controlNames) expect(sameControls(all, { ...all, [name]: defaultControls[name] })).toBe(false);
  });
});

describe('of those that look at all rows', () => {
  it('a job is told only what is on', () => {
    expect(wholeSetSettings(defaultControls)).toEqual({});
    expect(wholeSetSettings(all)).toEqual(three);
  });

  it('a user reads the names of the panel', () => {
    expect(wholeSetWords(defaultControls, translate)).toBe('');
    expect(wholeSetWords(all, translate)).toBe('Cap at quantile 0.99, Mean weight 1, Correct label shares');
  });

  it('a plan says what DIMP cannot have', () => {
    expect(leftOutOfDimp(defaultControls, translate)).toBeUndefined();
    expect(leftOutOfDimp({ ...defaultControls, selfNormalise: true }, translate)).toBe(
      'Leaves out “Mean weight 1” of the panel: DIMP makes its weights row by row.',
    );
  });

  it('a comparison has no DIMP beside them, and says why', () => {
    const methods = ['ce', 'imp-2', 'dimp', 'rho-50', 'dimp+real', 'of another version'];
    expect(runnableMethods(methods, defaultControls)).toEqual(methods);
    expect(runnableMethods(methods, all)).toEqual(['ce', 'imp-2', 'rho-50', 'of another version']);
    expect(whyNot('dimp', { ...defaultControls, truncateQuantile: 0.95 }, translate)).toBe(
      'DIMP is left out: it makes its weights row by row, without “Cap at quantile 0.95” of the panel.',
    );
  });
});

const dataset = (controls: WeightControls): DatasetModel =>
  ({ path: '/data/s.jsonl', uri: {}, fields: {}, controls }) as unknown as DatasetModel;

describe('a training that starts from the panel', () => {
  const request = (loss: TrainRequest['loss'], controls: WeightControls): TrainRequest =>
    trainRequest({}, dataset(controls), '/data/r.jsonl', {
      ...{ loss, data: 'synthetic', dev: undefined, test: undefined, seed: 42, scores: undefined },
    });

  it.each(['imp', 'quality', 'filter', 'random'] as const)('has the weights of the panel: %s', (loss) => {
    expect(request(loss, all)).toMatchObject({ gamma: 0.5, clipMax: 3, ...three });
    expect(trainOptions(request(loss, all)).overrides).toMatchObject({ gamma: 0.5, clipMax: 3, ...three });
  });

  it.each(['dimp', 'ce', 'focal'] as const)(
    'leaves out what its loss cannot have or has no weights for: %s',
    (loss) => {
      const { overrides } = trainOptions(request(loss, all));
      expect(overrides).toMatchObject({ gamma: 0.5, clipMax: 3 });
      expect(() => {
        checkDimpSettings(overrides);
      }).not.toThrow();
      expect(Object.keys(request(loss, all))).not.toContain('selfNormalise');
    },
  );

  it('has the settings of a method’s own in place of the panel’s', () => {
    const own = { gamma: 2, truncateQuantile: 0.9 };
    const request = trainRequest({}, dataset(all), '/data/r.jsonl', {
      ...{ loss: 'imp', data: 'both', dev: undefined, test: undefined, seed: 1, scores: undefined },
      ...own,
    });
    expect(request).toMatchObject({ ...own, clipMax: 3, selfNormalise: true, priorCorrection: true, data: 'both' });
  });

  it('is the plan that it was where nothing is on', () => {
    for (const name of Object.keys(three)) expect(Object.keys(request('imp', defaultControls))).not.toContain(name);
  });
});

describe('a comparison that starts from the panel', () => {
  const overrides = (controls: WeightControls): unknown => {
    const services = { context: { globalStorageUri: { fsPath: '/storage' } } } as unknown as Services;
    return compareRequest(services, dataset(controls), '/data/r.jsonl', {
      ...{ methods: ['ce', 'imp-2'], seeds: [1], effort: 'standard', dev: undefined, test: '/data/t.jsonl' },
    }).overrides;
  };

  it('has the weights of the panel', () => {
    expect(overrides(all)).toEqual({ gamma: 0.5, clipMax: 3, ...three });
  });

  it('is one with earlier ones where nothing is on', () => {
    expect(overrides(defaultControls)).toEqual({ gamma: 1, clipMax: 2 });
  });
});
