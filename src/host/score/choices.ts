import type * as vscode from 'vscode';
import { settingsOf } from '../settings.ts';
import type { Effort } from './confirmScore.ts';

const key = 'counterweight.efforts';

/** The effort that was chosen for a dataset last time, else that of the settings. */
export function rememberedEffort({ workspaceState }: vscode.ExtensionContext, uri: vscode.Uri): Effort {
  const remembered = workspaceState.get<Record<string, Effort>>(key, {})[uri.fsPath];
  return remembered ?? settingsOf(uri).get<Effort>('effort', 'standard');
}

export async function rememberEffort(
  { workspaceState }: vscode.ExtensionContext,
  uri: vscode.Uri,
  effort: Effort,
): Promise<void> {
  await workspaceState.update(key, { ...workspaceState.get<Record<string, Effort>>(key, {}), [uri.fsPath]: effort });
}
