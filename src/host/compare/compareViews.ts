import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DatasetViews } from '../datasetViews.ts';
import type { Services } from '../services.ts';
import { CompareView } from './compareView.ts';
import { LiveComparisons } from './liveComparisons.ts';

export const compareViewType = 'counterweight.compare';

/** The Compare views of this window. */
export class CompareViews extends DatasetViews<CompareView> {
  constructor(services: Services) {
    const comparisons = new LiveComparisons(services.jobs);
    super(services, {
      viewType: compareViewType,
      parts: 'compare',
      titleOf: (dataset) => vscode.l10n.t('Methods on {0}', basename(dataset)),
      open: (dataset, panel) => new CompareView(dataset, panel, services, comparisons),
    });
    this.register(comparisons);
  }
}
