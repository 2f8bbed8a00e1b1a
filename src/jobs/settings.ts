/** From a recipe and what the user changed in it to every number that a job works with. */
import { UserError } from '../base/errors.ts';
import type { WeightSettings } from '../core/weighting/weights.ts';
import type { FineTuneSettings } from '../engine/training/fineTuneSettings.ts';
import type { Json } from '../store/json.ts';
import type { Effort } from './names.ts';
import { recipe, withEnoughSteps, type QualityRecipe, type Recipe, type RecipeName } from './recipes.ts';

/** What the user may change in a recipe; everything absent stays as the recipe has it. */
export interface Overrides {
  readonly seed?: number;
  readonly maxLength?: number;
  /** Of every training. */
  readonly microBatchSize?: number;
  /** Of the classifier. */
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly batchSize?: number;
  readonly warmupRatio?: number;
  readonly weightDecay?: number;
  /** Folds of the diversity checker. */
  readonly folds?: number;
  readonly qualityFolds?: number;
  /** Rows that the diversity checker is trained on at most. */
  readonly checkerRows?: number;
  /** Epochs of both checkers; the quality checker's candidates are spread over them. */
  readonly checkerEpochs?: number;
  readonly gamma?: number;
  /** Bounds of the weight itself, not of its logarithm. */
  readonly clipMin?: number;
  readonly clipMax?: number;
  readonly truncateQuantile?: number;
  readonly selfNormalise?: boolean;
  readonly priorCorrection?: boolean;
  readonly filterThreshold?: number;
}

/** All that decides the two checkers, given data and encoder. */
export interface CheckerSettings {
  readonly effort: Effort;
  readonly maxLength: number;
  readonly quality: QualityRecipe;
  readonly diversity: Recipe['diversity'];
  readonly seed: number;
}

/** How log-probabilities become weights; `priorCorrection` is worked out once the labels are known. */
export type WeightChoices = Omit<WeightSettings, 'method' | 'priorCorrection'> & { readonly priorCorrection: boolean };

export const defaultSeed = 42;
export const defaultFilterThreshold = 0.5;

/** The recipe whose numbers an effort uses. */
export function recipeOf(effort: Effort): RecipeName {
  return effort === 'paper' ? 'paper' : 'default';
}

/** Settings of the checkers. */
export function checkerSettings(effort: Effort, overrides: Overrides): CheckerSettings {
  const { quality, diversity, maxLength } = recipe(recipeOf(effort));
  const seed = overrides.seed ?? defaultSeed;
  const common = (settings: FineTuneSettings): FineTuneSettings => {
    const microBatchSize = Math.min(settings.batchSize, overrides.microBatchSize ?? settings.microBatchSize);
    return { ...settings, microBatchSize, epochs: overrides.checkerEpochs ?? settings.epochs, seed };
  };
  const epochs = overrides.checkerEpochs ?? quality.settings.epochs;
  const share = epochs / quality.settings.epochs;
  const candidates = quality.candidateEpochs.map((epoch) => Math.max(1, Math.round(epoch * share)));
  return {
    effort,
    maxLength: overrides.maxLength ?? maxLength,
    quality: {
      ...quality,
      settings: common(quality.settings),
      folds: overrides.qualityFolds ?? quality.folds,
      candidateEpochs: [...new Set(candidates)],
    },
    diversity: {
      settings: common(diversity.settings),
      folds: overrides.folds ?? diversity.folds,
      maxRows: overrides.checkerRows ?? diversity.maxRows,
    },
    seed,
  };
}

/**
 * Settings of the classifier.
 * @param rows Rows that it is trained on.
 */
export function classifierSettings(name: RecipeName, overrides: Overrides, rows: number): FineTuneSettings {
  const { classifier, leastSteps } = recipe(name);
  const batchSize = overrides.batchSize ?? classifier.batchSize;
  const settings: FineTuneSettings = {
    ...classifier,
    epochs: overrides.epochs ?? classifier.epochs,
    learningRate: overrides.learningRate ?? classifier.learningRate,
    batchSize,
    microBatchSize: Math.min(batchSize, overrides.microBatchSize ?? classifier.microBatchSize),
    warmupRatio: overrides.warmupRatio ?? classifier.warmupRatio,
    weightDecay: overrides.weightDecay ?? classifier.weightDecay,
    seed: overrides.seed ?? defaultSeed,
  };
  return overrides.epochs === undefined ? withEnoughSteps(settings, rows, leastSteps) : settings;
}

/** Settings of the weights. Throws UserError where the bounds cross. */
export function weightChoices(name: RecipeName, overrides: Overrides): WeightChoices {
  const { gamma, clip } = recipe(name);
  const bounds = {
    min: overrides.clipMin === undefined ? clip.min : Math.max(Math.log(overrides.clipMin), -1e30),
    max: overrides.clipMax === undefined ? clip.max : Math.min(Math.log(overrides.clipMax), 80),
  };
  if (!(bounds.min <= bounds.max)) throw new UserError('--clip-min must not be above --clip-max.', 2);
  return {
    gamma: overrides.gamma ?? gamma,
    clip: bounds,
    truncateQuantile: overrides.truncateQuantile,
    selfNormalise: overrides.selfNormalise ?? false,
    priorCorrection: overrides.priorCorrection ?? false,
    filterThreshold: overrides.filterThreshold ?? defaultFilterThreshold,
  };
}

/**
 * DIMP's weights are made in the training graph, row by row: what needs the weights of the whole set cannot be had there.
 * @throws UserError with exit code 2 for such a setting.
 */
export function checkDimpSettings({ selfNormalise, truncateQuantile, priorCorrection }: Overrides): void {
  const given = [
    selfNormalise ? '--self-normalise' : undefined,
    truncateQuantile === undefined ? undefined : '--truncate',
    priorCorrection ? '--prior-correction' : undefined,
  ].find((option) => option !== undefined);
  if (given === undefined) return;
  throw new UserError(
    `${given} does not go with DIMP, whose weights change with every step; use --clip-max or --gamma.`,
    2,
  );
}

/** Anything as JSON holds it: what is undefined is gone, what is not finite is null. */
export function asJson(value: object): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(value)) as { readonly [key: string]: Json };
}
