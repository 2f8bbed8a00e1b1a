import * as vscode from 'vscode';
import type { Register } from '../services.ts';
import { ExplainRowTool } from './explainRow.ts';
import { ListMisalignedTool } from './listMisaligned.ts';
import { ScoreDatasetTool } from './scoreDataset.ts';
import { TrainClassifierTool } from './trainClassifier.ts';

/** Tools for language models: the same jobs and answers as the panel's. */
export const register: Register = (context, services) => {
  context.subscriptions.push(
    vscode.lm.registerTool('counterweight_score_dataset', new ScoreDatasetTool(services)),
    vscode.lm.registerTool('counterweight_list_misaligned', new ListMisalignedTool(services)),
    vscode.lm.registerTool('counterweight_explain_row', new ExplainRowTool(services)),
    vscode.lm.registerTool('counterweight_train_classifier', new TrainClassifierTool(services)),
  );
};
