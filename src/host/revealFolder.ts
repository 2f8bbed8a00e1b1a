import * as vscode from 'vscode';

/**
 * Shows a folder in the system's file manager; where the window looks at another machine, which has none, in the explorer,
 * or its path where the explorer does not reach it.
 */
export async function revealFolder(folder: vscode.Uri): Promise<void> {
  const isLocal = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  if (isLocal) {
    await vscode.commands.executeCommand('revealFileInOS', folder);
  } else if (vscode.workspace.getWorkspaceFolder(folder) !== undefined) {
    await vscode.commands.executeCommand('revealInExplorer', folder);
  } else {
    const copy = vscode.l10n.t('Copy path');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('The folder is outside of this workspace: {0}', folder.fsPath),
      copy,
    );
    if (answer === copy) await vscode.env.clipboard.writeText(folder.fsPath);
  }
}
