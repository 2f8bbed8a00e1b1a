import * as vscode from 'vscode';
import type { FieldOverrides, WeightControls } from '../protocol/data.ts';
import { controlsFrom } from './weightControls.ts';

/** Settings `counterweight.*` for a file. */
export function settingsOf(uri?: vscode.Uri): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('counterweight', uri);
}

/** The fields that the user named; what is left empty is detected. */
export function readFields(uri: vscode.Uri): FieldOverrides {
  const settings = settingsOf(uri);
  const text = (name: string): string | undefined => settings.get<string>(name)?.trim() || undefined;
  const labelMap = settings.get<Record<string, string>>('labelMap');
  return {
    textField: text('textField'),
    textPairField: text('textPairField'),
    labelField: text('labelField'),
    labelMap: labelMap !== undefined && Object.keys(labelMap).length > 0 ? { ...labelMap } : undefined,
  };
}

/** Settings of the weights that the user has made, and only these: the rest is as the run has it. */
export function readControls(uri: vscode.Uri): Partial<WeightControls> {
  const settings = settingsOf(uri);
  return controlsFrom((name) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = settings.inspect(name) ?? {};
    return (globalValue ?? workspaceValue ?? workspaceFolderValue) === undefined ? undefined : settings.get(name);
  });
}
