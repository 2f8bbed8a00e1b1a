import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { CallError } from '../../protocol/rpc.ts';
import { plainText } from '../plainText.ts';
import type { Register } from '../services.ts';
import { datasetPathOf } from '../weights/activeDataset.ts';
import { LabelViews, labelViewType } from './labelViews.ts';

/** "Pick 200 rows to label", and its view. */
export const register: Register = (context, services) => {
  const views = new LabelViews(services);
  context.subscriptions.push(
    views,
    vscode.window.registerWebviewPanelSerializer(labelViewType, views),
    vscode.commands.registerCommand('counterweight.labelRows', async (target?: unknown) => {
      try {
        const path = await datasetOf(target, () => datasetPathOf(services));
        if (path !== undefined) await views.show(path);
      } catch (thrown) {
        if (!(thrown instanceof UserError || thrown instanceof CallError)) throw thrown;
        void vscode.window.showErrorMessage(plainText(thrown.message));
      }
    }),
  );
};

/** The file that a menu passed, the active one, or one that the user is asked for. */
async function datasetOf(target: unknown, known: () => string | undefined): Promise<string | undefined> {
  if (target instanceof vscode.Uri && target.scheme === 'file') return target.fsPath;
  const path = known();
  if (path !== undefined) return path;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Synthetic file that the labels are for'),
      defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri,
      filters: { JSONL: ['jsonl', 'ndjson'] },
    })) ?? [];
  return chosen?.fsPath;
}
