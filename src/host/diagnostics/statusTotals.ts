import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import type { FlagStore } from './flagStore.ts';
import { totalsOf } from './problems.ts';

/** Tells the status bar how many rows of the file that is being looked at have problems, marked or not. */
export class StatusTotals extends Disposable {
  constructor(
    private readonly services: Services,
    private readonly store: FlagStore,
  ) {
    super();
    this.register(vscode.window.onDidChangeActiveTextEditor(() => this.#tell()));
    this.register(vscode.window.onDidChangeVisibleTextEditors(() => this.#tell()));
    this.register(store.onDidChange(() => this.#tell()));
    this.#tell();
  }

  #tell(): void {
    // Beside a panel that has the focus, the file that is in sight.
    const { activeTextEditor, visibleTextEditors } = vscode.window;
    const editors = activeTextEditor === undefined ? visibleTextEditors : [activeTextEditor];
    const flagged = editors.map(({ document }) => this.store.latest(document)).find((found) => found !== undefined);
    const text = flagged && totalsOf(flagged.flags, vscode.l10n.t);
    this.services.jobs.showMeanwhile(
      flagged === undefined || text === undefined
        ? undefined
        : {
            text,
            tooltip: vscode.l10n.t('Show the weights of this file'),
            command: { command: 'counterweight.openWeights', title: '', arguments: [flagged.dataset.uri] },
          },
    );
  }
}
