import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import { DatasetLens } from './codeLens.ts';
import { registerCommands } from './commands.ts';
import { datasetFiles } from './files.ts';
import { FlagStore } from './flagStore.ts';
import { WeightHover } from './hover.ts';
import { LineMarks } from './marks.ts';
import { OpenScored } from './openScored.ts';
import { problemLimit, Problems } from './publish.ts';
import { RowFixes } from './quickFixes.ts';
import { StatusTotals } from './statusTotals.ts';
import { WeightNotes } from './weightNotes.ts';

/** Lines marked in the gutter and the ruler, at least: more than the problems that are drawn. */
const leastMarks = 2000;

/** What a scored file shows of its rows: problems, marks, notes, hover, CodeLens and quick fixes. */
export const register: Register = (context, services) => {
  const { extensionUri } = context;
  const store = new FlagStore(services, (uri) => Math.max(leastMarks, problemLimit(uri)));
  context.subscriptions.push(
    store,
    new Problems(store, extensionUri),
    new LineMarks(store, extensionUri),
    new WeightNotes(services, store),
    new StatusTotals(services, store),
    vscode.languages.registerHoverProvider(datasetFiles, new WeightHover(services)),
    vscode.languages.registerCodeLensProvider(datasetFiles, new DatasetLens(services, store)),
    vscode.languages.registerCodeActionsProvider(datasetFiles, new RowFixes(services, store), RowFixes.metadata),
    ...registerCommands(services),
    // Last, so that everybody hears of what it opens.
    new OpenScored(services),
  );
};
