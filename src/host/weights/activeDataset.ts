import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import type { WeightsPanels } from './panels.ts';

const datasetName = /\.(jsonl|ndjson)$/i;

/** The dataset that a command without an argument is about: the active panel's, the active tab's, or the only one open. */
export function datasetPathOf(services: Services, panels?: Pick<WeightsPanels, 'active'>): string | undefined {
  if (panels?.active !== undefined) return panels.active.path;
  if (services.datasets.active !== undefined) return services.datasets.active;
  // A file above 50 MB has no text editor, but its tab knows where it is.
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    vscode.window.activeTextEditor?.document.uri ?? (input instanceof vscode.TabInputText ? input.uri : undefined);
  if (uri?.scheme === 'file' && datasetName.test(uri.path)) return uri.fsPath;
  return services.datasets.all.length === 1 ? services.datasets.all[0].path : undefined;
}
