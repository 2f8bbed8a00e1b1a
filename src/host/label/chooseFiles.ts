/** Where the texts to label come from, and which file is written. */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { pickFile } from '../pickFile.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import { evaluationRole } from '../train/evaluationFiles.ts';

export interface TextSource {
  readonly path: string;
  readonly kind: 'synthetic' | 'texts';
}

export interface LabelTarget {
  readonly path: string;
  /** It is there already; what it holds stays. */
  readonly appends: boolean;
}

/** A file above this is no small set of rows to be trusted: it is not rewritten after every answer. */
const mostTargetBytes = 50 * 1024 * 1024;

/** @returns undefined where the user gave up. */
export async function chooseSource(dataset: string): Promise<TextSource | undefined> {
  const items = [
    {
      label: `$(mail) ${vscode.l10n.t('Real texts from another JSONL file …')}`,
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t(
        'Only real texts can tell how real data would label a row. Labels in the file are not shown.',
      ),
      kind_: 'texts' as const,
    },
    {
      label: `$(database) ${vscode.l10n.t('This synthetic file: {0}', plainText(basename(dataset)))}`,
      detail: vscode.l10n.t("A stopgap: finds the generator's wrong labels, knows nothing of texts it never wrote."),
      kind_: 'synthetic' as const,
    },
  ];
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('Pick rows to label: which texts?'),
    placeholder: vscode.l10n.t('About 200 labels of yours are what all weights rest on'),
  });
  if (picked === undefined) return undefined;
  if (picked.kind_ === 'synthetic') return { path: dataset, kind: 'synthetic' };
  const chosen = await pickFile({
    title: vscode.l10n.t('File with real texts'),
    placeholder: vscode.l10n.t('One JSON object a line; labels in it are not shown'),
    near: dataset,
    refuse: (file) => (file === dataset ? vscode.l10n.t('is the synthetic file itself') : undefined),
    describe: (file) =>
      evaluationRole(basename(file)) === undefined
        ? undefined
        : vscode.l10n.t('by its name for evaluation: rows labelled here must not judge a model as well'),
  });
  return chosen?.file === undefined ? undefined : { path: chosen.file, kind: 'texts' };
}

/** `real.jsonl` beside the dataset; asks first where that is there already. @returns undefined where the user gave up. */
export async function chooseTarget(dataset: string, source: string): Promise<LabelTarget | undefined> {
  const folder = dirname(dataset);
  const usual = join(folder, 'real.jsonl');
  const taken = [dataset, source];
  const size = taken.includes(usual) ? undefined : await sizeOf(usual);
  if (size === undefined && !taken.includes(usual)) return { path: usual, appends: false };
  const free = await firstFree(folder, taken);
  const append = {
    label: `$(add) ${vscode.l10n.t('Append to {0}', basename(usual))}`,
    detail: vscode.l10n.t('Every row that it holds stays as it is.'),
    act: 'append' as const,
  };
  const other = {
    label: `$(new-file) ${vscode.l10n.t('Write {0} instead', basename(free))}`,
    act: 'free' as const,
  };
  const name = { label: `$(edit) ${vscode.l10n.t('Choose another name …')}`, act: 'name' as const };
  const mayAppend = size !== undefined && size <= mostTargetBytes;
  const items = [...(mayAppend ? [append] : []), other, name];
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('{0} is there already', basename(usual)),
    placeholder: vscode.l10n.t('Where the rows that you label are written'),
  });
  switch (picked?.act) {
    case 'append':
      return { path: usual, appends: true };
    case 'free':
      return { path: free, appends: false };
    case 'name':
      return askName(free, taken);
    case undefined:
      return undefined;
  }
}

async function askName(suggested: string, taken: readonly string[]): Promise<LabelTarget | undefined> {
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('File for the rows that you label'),
    defaultUri: vscode.Uri.file(suggested),
    filters: { JSONL: ['jsonl', 'ndjson'] },
  });
  if (uri === undefined) return undefined;
  const size = await sizeOf(uri.fsPath);
  if (taken.includes(uri.fsPath) || (size ?? 0) > mostTargetBytes) {
    const text = vscode.l10n.t('{0} holds other rows; choose another name.', plainText(basename(uri.fsPath)));
    void vscode.window.showWarningMessage(text);
    return askName(suggested, taken);
  }
  // The dialog has asked whether to replace an existing file. It is appended to all the same: nothing is lost.
  return { path: uri.fsPath, appends: size !== undefined };
}

async function firstFree(folder: string, taken: readonly string[]): Promise<string> {
  for (let i = 2; ; i++) {
    const path = join(folder, `real-${String(i)}.jsonl`);
    if (!taken.includes(path) && (await sizeOf(path)) === undefined) return path;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await vscode.workspace.fs.stat(vscode.Uri.file(path))).size;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError) return undefined;
    throw thrown;
  }
}
