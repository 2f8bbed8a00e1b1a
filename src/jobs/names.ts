/** Names that the user chooses from; free of imports, so that help does not load an engine. */

export const efforts = ['preview', 'standard', 'paper'] as const;
/**
 * How the checkers are made: `preview` logistic regression on frozen embeddings; `standard` METHOD's fine-tuned, calibrated
 * checkers; `paper` the official settings.
 */
export type Effort = (typeof efforts)[number];

export const lossNames = ['ce', 'focal', 'quality', 'filter', 'imp', 'dimp', 'random'] as const;
export type LossName = (typeof lossNames)[number];

export const trainingSets = ['synthetic', 'real', 'both'] as const;
/** What the classifier is trained on; with `both` the real rows count with weight 1. */
export type TrainingSet = (typeof trainingSets)[number];

/**
 * What is trained on where nobody says: the real rows too (docs/results.md); the published settings keep to the synthetic
 * rows.
 */
export function defaultTrainingSet(recipe: 'default' | 'paper'): TrainingSet {
  return recipe === 'paper' ? 'synthetic' : 'both';
}
