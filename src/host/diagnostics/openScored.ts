import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import { hasDatasetFolder, isOwnPath } from '../../store/layout.ts';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { isDatasetFile } from './files.ts';

/** Opens the dataset of a document that results lie beside: now, and whenever such a document is opened. */
export class OpenScored extends Disposable {
  constructor(private readonly services: Services) {
    super();
    this.register(vscode.workspace.onDidOpenTextDocument((document) => void this.#look(document)));
    // Not all that VS Code has restored is shown; what is not will be looked at when it is.
    for (const { document } of vscode.window.visibleTextEditors) void this.#look(document);
    this.register(
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const { document } of editors) void this.#look(document);
      }),
    );
  }

  async #look(document: vscode.TextDocument): Promise<void> {
    const path = document.uri.fsPath;
    if (!isDatasetFile(document) || isOwnPath(path) || this.services.datasets.get(path) !== undefined) return;
    try {
      if (!(await hasDatasetFolder(path, this.services.context.globalStorageUri.fsPath))) return;
      if (this.isDisposed || document.isClosed) return;
      await this.services.datasets.open(path);
    } catch (thrown) {
      // Nobody asked for it: the log is enough.
      this.services.log.warn(`${path}: ${messageOf(thrown)}`);
    }
  }
}
