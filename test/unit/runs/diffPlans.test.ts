import { describe, expect, it } from 'vitest';
import { describeDifference, diffPlans, planParts, type ScoredPlan } from '../../../src/core/runs/diffPlans.ts';

const plan: ScoredPlan = {
  inputs: [
    { role: 'synthetic', path: '/d/syn.jsonl', sha256: 'a'.repeat(64), rows: 100, errors: 0 },
    { role: 'real', path: '/d/real.jsonl', sha256: 'b'.repeat(64), rows: 40, errors: 0 },
  ],
  schema: { synthetic: { text: 'text', label: 'label' }, real: { text: 'text', label: 'label' } },
  labels: ['neg', 'pos'],
  settings: {
    effort: 'standard',
    method: 'imp',
    checkers: { effort: 'standard', seed: 42, quality: { folds: 5, candidateEpochs: [3, 4] }, diversity: { folds: 2 } },
    weights: { gamma: 1, clip: { min: -10, max: 0.69 } },
  },
  seed: 42,
  recipe: 'default',
  model: { id: 'all-MiniLM-L6-v2', hash: 'c'.repeat(64) },
  device: 'cpu: a processor, 2 threads',
  versions: { counterweight: '0.1.0', node: '20.19.0' },
};
const lines = (a: ScoredPlan, b: ScoredPlan): string[] => diffPlans(a, b).map(describeDifference);

describe('diffPlans', () => {
  it('finds nothing between equal plans, whatever the order of members and the paths of files', () => {
    const { settings, inputs, ...rest } = plan;
    const moved = inputs.map((input) => ({ ...input, path: `/elsewhere/${input.role}` }));
    const reordered = Object.fromEntries(Object.entries(settings).reverse());
    expect(diffPlans(plan, { ...rest, inputs: moved, settings: reordered })).toEqual([]);
    expect(diffPlans(plan, { ...plan, model: { id: '/a/copy', hash: 'c'.repeat(64) } })).toEqual([]);
  });

  it('names each kind of difference once, in one plain line', () => {
    const after: ScoredPlan = {
      ...plan,
      inputs: [plan.inputs[0], { ...plan.inputs[1], sha256: 'd'.repeat(64), rows: 39, errors: 1 }],
      schema: { ...plan.schema, real: { text: 'sentence', label: 'label' } },
      labels: ['neg', 'neutral', 'pos'],
      labelMap: { '1': 'pos' },
      settings: {
        ...plan.settings,
        decisions: 'e'.repeat(64),
        effort: 'preview',
        checkers: {
          ...{ effort: 'preview', seed: 7, quality: { folds: 3, candidateEpochs: [3, 4] }, diversity: { folds: 2 } },
        },
        weights: { gamma: 0.5, clip: { min: -10, max: 0.69 } },
      },
      seed: 7,
      recipe: 'paper',
      model: undefined,
      device: 'cpu: a processor, 4 threads',
      versions: { ...plan.versions, node: '22.0.0' },
    };
    expect(lines(plan, after)).toEqual([
      `Real file: /d/real.jsonl (40 rows, SHA-256 ${'b'.repeat(12)}) → /d/real.jsonl (39 rows, 1 left out, SHA-256 ${'d'.repeat(12)})`,
      'Your decisions (kept, relabelled, removed rows): none → some',
      'Field of the real file for text: text → sentence',
      'Labels: ["neg","pos"] → ["neg","neutral","pos"]',
      'Label map: not set → {"1":"pos"}',
      'Seed: 42 → 7',
      'Recipe: default → paper',
      `Encoder: all-MiniLM-L6-v2 (SHA-256 ${'c'.repeat(12)}) → none (TF-IDF)`,
      'Device: cpu: a processor, 2 threads → cpu: a processor, 4 threads (results are the same bits only on the same device with the same number of threads)',
      'Version of node: 20.19.0 → 22.0.0',
      'Effort: standard → preview',
      'Folds of the quality checker: 5 → 3',
      'Exponent γ of the weights: 1 → 0.5',
    ]);
    // Each kind is covered, so that a new one without words shows here.
    expect([...new Set(diffPlans(plan, after).map(({ part }) => part))]).toEqual(planParts);
  });

  it('lists a seed of the settings that is not the run’s own', () => {
    const after = { ...plan, settings: { ...plan.settings, classifier: { seed: 9 } } };
    expect(lines(plan, after)).toEqual(['Setting classifier.seed: not set → 9']);
  });

  it('does not take a member named like a built-in for one of its own', () => {
    const a = { ...plan, settings: { ...plan.settings, extra: {} } };
    const b = { ...plan, settings: { ...plan.settings, extra: { constructor: 1 } } };
    expect(lines(a, b)).toEqual(['Setting extra.constructor: not set → 1']);
  });
});
