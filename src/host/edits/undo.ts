import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { EditPlan } from '../../protocol/data.ts';
import type { DatasetModel } from '../services.ts';
import { columnOf, findDocument } from './documents.ts';

/**
 * Takes back an edit of ours by the editor's own undo, so that the bytes and the undo stack are as before, and returns to
 * where the user was.
 *
 * @param version The document's version just after the edit: later edits are not undone by mistake.
 * @returns Whether it was undone; where it is too late the user has been told.
 */
export async function undoEdit(
  dataset: DatasetModel,
  document: vscode.TextDocument,
  version: number,
): Promise<boolean> {
  if (document.isClosed || document.version !== version) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} changed since; undo step by step in its editor.', basename(dataset.path)),
    );
    return false;
  }
  await undoInEditor(dataset);
  return true;
}

/** The editor's undo in a dataset's document, whatever has the focus now. Does nothing where it is not open. */
export async function undoInEditor(dataset: DatasetModel): Promise<void> {
  const document = findDocument(dataset.uri);
  if (document === undefined) return;
  const inPanel = vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputWebview;
  // There is no undo for a document: the command works on the editor that has the focus.
  await vscode.window.showTextDocument(document, { viewColumn: columnOf(document.uri), preview: false });
  await vscode.commands.executeCommand('undo');
  if (inPanel) await vscode.commands.executeCommand('counterweight.openWeights', dataset.uri);
  await dataset.flush();
}

/** Brings back the decisions that stood before a plan was carried out: a row that was kept before is kept again. */
export async function restoreDecisions({ restore }: Pick<EditPlan, 'restore'>, dataset: DatasetModel): Promise<void> {
  if (restore.length === 0) return;
  await dataset.call('decide', { decisions: restore });
  await dataset.refresh();
}
