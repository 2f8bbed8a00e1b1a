/** The losses in the words of the paper, and what each is for. */
import * as vscode from 'vscode';
import type { TrainRequest } from '../../protocol/jobs.ts';
import { lossTitles } from '../../protocol/training.ts';

export type LossName = TrainRequest['loss'];
export type TrainingRows = NonNullable<TrainRequest['data']>;

export interface LossText {
  readonly loss: LossName;
  readonly name: string;
  /** One sentence: what it does with a row. */
  readonly detail: string;
  /** Whether it needs the answers of a checker. */
  readonly checkers: 'none' | 'quality' | 'both';
}

/** In the order in which they are offered, the recommended one first. */
export function lossTexts(): readonly LossText[] {
  return [
    {
      loss: 'imp',
      name: lossTitles.imp,
      detail: vscode.l10n.t("Weights rows by P̂'(y|x) / Q̂(y|x): up where real data agrees, down where it does not."),
      checkers: 'both',
    },
    {
      loss: 'dimp',
      name: lossTitles.dimp,
      detail: vscode.l10n.t('As IMP-Loss, with the model in training in the place of Q̂: weights change at every step.'),
      checkers: 'quality',
    },
    {
      loss: 'filter',
      name: lossTitles.filter,
      detail: vscode.l10n.t('Leaves out rows whose label the quality checker gives 50 % or less. A strong control.'),
      checkers: 'quality',
    },
    {
      loss: 'quality',
      name: lossTitles.quality,
      detail: vscode.l10n.t("Weights each row by P̂'(y|x) alone: IMP-Loss without the diversity checker."),
      checkers: 'quality',
    },
    {
      loss: 'ce',
      name: lossTitles.ce,
      detail: vscode.l10n.t('Plain cross-entropy, every row alike: what any weighting has to beat.'),
      checkers: 'none',
    },
    {
      loss: 'focal',
      name: lossTitles.focal,
      detail: vscode.l10n.t('Weights rows up that the model still gets wrong. On noisy labels it learns the noise.'),
      checkers: 'none',
    },
    {
      loss: 'random',
      name: lossTitles.random,
      detail: vscode.l10n.t('The weights of IMP-Loss dealt to other rows: shows whether the weights matter.'),
      checkers: 'both',
    },
  ];
}

/** What a loss needs of the checkers. */
export function checkersOf(loss: LossName): LossText['checkers'] {
  return lossTexts().find((text) => text.loss === loss)?.checkers ?? 'both';
}

/** What a training's rows are called. */
export function rowsName(data: string): string {
  switch (data) {
    case 'real':
      return vscode.l10n.t('real rows');
    case 'both':
      return vscode.l10n.t('synthetic and real rows');
    default:
      return vscode.l10n.t('synthetic rows');
  }
}
