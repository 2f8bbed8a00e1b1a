import * as vscode from 'vscode';
import { runFiles } from '../../store/layout.ts';
import { lockHolder } from '../../store/lock.ts';
import type { Services } from '../services.ts';

/** A run's folder and what it is called. */
export interface Deletable {
  readonly folder: string;
  readonly title: string;
  readonly dataset: string;
}

/**
 * Deletes runs after asking: into the trash where the system has one. A run that some process is at stays.
 * @returns Whether anything was deleted.
 */
export async function deleteRuns(services: Services, runs: readonly Deletable[]): Promise<boolean> {
  const idle: Deletable[] = [];
  for (const run of runs) if ((await lockHolder(runFiles(run.folder).lock)) === undefined) idle.push(run);
  if (idle.length < runs.length) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'A run that is running cannot be deleted; cancel it first. {0} of {1} stay.',
        ...counts(runs, idle),
      ),
    );
  }
  if (idle.length === 0) return false;
  // Another machine's trash is out of reach.
  const hasTrash = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  const what =
    idle.length === 1
      ? vscode.l10n.t('Delete "{0}" and all that it made?', idle[0].title)
      : vscode.l10n.t('Delete {0} runs and all that they made?', String(idle.length));
  const button = hasTrash ? vscode.l10n.t('Move to trash') : vscode.l10n.t('Delete for good');
  const detail = idle.map(({ folder }) => folder).join('\n');
  const answer = await vscode.window.showWarningMessage(what, { modal: true, detail }, button);
  if (answer !== button) return false;
  let trash = hasTrash;
  for (const { folder } of idle) {
    // It may have been taken up again while the question stood there.
    if ((await lockHolder(runFiles(folder).lock)) !== undefined) continue;
    try {
      await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash: trash });
    } catch (thrown) {
      if (!trash || !(await confirmWithoutTrash(thrown))) throw thrown;
      trash = false;
      await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash: false });
    }
  }
  // Whoever showed one of them falls back to the newest that is left.
  for (const path of new Set(idle.map(({ dataset }) => dataset))) {
    const dataset = services.datasets.get(path);
    const shown = idle.some(({ folder }) => folder === dataset?.run?.folder);
    if (shown || dataset?.runFault !== undefined) await dataset?.attach();
  }
  return true;
}

function counts(runs: readonly Deletable[], idle: readonly Deletable[]): string[] {
  return [String(runs.length - idle.length), String(runs.length)];
}

async function confirmWithoutTrash(thrown: unknown): Promise<boolean> {
  const button = vscode.l10n.t('Delete for good');
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  const question = vscode.l10n.t('It cannot be moved to the trash. Delete it for good?');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}
