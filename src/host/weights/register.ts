import * as vscode from 'vscode';
import { rowActions } from '../../core/table/actions.ts';
import type { Register } from '../services.ts';
import { datasetPathOf } from './activeDataset.ts';
import { exportRows } from './exportRows.ts';
import { WeightsPanels } from './panels.ts';
import { restorePanels, weightsViewType } from './restore.ts';

/** The weights panel: its commands, the row actions, and its return after a reload. */
export const register: Register = (context, services) => {
  const panels = new WeightsPanels(context, services);
  context.subscriptions.push(
    panels,
    vscode.window.registerWebviewPanelSerializer(weightsViewType, restorePanels(panels)),
    vscode.commands.registerCommand(
      'counterweight.openWeights',
      async (target?: vscode.Uri | string, row?: unknown, until?: unknown) => {
        const path = typeof target === 'string' ? target : (target?.fsPath ?? datasetPathOf(services, panels));
        if (path === undefined) {
          void vscode.window.showInformationMessage(
            vscode.l10n.t(
              'Open a .jsonl file of synthetic rows, or right-click one in the explorer, to see its weights.',
            ),
          );
          return;
        }
        const panel = panels.show(path, until instanceof Promise ? (until as Promise<boolean>) : undefined);
        // The explorer passes the selected files in this place.
        if (typeof row === 'number') panel.reveal(row);
      },
    ),
    /** Internal: the rows of a dataset that pass a filter, e.g. those that were picked on the map. */
    vscode.commands.registerCommand('counterweight.filterWeights', (dataset: string, filter: string) => {
      panels.show(dataset).filter(filter);
    }),
    vscode.commands.registerCommand('counterweight.exportRows', async (target?: vscode.Uri) => {
      const panel = panels.active;
      const path = target?.fsPath ?? panel?.path ?? datasetPathOf(services, panels);
      if (path === undefined) return;
      const held = services.datasets.hold(path);
      try {
        await exportRows(await services.datasets.open(path), panel?.path === path ? panel.view : undefined);
      } finally {
        held.dispose();
      }
    }),
    // Keys, menus and the palette all come here; the panel knows what is selected.
    ...rowActions.map(({ id, command }) =>
      vscode.commands.registerCommand(command, () => {
        panels.active?.action(id);
      }),
    ),
    vscode.commands.registerCommand('counterweight.row.search', () => {
      panels.active?.action('search');
    }),
  );
};
