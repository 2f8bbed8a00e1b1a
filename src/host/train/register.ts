import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import { TrainingViews, trainingViewType } from './trainingViews.ts';

/** "Train weighted classifier", the training view, and its return after a reload. */
export const register: Register = (context, services) => {
  const views = new TrainingViews(services);
  context.subscriptions.push(
    views,
    vscode.window.registerWebviewPanelSerializer(trainingViewType, views),
    vscode.commands.registerCommand('counterweight.trainClassifier', async (target?: unknown) => {
      const { trainClassifier } = await import('./trainClassifier.ts');
      await trainClassifier(services, views, target);
    }),
    /** Internal: a run in the training view, e.g. from the runs view. */
    vscode.commands.registerCommand('counterweight.openTraining', (dataset: string, run?: string) => {
      views.show(dataset, run);
    }),
  );
};
