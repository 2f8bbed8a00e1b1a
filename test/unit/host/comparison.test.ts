import { describe, expect, it } from 'vitest';
import { comparisonResults } from '../../../src/host/compare/comparisonResults.ts';
import { planOf, requestOf } from '../../../src/host/compare/requestOf.ts';
import { trainingOf } from '../../../src/host/compare/trainingOf.ts';
import { defaultMethods } from '../../../src/core/comparison/methods.ts';
import type { KeptComparison } from '../../../src/store/comparison.ts';
import { comparisonOf, type Told } from '../comparison/support.ts';
import { trainRecord } from './runs.ts';

const ce = { method: 'ce' };
const imp = { method: 'imp-2', gain: 0.021, sd: 0.006, p: 0.004 };
const rho = { method: 'rho-50', gain: 0.04, sd: 0.006, p: 0.001 };
const filter = { method: 'filter-0.5', gain: 0.03, sd: 0.004, p: 0.2 };

function kept(told: readonly Told[], changes: Partial<KeptComparison> = {}): KeptComparison {
  return {
    advice: 'Do this.',
    facts: {
      ...{ dataset: 's.jsonl', syntheticRows: 100, realRows: 20, devRows: 30, encoder: 'e', recipe: 'default' },
      warnings: [],
    },
    comparison: comparisonOf(told),
    ...changes,
  };
}

describe('what the view shows of a comparison', () => {
  it('has every method with its numbers, the corrected p-value and what it is worth', () => {
    const results = comparisonResults(kept([ce, imp, filter], { passes: { 'imp-2': { forward: 5, backward: 7 } } }));
    expect(results).toMatchObject({ advice: 'Do this.', testRows: 400, syntheticRows: 100, realRows: 20, devRows: 30 });
    const [base, best, unsure] = results.methods;
    expect(base.difference).toBeUndefined();
    expect(best).toMatchObject({ difference: { mean: 0.021, p: 0.004, standing: 'better' }, trainable: true });
    expect([base.passes, best.passes]).toEqual([undefined, { forward: 5, backward: 7 }]);
    expect(unsure.difference?.standing).toBe('not separated');
  });

  it.each([
    ['the best of those that beat CE', [ce, imp, { ...filter, p: 0.01 }], 'filter-0.5'],
    ['not one that could be luck', [ce, imp, filter], 'imp-2'],
    ['not one that only comparisons know', [ce, imp, rho], 'imp-2'],
    ['CE where none beats it', [ce, filter, { ...imp, gain: -0.02 }], 'ce'],
  ] as const)('recommends %s', (_, told, method) => {
    expect(comparisonResults(kept(told)).recommended).toBe(method);
  });

  it('tells how far it is where it is not finished', () => {
    const { facts } = kept([ce]);
    const unfinished = { done: 1, total: 6 };
    expect(comparisonResults(kept([ce], { facts: { ...facts, unfinished } })).unfinished).toEqual(unfinished);
  });
});

describe('the training that a method stands for', () => {
  it.each([
    ['ce', { loss: 'ce', data: 'synthetic' }],
    ['real', { loss: 'ce', data: 'real' }],
    ['both', { loss: 'ce', data: 'both' }],
    ['focal', { loss: 'focal', data: 'synthetic' }],
    ['filter-0.3', { loss: 'filter', data: 'synthetic', filterThreshold: 0.3 }],
    ['imp-1', { loss: 'imp', data: 'synthetic', folds: 1 }],
    ['dimp', { loss: 'dimp', data: 'synthetic' }],
    ['imp-2+real', { loss: 'imp', data: 'both', folds: 2 }],
    ['imp-2@gamma=0.5@self-normalise', { loss: 'imp', data: 'synthetic', folds: 2, gamma: 0.5, selfNormalise: true }],
    ['dimp@clip-max=3+real', { loss: 'dimp', data: 'both', clipMax: 3 }],
    ['filter-0.3+real', { loss: 'filter', data: 'both', filterThreshold: 0.3 }],
    ['quality+real', { loss: 'quality', data: 'both' }],
    ['dimp+real', { loss: 'dimp', data: 'both' }],
    ['focal+real', { loss: 'focal', data: 'both' }],
    ['random+real', { loss: 'random', data: 'both' }],
    ['rho-50', undefined],
    ['rho-50+real', undefined],
    ['real+real', undefined],
    ['of another version', undefined],
  ])('%s', (method, training) => {
    expect(trainingOf(method)).toEqual(training);
  });

  it('is known for every usual method but RHO', () => {
    const without = defaultMethods.filter((method) => trainingOf(method) === undefined);
    expect(without).toEqual(['rho-50']);
  });
});

const record = trainRecord({
  kind: 'compare',
  settings: {
    ...{ effort: 'preview', recipe: 'default', methods: ['ce', 'imp-2'], seeds: [1, 2] },
    overrides: { gamma: 0.5, clipMax: null, selfNormalise: true, odd: 'text' },
  },
});

describe('a comparison asked for again', () => {
  it('has the files, methods, seeds and settings of its record', () => {
    expect(requestOf(record, { textField: 'text' }, { device: 'cpu', storage: '/storage' })).toEqual({
      ...{ device: 'cpu', storage: '/storage', model: 'encoder', recipe: 'default', effort: 'preview' },
      files: {
        ...{ synthetic: '/data/synthetic.jsonl', real: '/data/real.jsonl' },
        ...{ dev: '/data/dev.jsonl', test: '/data/test.jsonl' },
      },
      fields: { textField: 'text', labelMap: undefined },
      ...{ methods: ['ce', 'imp-2'], seeds: [1, 2] },
      // "No bound" is null in JSON.
      overrides: { gamma: 0.5, clipMax: Infinity, selfNormalise: true },
    });
    expect(planOf(record)).toEqual({ methods: ['ce', 'imp-2'], seeds: [1, 2] });
  });

  it('is none where the record is no comparison, has no test file, or does not tell its methods', () => {
    expect(requestOf(trainRecord(), {}, {})).toBeUndefined();
    const { inputs, settings } = record;
    const untested = { ...record, inputs: inputs.filter(({ role }) => role !== 'test') };
    expect(requestOf(untested, {}, {})).toBeUndefined();
    for (const methods of [undefined, 'ce', ['ce', 7]]) {
      const other = { ...record, settings: { ...settings, methods } };
      expect(requestOf(other, {}, {})).toBeUndefined();
      expect(planOf(other).methods).toEqual([]);
    }
  });
});
