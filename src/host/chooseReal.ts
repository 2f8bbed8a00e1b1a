import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { pickFile } from './pickFile.ts';
import { pickOne } from './pickOne.ts';
import type { Services } from './services.ts';

/**
 * Asks for the real file of a dataset, good guesses first; remembering it is up to the caller.
 * @returns undefined where the user gave up, or went off to label rows first.
 */
export async function chooseReal(services: Services, path: string): Promise<string | undefined> {
  const candidates = await services.data.call('guessReal', { path });
  const browse = { label: `$(folder-opened) ${vscode.l10n.t('Choose another file …')}`, choice: 'browse' as const };
  const label = {
    label: `$(tag) ${vscode.l10n.t('None at hand: pick 200 rows to label')}`,
    choice: 'label' as const,
  };
  const items = [
    ...candidates.map((candidate) => ({
      label: `$(file) ${basename(candidate.path)}`,
      description: vscode.l10n.t(
        '{0} rows, labels {1}',
        candidate.more ? `${candidate.rows.toLocaleString()}+` : candidate.rows.toLocaleString(),
        candidate.labels.slice(0, 8).join(', '),
      ),
      detail: candidate.reason,
      choice: candidate.path,
    })),
    browse,
    label,
  ];
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('Real rows for {0}', basename(path)),
    placeholder: vscode.l10n.t('A small file of real texts with labels you trust'),
  });
  if (picked === undefined) return undefined;
  if (picked.choice === 'label') {
    await vscode.commands.executeCommand('counterweight.labelRows', vscode.Uri.file(path));
    return undefined;
  }
  if (picked.choice !== 'browse') return picked.choice;
  const chosen = await pickFile({
    title: vscode.l10n.t('Real rows for {0}', basename(path)),
    near: path,
    refuse: (file) => (file === path ? vscode.l10n.t('is the synthetic file itself') : undefined),
    describe: (file) => (dirname(file) === dirname(path) ? undefined : dirname(file)),
  });
  return chosen?.file;
}
