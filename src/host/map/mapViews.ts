import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DatasetViews } from '../datasetViews.ts';
import type { Services } from '../services.ts';
import { MapView } from './mapView.ts';

export const mapViewType = 'counterweight.map';

/** The maps of this window. */
export class MapViews extends DatasetViews<MapView> {
  constructor(services: Services) {
    super(services, {
      viewType: mapViewType,
      parts: 'map',
      titleOf: (dataset) => vscode.l10n.t('Map of {0}', basename(dataset)),
      open: (dataset, panel) => new MapView(dataset, panel, services),
    });
  }
}
