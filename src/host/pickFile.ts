/** Lets the user choose a JSONL file: those beside another file first, any other by the file dialog. */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { pickOne } from './pickOne.ts';

export interface PickFileOptions {
  readonly title: string;
  readonly placeholder?: string;
  /** Files of its folder are offered. */
  readonly near: string;
  /** Selected at first. */
  readonly current?: string;
  /** Offers to choose no file, with this text. */
  readonly none?: string;
  /** Why a file cannot be chosen, as the end of a sentence that begins with its name; such a file is not offered. */
  readonly refuse?: (path: string) => string | undefined;
  /** What a file is, beside its name. */
  readonly describe?: (path: string) => string | undefined;
}

interface FileItem extends vscode.QuickPickItem {
  readonly choice?: { readonly file: string | undefined } | 'browse';
}

/** @returns undefined where the user gave up; `file` is undefined where they chose none. */
export async function pickFile(options: PickFileOptions): Promise<{ readonly file: string | undefined } | undefined> {
  const { title, placeholder, near, current, none, refuse, describe } = options;
  const folder = dirname(near);
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
  const files = entries
    .filter(([name, type]) => (type & vscode.FileType.File) !== 0 && /\.(jsonl|ndjson)$/i.test(name))
    .map(([name]) => join(folder, name))
    .sort((a, b) => a.localeCompare(b));
  if (current !== undefined && !files.includes(current)) files.unshift(current);
  const items: FileItem[] = files
    .filter((file) => refuse?.(file) === undefined)
    .map((file) => ({
      choice: { file },
      label: `$(file) ${basename(file)}`,
      description: describe?.(file) ?? (dirname(file) === folder ? undefined : dirname(file)),
    }));
  if (none !== undefined) items.push({ choice: { file: undefined }, label: `$(circle-slash) ${none}` });
  items.push(
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { choice: 'browse', label: `$(folder-opened) ${vscode.l10n.t('Choose another file …')}` },
  );
  const active = items.find(({ choice }) => typeof choice === 'object' && choice.file === current);
  const picked = await pickOne(items, { title, placeholder, active });
  if (picked?.choice === undefined) return undefined;
  if (picked.choice !== 'browse') return picked.choice;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title,
      defaultUri: vscode.Uri.file(folder),
      filters: { JSONL: ['jsonl', 'ndjson'] },
    })) ?? [];
  if (chosen === undefined) return undefined;
  const reason = refuse?.(chosen.fsPath);
  if (reason === undefined) return { file: chosen.fsPath };
  void vscode.window.showWarningMessage(vscode.l10n.t('{0} {1}.', basename(chosen.fsPath), reason));
  return pickFile(options);
}
