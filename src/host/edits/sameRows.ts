/** Rows are named by their place among a dataset's rows: whether such names still mean what they meant. For tests free of `vscode`. */
import type { QueryResult, Target } from '../../protocol/data.ts';
import type { DatasetModel } from '../services.ts';

/**
 * Tells the worker of everything typed so far, then says whether a target's rows are those that the caller saw.
 * @param seen The dataset's numbering when they were seen; a verdict names no single row and holds at any.
 */
export async function areSameRows(
  target: Target,
  seen: number,
  dataset: Pick<DatasetModel, 'flush' | 'numbering'>,
): Promise<boolean> {
  await dataset.flush();
  return dataset.numbering === seen || 'verdict' in target;
}

/**
 * Asks for rows, and says by which numbering they are named. Where the numbering changes under way it is the one before:
 * an action on such rows is refused until they were asked for again, which the change itself brings about.
 */
export async function askNumbered(
  dataset: Pick<DatasetModel, 'numbering'>,
  ask: () => Promise<QueryResult>,
): Promise<QueryResult & { readonly numbering: number }> {
  const { numbering } = dataset;
  return { ...(await ask()), numbering };
}
