import { stepsPerEpoch } from '../engine/training/batchPlan.ts';
import { defaultFineTuneSettings, type FineTuneSettings } from '../engine/training/fineTuneSettings.ts';
import { DEFAULT_LOG_WEIGHT_CLIP } from '../core/weighting/weights.ts';

export type RecipeName = 'default' | 'paper';

/** How one recipe trains and weights: every number that the method leaves open. */
export interface Recipe {
  readonly name: RecipeName;
  /** Tokens per row at most. */
  readonly maxLength: number;
  /** The classifier, with every loss. */
  readonly classifier: FineTuneSettings;
  readonly quality: QualityRecipe;
  readonly diversity: { readonly settings: FineTuneSettings; readonly folds: number; readonly maxRows: number };
  /**
   * Optimizer steps that the classifier takes at least: small sets go through more epochs. The epochs of a recipe are what
   * suits a few thousand rows; 3 epochs of 500 rows would end before the model has left the majority class. Not so the
   * diversity checker: out of fold it grows over-confident, and then gives wrong labels the largest weights.
   */
  readonly leastSteps: number;
  readonly gamma: number;
  readonly clip: { readonly min: number; readonly max: number };
}

export interface QualityRecipe {
  readonly settings: FineTuneSettings;
  /** 1: one checker on all real rows, in-sample, uncalibrated, as the paper. */
  readonly folds: number;
  /** Epochs after which a fold's model may be taken; the one with the lowest out-of-fold log-loss is. */
  readonly candidateEpochs: readonly number[];
  /** Whether logistic regression on frozen embeddings is tried too, and the better one used. */
  readonly compareWithProbe: boolean;
}

const paperSettings: FineTuneSettings = {
  ...defaultFineTuneSettings,
  epochs: 5,
  learningRate: 6e-5,
  warmupRatio: 0,
  groupByLength: false,
};

const recipes: Record<RecipeName, Recipe> = {
  default: {
    name: 'default',
    maxLength: 128,
    classifier: { ...defaultFineTuneSettings, epochs: 3, learningRate: 5e-5 },
    quality: {
      settings: { ...defaultFineTuneSettings, epochs: 6, batchSize: 16, microBatchSize: 16, learningRate: 1e-4 },
      folds: 5,
      candidateEpochs: [3, 4, 5, 6],
      compareWithProbe: true,
    },
    diversity: { settings: { ...defaultFineTuneSettings, epochs: 3, learningRate: 1e-4 }, folds: 2, maxRows: 20_000 },
    leastSteps: 180,
    gamma: 1,
    clip: DEFAULT_LOG_WEIGHT_CLIP,
  },
  // Kuo et al. 2025 with the encoder at hand: METHOD's official settings. Padding to 128 changes nothing but time.
  paper: {
    name: 'paper',
    maxLength: 128,
    classifier: paperSettings,
    quality: { settings: paperSettings, folds: 1, candidateEpochs: [5], compareWithProbe: false },
    diversity: { settings: paperSettings, folds: 1, maxRows: Infinity },
    leastSteps: 0,
    gamma: 1,
    clip: { min: -1e30, max: 80 },
  },
};

/** Settings with as many epochs as it takes to make `leastSteps` optimizer steps over `rows`, and no fewer than they have. */
export function withEnoughSteps(settings: FineTuneSettings, rows: number, leastSteps: number): FineTuneSettings {
  const perEpoch = stepsPerEpoch(Math.max(1, rows), settings.batchSize);
  return { ...settings, epochs: Math.max(settings.epochs, Math.ceil(leastSteps / perEpoch)) };
}

/** The settings of a recipe. */
export function recipe(name: RecipeName): Recipe {
  return recipes[name];
}
