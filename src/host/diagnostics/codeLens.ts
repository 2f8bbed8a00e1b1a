import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import type { FlagStore } from './flagStore.ts';
import { lensesOf } from './lenses.ts';
import { problemLimit } from './publish.ts';

/** A line over the first row of a dataset: what was scored, and what can be done. */
export class DatasetLens implements vscode.CodeLensProvider {
  readonly onDidChangeCodeLenses: vscode.Event<void>;

  constructor(
    private readonly services: Services,
    private readonly store: FlagStore,
  ) {
    this.onDidChangeCodeLenses = (listener, thisArgument, disposables) =>
      store.onDidChange(() => listener.call(thisArgument), undefined, disposables);
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const dataset = this.services.datasets.get(document.uri.fsPath);
    if (dataset?.facts === undefined) return [];
    const flags = this.store.latest(document)?.flags;
    // Nothing yet is not the same as nothing scored.
    if (flags === undefined) return [];
    const shown = problemLimit(document.uri);
    const facts = { flags, run: dataset.run, fault: dataset.fault, shown: shown === 0 ? Infinity : shown };
    return lensesOf(facts, vscode.l10n.t).map(
      (lens) => new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { ...lens, arguments: [dataset.uri] }),
    );
  }
}
