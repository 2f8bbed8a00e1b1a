import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DatasetViews } from '../datasetViews.ts';
import type { Services } from '../services.ts';
import { LiveTrainings } from './liveTrainings.ts';
import { TrainingView } from './trainingView.ts';

export const trainingViewType = 'counterweight.training';

/** The training views of this window. */
export class TrainingViews extends DatasetViews<TrainingView> {
  constructor(services: Services) {
    const trainings = new LiveTrainings(services.jobs);
    super(services, {
      viewType: trainingViewType,
      parts: 'training',
      titleOf: (dataset) => vscode.l10n.t('Training on {0}', basename(dataset)),
      open: (dataset, panel) => new TrainingView(dataset, panel, services, trainings),
    });
    this.register(trainings);
  }
}
