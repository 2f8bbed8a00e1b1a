import * as vscode from 'vscode';
import { unboundedWeight, type FieldOverrides, type WeightControls } from '../protocol/data.ts';

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

const controlNames = ['gamma', 'clipMax', 'misalignedBelow'] as const;

/**
 * Settings of the weights; undefined where the user has set none of them, so that a run's own hold.
 * @param always Their defaults in that case.
 */
export function readControls(uri: vscode.Uri, always: true): WeightControls;
export function readControls(uri: vscode.Uri): WeightControls | undefined;
export function readControls(uri: vscode.Uri, always = false): WeightControls | undefined {
  const settings = settingsOf(uri);
  const isSet = controlNames.some((name) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = settings.inspect(name) ?? {};
    return (globalValue ?? workspaceValue ?? workspaceFolderValue) !== undefined;
  });
  if (!isSet && !always) return undefined;
  const clipMax = settings.get<number>('clipMax', 2);
  return {
    gamma: settings.get<number>('gamma', 1),
    // 0 stands for no bound.
    clipMax: clipMax > 0 ? clipMax : unboundedWeight,
    misalignedBelow: settings.get<number>('misalignedBelow', 0.2),
  };
}
