import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { DatasetModel, Services } from '../services.ts';

/** An answer of a tool: one JSON object as text. */
export function answer(value: object): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(value))]);
}

/** A file that a model named: absolute, or relative to a folder of the workspace; never outside of the workspace. */
export async function fileOf(name: unknown, what: string): Promise<string> {
  if (typeof name !== 'string' || name === '') throw new UserError(`The tool needs ${what}: a path in the workspace.`);
  for (const { uri: folder } of vscode.workspace.workspaceFolders ?? []) {
    // Resolved first: VS Code takes any path that begins with a folder's for one in it, also with `..` behind.
    const path = resolve(folder.fsPath, name);
    const uri = vscode.Uri.file(path);
    if (vscode.workspace.getWorkspaceFolder(uri) !== undefined && (await exists(uri))) return path;
  }
  throw new UserError(`${name}: there is no such file in the workspace.`);
}

/** As {@link fileOf}; undefined where the model named none. */
export async function optionalFileOf(name: unknown, what: string): Promise<string | undefined> {
  return name === undefined ? undefined : await fileOf(name, what);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.stat(uri)).type !== vscode.FileType.Directory;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError) return false;
    throw thrown;
  }
}

/**
 * A dataset that can be read.
 * @param real The real file; the one known from before where absent.
 * @throws UserError with the fault of its files.
 */
export async function readableDataset(services: Services, path: string, real?: string): Promise<DatasetModel> {
  const dataset = await services.datasets.open(path, real);
  // Not by rows that the text in the editor no longer has, nor from a worker that has just been started anew.
  await dataset.flush();
  if (dataset.fault !== undefined) throw new UserError(dataset.fault);
  return dataset;
}

/** A dataset with scores to speak of. */
export async function scoredDataset(services: Services, path: string): Promise<DatasetModel> {
  const dataset = await readableDataset(services, path);
  if (dataset.run === undefined) {
    if (dataset.runFault !== undefined) throw new UserError(dataset.runFault);
    throw new UserError(`${path} has no scores yet; call counterweight_score_dataset first and wait for its job.`);
  }
  return dataset;
}

/** A dataset that a job can be about, and its real file. */
export async function pairOf(
  services: Services,
  input: { readonly synthetic?: string; readonly real?: string },
): Promise<{ readonly dataset: DatasetModel; readonly real: string }> {
  const synthetic = await fileOf(input.synthetic, 'synthetic');
  const dataset = await readableDataset(services, synthetic, await optionalFileOf(input.real, 'real'));
  if (dataset.realPath === undefined) {
    throw new UserError(`No real rows are known for ${synthetic}; name their file as real.`);
  }
  return { dataset, real: dataset.realPath };
}

/** The question before something is written. */
export function confirmation(title: string, message: string): vscode.PreparedToolInvocation {
  return {
    invocationMessage: title,
    confirmationMessages: { title, message: new vscode.MarkdownString().appendText(message) },
  };
}
