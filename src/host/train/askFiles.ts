/** The files that judge a training: guessed by name, and asked for. */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { pickFile } from '../pickFile.ts';
import { guessEvaluationFiles } from './evaluationFiles.ts';

/** Absolute paths; undefined: none. */
export interface JudgingFiles {
  readonly dev: string | undefined;
  readonly test: string | undefined;
}

/**
 * The dev and test file to begin with: those of last time where they are still there, else those beside the dataset whose
 * names say so.
 *
 * @param last What was chosen last time; a file that is undefined in it was left out on purpose.
 */
export async function firstFiles(
  path: string,
  real: string,
  last: Partial<JudgingFiles> | undefined,
): Promise<JudgingFiles> {
  const folder = dirname(path);
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
  const names = entries.filter(([, type]) => (type & vscode.FileType.File) !== 0).map(([name]) => name);
  const others = dirname(real) === folder ? [basename(real)] : [];
  const guess = guessEvaluationFiles(names, basename(path), others);
  const guessed = (name: string | undefined): string | undefined => name && join(folder, name);
  // A file that was chosen before may be gone by now; "none" is a choice too.
  const remembered = async (chosen: string | undefined, otherwise: string | undefined): Promise<string | undefined> =>
    chosen === undefined || (await isFile(chosen)) ? chosen : otherwise;
  return {
    dev: last === undefined ? guessed(guess.dev) : await remembered(last.dev, guessed(guess.dev)),
    test: last === undefined ? guessed(guess.test) : await remembered(last.test, guessed(guess.test)),
  };
}

/**
 * Asks for the dev or the test file; one that teaches cannot judge.
 *
 * @param none What it means to have none; absent where there must be one.
 * @returns What was chosen before where the user gave up.
 */
export async function askEvaluationFile(
  role: 'dev' | 'test',
  chosen: JudgingFiles,
  { path, real, none }: { readonly path: string; readonly real: string; readonly none?: string },
): Promise<string | undefined> {
  const other = role === 'dev' ? chosen.test : chosen.dev;
  const picked = await pickFile({
    title: role === 'dev' ? vscode.l10n.t('Dev file') : vscode.l10n.t('Test file'),
    placeholder:
      role === 'dev'
        ? vscode.l10n.t('Real rows that choose the epoch, and are never trained on')
        : vscode.l10n.t('Real rows that the finished model is judged on, once'),
    near: path,
    current: chosen[role],
    none,
    refuse: (file) => {
      if (file === path) return vscode.l10n.t('is trained on: it cannot judge what it taught');
      if (file === real) return vscode.l10n.t('teaches the quality checker: it cannot choose or judge as well');
      if (file === other)
        return role === 'dev'
          ? vscode.l10n.t('is the test file: what chooses the epoch must not judge it')
          : vscode.l10n.t('is the dev file: what chose the epoch must not judge it');
      return undefined;
    },
  });
  return picked === undefined ? chosen[role] : (picked.file ?? undefined);
}

/** Base name of a file, or that there is none. */
export function fileName(path: string | undefined): string {
  return path === undefined ? vscode.l10n.t('none') : basename(path);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(vscode.Uri.file(path))).type & vscode.FileType.File) !== 0;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError) return false;
    throw thrown;
  }
}
