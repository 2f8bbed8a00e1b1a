/** Which of the chosen methods go with the settings of the weights. Pure. */
import type { WeightControls } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';
import { wholeSetWords } from '../weightControls.ts';
import { trainingOf } from './trainingOf.ts';

/** All methods but DIMP, where the panel's weights need all rows at once: a comparison has one setting for all methods. */
export function runnableMethods(methods: readonly string[], controls: WeightControls): readonly string[] {
  return methods.filter((method) => whyNot(method, controls, (message) => message) === undefined);
}

/** Why a method cannot be run with these settings, one sentence; undefined where it can. */
export function whyNot(method: string, controls: WeightControls, t: Translate): string | undefined {
  const words = wholeSetWords(controls, t);
  if (words === '' || trainingOf(method)?.loss !== 'dimp') return undefined;
  return t('DIMP is left out: it makes its weights row by row, without “{0}” of the panel.', words);
}
