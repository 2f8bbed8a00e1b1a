/** Which scores come after a preview, remembered over crashes and reloads. Free of `vscode` at run time, for tests. */
import type * as vscode from 'vscode';
import type { ScoreRequest } from '../../protocol/jobs.ts';
import type { JobView } from '../../protocol/panel.ts';

type Effort = ScoreRequest['effort'];

const key = 'counterweight.scoresAfterPreview';

/**
 * A preview is a first look: the scores that were asked for follow it by themselves. They are owed until the preview ends
 * well, whichever job that is (the one that began, or the one that resumed it after a crash), or until the user stops it.
 */
export class ScoreChain {
  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  /** Scores of this effort are owed after the next preview of a dataset. */
  async owe(dataset: string, effort: Effort): Promise<void> {
    await this.memento.update(key, { ...this.#owed, [dataset]: effort });
  }

  /** Nothing is owed any more. */
  async forget(dataset: string): Promise<void> {
    const { [dataset]: gone, ...rest } = this.#owed;
    if (gone !== undefined) await this.memento.update(key, rest);
  }

  /**
   * A score job ended.
   * @returns The effort of the scores that are to follow now; undefined: none.
   */
  async ended(
    { files, effort }: Pick<ScoreRequest, 'files' | 'effort'>,
    state: JobView['state'],
  ): Promise<Effort | undefined> {
    const owed = this.#owed[files.synthetic];
    // A preview that failed is resumed or tried again: its scores stay owed.
    if (owed === undefined || (effort === 'preview' && state === 'failed')) return undefined;
    await this.forget(files.synthetic);
    return effort === 'preview' && state === 'done' ? owed : undefined;
  }

  get #owed(): Readonly<Partial<Record<string, Effort>>> {
    return this.memento.get(key, {});
  }
}
