import * as vscode from 'vscode';
import { plainText } from '../plainText.ts';
import type { DatasetModel } from '../services.ts';

/** Asks which label rows are to have. Undefined where the user gave up. */
export async function askLabel(dataset: DatasetModel): Promise<string | undefined> {
  const labels = dataset.facts?.labels ?? [];
  const items = labels.map(({ label, rows, realRows }) => ({
    value: label,
    label: plainText(label),
    description: vscode.l10n.t('{0} synthetic, {1} real', rows.toLocaleString(), realRows.toLocaleString()),
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Relabel to …') });
  return picked?.value;
}
