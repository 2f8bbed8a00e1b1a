/** The methods that can be chosen, and what each is for. */
import * as vscode from 'vscode';
import { defaultMethods, methodOf } from '../../core/comparison/methods.ts';
import { methodTitle } from '../../protocol/compare.ts';

export interface MethodText {
  /** As requests have it. */
  readonly method: string;
  readonly title: string;
  /** One sentence: what it does with the rows. */
  readonly detail: string;
}

/** A selection to begin with: what any method has to beat, the weightings, with the real rows too, and their controls. */
export const firstMethods: readonly string[] = [
  'real',
  'ce',
  'quality',
  'filter-0.5',
  'imp-2',
  'dimp',
  'random',
  'both',
  'imp-2+real',
  'random+real',
];

/** All of them, in the order in which they are run, those first that are not of the usual list. */
export function methodTexts(others: readonly string[] = []): readonly MethodText[] {
  const names = [...others.filter((name) => !defaultMethods.includes(name)), ...defaultMethods];
  return names.map((method) => ({ method, title: methodTitle(method, vscode.l10n.t), detail: detailOf(method) }));
}

function detailOf(name: string): string {
  const t = vscode.l10n.t;
  const method = methodOf(name);
  if (method.withReal === true) {
    return method.kind === 'random'
      ? t('The real rows beside synthetic ones with weights dealt at random: shows whether the choice of rows matters.')
      : t(
          'The real rows, with weight 1, beside the synthetic ones, which count as with {0}.',
          methodTitle(name.replace(/\+real$/, ''), t),
        );
  }
  if (method.own !== undefined)
    return t('Like {0}, with these settings of the weights.', methodTitle(name.replace(/@.*/, ''), t));
  switch (method.kind) {
    case 'real':
      return t('No synthetic row at all: are they worth anything?');
    case 'ce':
      return t('Every synthetic row alike: what every other method is held against. Always run.');
    case 'focal':
      return t('Weights rows up that the model still gets wrong.');
    case 'quality':
      return t("Weights each row by P̂'(y|x) alone.");
    case 'dimp':
      return t("Weights by P̂'(y|x) over the model in training: weights change at every step.");
    case 'random':
      return t('The weights of IMP dealt to other rows: shows whether the choice of rows matters.');
    case 'both':
      return t('The real rows beside the synthetic ones, every row alike.');
    case 'filter':
      return t('Leaves out rows whose label the quality checker gives {0} or less.', String(method.threshold));
    case 'imp':
      return method.folds === 1
        ? t("Weights by P̂'(y|x) / Q̂(y|x), with the CE run as diversity checker: the cheapest IMP.")
        : t("Weights by P̂'(y|x) / Q̂(y|x), with a diversity checker of {0} folds.", String(method.folds));
    case 'rho':
      return t('Keeps the {0} % of rows with the most to learn from.', String(Math.round(100 * method.keep)));
  }
}
