import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { DatasetModel, Services } from '../services.ts';

/** An answer of a tool: one JSON object as text. */
export function answer(value: object): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(value))]);
}

/** A file that a model named: absolute, or in a folder of the workspace; never outside of the workspace. */
export async function fileOf(name: unknown, what: string): Promise<string> {
  if (typeof name !== 'string' || name === '') throw new UserError(`The tool needs ${what}: a path in the workspace.`);
  const folders = vscode.workspace.workspaceFolders ?? [];
  const candidates = isAbsolute(name) ? [name] : folders.map(({ uri }) => join(uri.fsPath, name));
  for (const path of candidates) {
    const uri = vscode.Uri.file(path);
    if (vscode.workspace.getWorkspaceFolder(uri) === undefined) continue;
    if (await exists(uri)) return path;
  }
  throw new UserError(`${name}: there is no such file in the workspace.`);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.stat(uri)).type !== vscode.FileType.Directory;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError) return false;
    throw thrown;
  }
}

/** A dataset with scores to speak of. */
export async function scoredDataset(services: Services, path: string): Promise<DatasetModel> {
  const dataset = await services.datasets.open(path);
  if (dataset.fault !== undefined) throw new UserError(dataset.fault);
  if (dataset.run === undefined) {
    throw new UserError(`${path} has no scores yet; call counterweight_score_dataset first and wait for its job.`);
  }
  return dataset;
}

/** The question before something is written. */
export function confirmation(title: string, message: string): vscode.PreparedToolInvocation {
  return {
    invocationMessage: title,
    confirmationMessages: { title, message: new vscode.MarkdownString().appendText(message) },
  };
}
