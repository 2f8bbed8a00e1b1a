/** The settings of the weights on their way from settings and runs to jobs and words. Free of `vscode`. */
import type { OwnWeights } from '../core/comparison/methods.ts';
import { unboundedWeight, type WeightControls } from '../protocol/data.ts';
import type { Translate } from './l10n.ts';

/** All of them, by the names that they have in the settings too. */
export const controlNames = [
  ...(['gamma', 'clipMax', 'misalignedBelow'] as const),
  ...(['truncateQuantile', 'selfNormalise', 'priorCorrection'] as const),
] satisfies readonly (keyof WeightControls)[];

/** Where neither the user nor a run says otherwise. */
export const defaultControls: Required<WeightControls> = {
  ...{ gamma: 1, clipMax: 2, misalignedBelow: 0.2 },
  ...{ truncateQuantile: null, selfNormalise: false, priorCorrection: false },
};

/**
 * Controls from values as a settings file has them.
 * @param read A setting's value; undefined: none, and left out.
 */
export function controlsFrom(read: (name: keyof WeightControls) => unknown): Partial<WeightControls> {
  const number = (name: keyof WeightControls): number | undefined => {
    const value = read(name);
    return typeof value === 'number' ? value : undefined;
  };
  const flag = (name: keyof WeightControls): boolean | undefined => {
    const value = read(name);
    return typeof value === 'boolean' ? value : undefined;
  };
  const [clipMax, truncateQuantile] = [number('clipMax'), number('truncateQuantile')];
  const all: { readonly [K in keyof WeightControls]: WeightControls[K] | undefined } = {
    gamma: number('gamma'),
    // 0 stands for no bound, as for no cap.
    clipMax: clipMax === undefined || clipMax > 0 ? clipMax : unboundedWeight,
    misalignedBelow: number('misalignedBelow'),
    // Nothing lies above the highest quantile, and none is outside 0 … 1.
    truncateQuantile:
      truncateQuantile === undefined || (truncateQuantile > 0 && truncateQuantile < 1) ? truncateQuantile : null,
    selfNormalise: flag('selfNormalise'),
    priorCorrection: flag('priorCorrection'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Whether two mean the same weights and verdicts. */
export function sameControls(a: WeightControls, b: WeightControls): boolean {
  return controlNames.every((name) => a[name] === b[name]);
}

/** What needs the weights or the labels of the whole set, as jobs are told of it: absent where it is off. */
export interface WholeSetSettings {
  readonly truncateQuantile?: number;
  readonly selfNormalise?: true;
  readonly priorCorrection?: true;
}

/**
 * Those of the settings that need the weights or the labels of the whole set, where they are on. DIMP has none of them:
 * its weights are made anew, row by row, at every step (`checkDimpSettings`).
 */
export function wholeSetSettings({
  truncateQuantile,
  selfNormalise,
  priorCorrection,
}: Pick<WeightControls, keyof WholeSetSettings>): WholeSetSettings {
  return {
    // Nothing lies above the highest quantile.
    ...(typeof truncateQuantile === 'number' && truncateQuantile < 1 && { truncateQuantile }),
    ...(selfNormalise === true && { selfNormalise }),
    ...(priorCorrection === true && { priorCorrection }),
  };
}

/** The settings of the weights among other members, where they are there. */
export function ownWeights({
  gamma,
  clipMax,
  truncateQuantile,
  selfNormalise,
  priorCorrection,
}: OwnWeights): OwnWeights {
  return {
    ...(gamma !== undefined && { gamma }),
    ...(clipMax !== undefined && { clipMax }),
    ...wholeSetSettings({ truncateQuantile, selfNormalise, priorCorrection }),
  };
}

/** What looks at all rows, in the words of the panel, e.g. `Cap at quantile 0.99, Mean weight 1`; empty where none is on. */
export function wholeSetWords(controls: Pick<WeightControls, keyof WholeSetSettings>, t: Translate): string {
  const { truncateQuantile, selfNormalise, priorCorrection } = wholeSetSettings(controls);
  return [
    truncateQuantile === undefined ? undefined : t('Cap at quantile {0}', String(truncateQuantile)),
    selfNormalise && t('Mean weight 1'),
    priorCorrection && t('Correct label shares'),
  ]
    .filter((words) => words !== undefined)
    .join(', ');
}

/** Where something is on that DIMP cannot have: what a plan says of it, one sentence. */
export function leftOutOfDimp(controls: WeightControls, t: Translate): string | undefined {
  const words = wholeSetWords(controls, t);
  return words === '' ? undefined : t('Leaves out “{0}” of the panel: DIMP makes its weights row by row.', words);
}
