import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import { CompareViews, compareViewType } from './compareViews.ts';

/** "Compare methods", the Compare view, and its return after a reload. */
export const register: Register = (context, services) => {
  const views = new CompareViews(services);
  context.subscriptions.push(
    views,
    vscode.window.registerWebviewPanelSerializer(compareViewType, views),
    vscode.commands.registerCommand('counterweight.compareMethods', async (target?: unknown) => {
      const { compareMethods } = await import('./compareMethods.ts');
      await compareMethods(services, views, target);
    }),
    /** Internal: a comparison in the Compare view, e.g. from the runs view. */
    vscode.commands.registerCommand('counterweight.openComparison', (dataset: string, run?: string) => {
      views.show(dataset, run);
    }),
  );
};
