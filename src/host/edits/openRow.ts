import * as vscode from 'vscode';
import type { Target, WeightControls } from '../../protocol/data.ts';
import type { DatasetModel } from '../services.ts';
import { columnOf } from './documents.ts';

/** Shows the line of the first row of a target in the file. */
export async function openRow(target: Target, dataset: DatasetModel, controls: WeightControls): Promise<void> {
  if (!('rows' in target) || target.rows.length === 0) return;
  const { view } = await dataset.call('details', { row: target.rows[0], controls });
  await openLine(dataset.uri, view.line);
}

/**
 * Shows a line of a file, in the group where the file is open, otherwise beside a panel that has the focus.
 * @param line 1-based.
 */
export async function openLine(uri: vscode.Uri, line: number): Promise<void> {
  const inPanel = vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputWebview;
  const options: vscode.TextDocumentShowOptions = {
    viewColumn: columnOf(uri) ?? (inPanel ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active),
    selection: new vscode.Range(line - 1, 0, line - 1, 0),
    preview: false,
  };
  // Not showTextDocument: VS Code shows files above 50 MB, but hands extensions no document for them.
  await vscode.commands.executeCommand('vscode.open', uri, options);
}
