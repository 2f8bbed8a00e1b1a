import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import { copyExample } from './copyExample.ts';

/** "Try the example": copies it to a folder that the user picks, and scores it there. */
export const register: Register = (context, { log }) => {
  context.subscriptions.push(
    vscode.commands.registerCommand('counterweight.tryExample', async () => {
      const [chosen] =
        (await vscode.window.showOpenDialog({
          title: vscode.l10n.t('Where shall the example be copied to?'),
          openLabel: vscode.l10n.t('Copy the example here'),
          canSelectFiles: false,
          canSelectFolders: true,
          defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri,
        })) ?? [];
      if (chosen === undefined) return;
      const source = vscode.Uri.joinPath(context.extensionUri, 'examples', 'spam');
      let folder: vscode.Uri;
      try {
        folder = await copyExample(source, chosen);
      } catch (thrown) {
        if (!(thrown instanceof vscode.FileSystemError)) throw thrown;
        log.error(thrown);
        const message = vscode.l10n.t('The example cannot be copied to {0}: {1}', chosen.fsPath, thrown.message);
        void vscode.window.showErrorMessage(message);
        return;
      }
      const synthetic = vscode.Uri.joinPath(folder, 'synthetic.jsonl');
      if (vscode.workspace.getWorkspaceFolder(folder) === undefined) void offerToOpen(folder);
      else await vscode.commands.executeCommand('revealInExplorer', synthetic);
      const real = vscode.Uri.joinPath(folder, 'real.jsonl');
      await vscode.commands.executeCommand('counterweight.scoreSyntheticData', synthetic, [synthetic, real]);
    }),
  );
};

/** Opening a folder starts the window anew and would end what runs in it, so it is offered, in a window of its own. */
async function offerToOpen(folder: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open folder in a new window');
  const message = vscode.l10n.t('The example is in {0}.', folder.fsPath);
  if ((await vscode.window.showInformationMessage(message, open)) !== open) return;
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}
