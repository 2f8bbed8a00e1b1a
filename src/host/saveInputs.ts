import { basename } from 'node:path';
import * as vscode from 'vscode';

/**
 * Jobs read files from disk: asks to save those that have unsaved changes.
 * @returns Whether to go on: everything is on disk.
 */
export async function saveInputs(paths: readonly string[]): Promise<boolean> {
  const unsaved = vscode.workspace.textDocuments.filter(
    ({ uri, isDirty }) => isDirty && uri.scheme === 'file' && paths.includes(uri.fsPath),
  );
  if (unsaved.length === 0) return true;
  const save = vscode.l10n.t('Save and continue');
  const names = unsaved.map(({ uri }) => basename(uri.fsPath)).join(', ');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0}: unsaved changes. The job reads what is on disk.', names),
    { modal: true },
    save,
  );
  if (answer !== save) return false;
  const saved = await Promise.all(unsaved.map((document) => document.save()));
  return saved.every(Boolean);
}
