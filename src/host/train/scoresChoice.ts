/** Whose scores a training takes its weights from. Free of `vscode`: sentences are made by the function that is passed in. */
import { basename } from 'node:path';
import type { RunFacts } from '../../protocol/data.ts';
import type { ListedRun } from '../../store/listRuns.ts';
import { textOf } from '../jsonMembers.ts';
import type { Translate } from '../l10n.ts';
import type { LossText } from './losses.ts';

/** Why a run that is shown cannot give the weights; undefined where it can. */
export type Unfit = 'none' | 'stale' | 'other real rows' | 'no diversity checker';

/**
 * Whether the run that is shown can give a loss its weights.
 * @param real The real file of the training.
 * @param checkers What the loss needs.
 */
export function unfitOf(
  run: RunFacts | undefined,
  real: string | undefined,
  checkers: LossText['checkers'],
): Unfit | undefined {
  if (run === undefined) return 'none';
  if (run.real !== undefined && run.real !== real) return 'other real rows';
  if (run.staleRows > 0) return 'stale';
  return checkers === 'both' && run.method === 'dimp' ? 'no diversity checker' : undefined;
}

/**
 * The run that a training takes its weights from unless the user says otherwise: the one that is shown, since its weights
 * are what the user looked at. A preview is for a first look: there the checkers are made first.
 */
export function defaultScores(
  run: RunFacts | undefined,
  real: string | undefined,
  checkers: LossText['checkers'],
): string | undefined {
  if (checkers === 'none' || run === undefined || run.effort === 'preview') return undefined;
  return unfitOf(run, real, checkers) === undefined ? run.folder : undefined;
}

/** A score run in a few words: "31 Jan 2026, 14:22 (standard)". */
export function runWords({ created, effort }: Pick<RunFacts, 'created' | 'effort'>, t: Translate): string {
  const when = new Date(created).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const efforts = { preview: t('preview'), standard: t('standard'), paper: t('paper') };
  return t('{0} ({1})', when, efforts[effort]);
}

/** Whose scores gave a training its weights, one sentence. @param folder Of the score run; it may be gone by now. */
export function scoresSentence(folder: string, runs: readonly ListedRun[], t: Translate): string {
  const record = runs.find((run) => run.folder === folder)?.record;
  if (record === undefined) return t('Weights from the scores of {0}.', basename(folder));
  const effort = textOf(record.settings['effort']);
  const known = effort === 'preview' || effort === 'paper' ? effort : 'standard';
  return t('Weights from the scores of {0}.', runWords({ created: record.created, effort: known }, t));
}
