import * as vscode from 'vscode';
import { chooseDataset } from '../chooseDataset.ts';
import type { Register } from '../services.ts';
import { MapViews, mapViewType } from './mapViews.ts';

/** "Open map", the map of a dataset's rows, and its return after a reload. */
export const register: Register = (context, services) => {
  const views = new MapViews(services);
  context.subscriptions.push(
    views,
    vscode.window.registerWebviewPanelSerializer(mapViewType, views),
    /** `run`: the training whose dynamics are to be seen, e.g. from the runs view. */
    vscode.commands.registerCommand('counterweight.openMap', async (target?: unknown, run?: unknown) => {
      const dataset =
        typeof target === 'string'
          ? target
          : await chooseDataset(services, target, {
              title: vscode.l10n.t('Open map'),
              placeholder: vscode.l10n.t('The synthetic rows to see on a map'),
            });
      // The explorer passes the selected files in the second place.
      if (dataset !== undefined) views.show(dataset, typeof run === 'string' ? run : undefined);
    }),
  );
};
