import { dirname, extname, join, basename } from 'node:path';
import * as vscode from 'vscode';
import type { ExportKind } from '../../protocol/data.ts';
import { CallError } from '../../protocol/rpc.ts';
import type { DatasetModel } from '../services.ts';

interface Choice extends vscode.QuickPickItem {
  readonly kind_: ExportKind;
}

/**
 * Writes a copy of the dataset: asks what and where, never over the source.
 * @param view The panel's rows, for an export of what its filter matches.
 */
export async function exportRows(dataset: DatasetModel, view?: number, kind?: ExportKind): Promise<void> {
  const chosen = kind ?? (await chooseKind(view !== undefined));
  if (chosen === undefined) return;
  const to = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(suggestedPath(dataset.path, chosen)),
    filters: chosen === 'csv' ? { CSV: ['csv'] } : { JSONL: ['jsonl', 'ndjson'] },
    saveLabel: vscode.l10n.t('Export'),
  });
  if (to === undefined) return;
  if (to.fsPath === dataset.path || to.fsPath === dataset.realPath) {
    void vscode.window.showErrorMessage(
      vscode.l10n.t('Export writes a copy; choose another name than {0}.', basename(to.fsPath)),
    );
    return;
  }
  try {
    const { rows } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Exporting {0}', basename(to.fsPath)) },
      async () => {
        await dataset.flush();
        return dataset.call('export', { kind: chosen, view, to: to.fsPath, controls: dataset.controls });
      },
    );
    const open = vscode.l10n.t('Open');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('{0} rows were written to {1}.', rows.toLocaleString(), basename(to.fsPath)),
      open,
    );
    if (answer === open) await vscode.commands.executeCommand('vscode.open', to);
  } catch (thrown) {
    if (!(thrown instanceof CallError)) throw thrown;
    void vscode.window.showErrorMessage(thrown.message);
  }
}

async function chooseKind(hasView: boolean): Promise<ExportKind | undefined> {
  const choices: Choice[] = [
    {
      kind_: 'weighted',
      label: vscode.l10n.t('Weighted JSONL'),
      detail: vscode.l10n.t('Every row, with its weight added as "weight"'),
    },
    {
      kind_: 'corrected',
      label: vscode.l10n.t('Corrected JSONL'),
      detail: vscode.l10n.t('Relabelled and removed as you decided'),
    },
    { kind_: 'csv', label: vscode.l10n.t('CSV'), detail: vscode.l10n.t('Line, labels, numbers, verdict and text') },
  ];
  if (hasView) {
    choices.splice(1, 0, {
      kind_: 'filtered',
      label: vscode.l10n.t('Filtered JSONL'),
      detail: vscode.l10n.t('Only the rows that the panel shows'),
    });
  }
  const picked = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t('Export rows') });
  return picked?.kind_;
}

function suggestedPath(path: string, kind: ExportKind): string {
  const extension = extname(path);
  const stem = basename(path, extension);
  return join(dirname(path), `${stem}.${kind === 'csv' ? 'weights.csv' : `${kind}${extension}`}`);
}
