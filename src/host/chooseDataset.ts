import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../base/errors.ts';
import { chooseReal } from './chooseReal.ts';
import { pickFile } from './pickFile.ts';
import { pickOne } from './pickOne.ts';
import { plainText } from './plainText.ts';
import type { DatasetModel, Services } from './services.ts';
import { datasetPathOf } from './weights/activeDataset.ts';

/**
 * The synthetic file that a command is about: what a menu passed, else the active one, else asked for.
 *
 * @param target What a menu passed: the file, where it is one.
 * @param ask Title of the question and what the file is for.
 * @returns undefined where the user gave up.
 */
export async function chooseDataset(
  services: Services,
  target: unknown,
  ask: { readonly title: string; readonly placeholder: string },
): Promise<string | undefined> {
  if (target instanceof vscode.Uri && target.scheme === 'file') return target.fsPath;
  const known = datasetPathOf(services);
  if (known !== undefined) return known;
  const open = services.datasets.all;
  if (open.length > 0) {
    const other = { label: `$(folder-opened) ${vscode.l10n.t('Choose another file …')}`, path: undefined };
    const items = [
      ...open.map(({ path }) => ({ label: `$(database) ${plainText(basename(path))}`, description: path, path })),
      other,
    ];
    const picked = await pickOne(items, ask);
    if (picked?.path !== undefined || picked === undefined) return picked?.path;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (folder === undefined) {
    const [chosen] = (await vscode.window.showOpenDialog({ filters: { JSONL: ['jsonl', 'ndjson'] } })) ?? [];
    return chosen?.fsPath;
  }
  const picked = await pickFile({ ...ask, near: vscode.Uri.joinPath(folder, 'synthetic.jsonl').fsPath });
  return picked?.file;
}

/**
 * Opens the dataset that a command is about, with its real file; asks for what is not known.
 *
 * @returns undefined where the user gave up.
 * @throws UserError where the dataset cannot be read.
 */
export async function openChosen(
  services: Services,
  target: unknown,
  ask: { readonly title: string; readonly placeholder: string },
): Promise<{ readonly path: string; readonly dataset: DatasetModel; readonly real: string } | undefined> {
  const path = await chooseDataset(services, target, ask);
  if (path === undefined) return undefined;
  const dataset = await services.datasets.open(path);
  if (dataset.fault !== undefined) throw new UserError(dataset.fault);
  const real = dataset.realPath ?? (await chooseReal(services, path));
  if (real === undefined) return undefined;
  if (dataset.realPath === undefined) await services.datasets.open(path, real);
  return { path, dataset, real };
}
