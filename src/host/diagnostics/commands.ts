import { basename } from 'node:path';
import * as vscode from 'vscode';
import { findDocument } from '../edits/documents.ts';
import { runRowAction } from '../edits/runRowAction.ts';
import type { DatasetModel, Services } from '../services.ts';
import { fixCommands, readFixArguments, readRowPlace, type RowPlace } from './fixArguments.ts';
import { toggleWeightNotes } from './weightNotes.ts';

/** The commands behind quick fixes, hover and notes. */
export function registerCommands(services: Services): vscode.Disposable[] {
  const opened = (path: string): Promise<DatasetModel> => services.datasets.open(path);
  return [
    vscode.commands.registerCommand('counterweight.toggleWeightNotes', toggleWeightNotes),
    vscode.commands.registerCommand(fixCommands.act, async (value: unknown) => {
      const fix = readFixArguments(value);
      if (fix === undefined) return;
      const dataset = await opened(fix.path);
      if ('verdict' in fix) {
        await runRowAction({ action: fix.action, target: { verdict: fix.verdict } }, dataset, services);
        return;
      }
      const row = await rowAt(fix, dataset);
      if (row !== undefined) await runRowAction({ action: fix.action, target: { rows: [row] } }, dataset, services);
    }),
    vscode.commands.registerCommand(fixCommands.show, async (value: unknown) => {
      const place = readRowPlace(value);
      if (place === undefined) return;
      const dataset = await opened(place.path);
      const row = await rowAt(place, dataset);
      if (row !== undefined) await vscode.commands.executeCommand('counterweight.openWeights', dataset.uri, row);
    }),
  ];
}

/** The row of a place, unless the text changed since: its lines may have moved. */
async function rowAt({ line, version }: RowPlace, dataset: DatasetModel): Promise<number | undefined> {
  await dataset.flush();
  const document = findDocument(dataset.uri);
  const row = document === undefined || document.version !== version ? null : await dataset.call('rowAtLine', { line });
  if (row !== null) return row;
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('{0} changed in the meantime; nothing was edited. Try again.', basename(dataset.path)),
    6000,
  );
  return undefined;
}
