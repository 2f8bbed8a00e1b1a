import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import type { TrainingChoices } from './planTraining.ts';
import { TrainingViews, trainingViewType } from './trainingViews.ts';

/** What of a training is chosen at first. */
export type TrainingPreset = Partial<TrainingChoices>;

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
    /** Internal: the same with some of it chosen already, e.g. from a comparison. */
    vscode.commands.registerCommand('counterweight.trainWith', async (dataset: string, preset: TrainingPreset) => {
      const { trainClassifier } = await import('./trainClassifier.ts');
      await trainClassifier(services, views, vscode.Uri.file(dataset), preset);
    }),
    /** Internal: a run in the training view, e.g. from the runs view. */
    vscode.commands.registerCommand('counterweight.openTraining', (dataset: string, run?: string) => {
      views.show(dataset, run);
    }),
  );
};
