/** The CodeLens line over a scored file. Knows nothing of VS Code. */
import type { Flags, RunFacts } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';
import { problemTotal } from './problems.ts';

export interface Lens {
  readonly title: string;
  readonly command: string;
  readonly tooltip: string;
}

export interface LensFacts {
  readonly flags: Flags;
  /** The run that is shown; undefined where there is none. */
  readonly run: RunFacts | undefined;
  /** Why there is none to show, where that is a fault. */
  readonly fault?: string;
  /** How many problems the file shows, at most. */
  readonly shown: number;
}

/** What the line offers, from left to right. */
export function lensesOf({ flags, run, fault, shown }: LensFacts, t: Translate): Lens[] {
  if (run === undefined) {
    const score: Lens = {
      title: t('Score synthetic data'),
      command: 'counterweight.scoreSyntheticData',
      tooltip: t('Which of these rows to trust, by comparison with real ones'),
    };
    if (fault === undefined) return [score];
    return [{ title: t('The scores cannot be shown'), command: 'counterweight.openWeights', tooltip: fault }, score];
  }
  const scored = t('{0} rows scored · ESS {1}', flags.scored.toLocaleString(), Math.round(flags.ess).toLocaleString());
  const lenses: Lens[] = [
    {
      title: flags.preview ? t('Preview: {0}', scored) : scored,
      command: 'counterweight.openWeights',
      tooltip: t('Effective sample size: how many equally weighted rows these weights are worth'),
    },
    {
      title: t('Open weights'),
      command: 'counterweight.openWeights',
      tooltip: t('Rows ranked by weight, with reasons'),
    },
    {
      title: t('Re-score'),
      command: 'counterweight.rescore',
      tooltip: t('Score all rows of the file again'),
    },
  ];
  if (flags.stale > 0) {
    const rows = flags.stale.toLocaleString();
    lenses.push({
      title: flags.stale === 1 ? t('1 changed row: re-score') : t('{0} changed rows: re-score', rows),
      command: 'counterweight.rescoreChangedRows',
      tooltip: t('Score only rows that are new or whose text changed, with the saved checkers'),
    });
  }
  const total = problemTotal(flags);
  if (total > shown) {
    lenses.push({
      title: t('the {0} worst of {1} problems are marked', shown.toLocaleString(), total.toLocaleString()),
      command: 'counterweight.openWeights',
      tooltip: t('The weights panel has all of them'),
    });
  }
  return lenses;
}
