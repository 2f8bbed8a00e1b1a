/** What the methods of a comparison need beside their own training: known before anything is loaded. */
import type { Method } from '../core/comparison/methods.ts';
import type { Effort } from './names.ts';
import { checkerSettings, type CheckerSettings, type Overrides } from './settings.ts';

/** What a method needs beside its own training. */
export interface Needs {
  readonly quality: boolean;
  /** Folds of the diversity checker; 1: the CE run is the checker, in-sample. */
  readonly diversity?: number;
}

/** @param folds Of the diversity checker by the recipe: the `random` control deals out the weights that come of it. */
export function needsOf(method: Method, folds: number): Needs {
  switch (method.kind) {
    case 'real':
    case 'ce':
    case 'focal':
    case 'both':
      return { quality: false };
    case 'quality':
    case 'filter':
    case 'dimp':
      return { quality: true };
    case 'rho':
      return { quality: true, diversity: 1 };
    case 'imp':
      return { quality: true, diversity: method.folds };
    case 'random':
      return { quality: true, diversity: folds };
  }
}

/** The settings that the checkers have with a seed. */
export function comparedCheckers(effort: Effort, overrides: Overrides, seed: number): CheckerSettings {
  return checkerSettings(effort, { ...overrides, folds: undefined, seed });
}
