import { basename, resolve } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { createWebviewHtml, webviewOptions } from '../webview.ts';
import { LiveTrainings } from './liveTrainings.ts';
import { TrainingView } from './trainingView.ts';

export const trainingViewType = 'counterweight.training';

/** The training views of this window, one for each dataset; they come back after a reload. */
export class TrainingViews extends Disposable implements vscode.WebviewPanelSerializer {
  readonly #views = new Map<string, TrainingView>();
  readonly #trainings: LiveTrainings;

  constructor(private readonly services: Services) {
    super();
    this.#trainings = this.register(new LiveTrainings(services.jobs));
  }

  /** Shows a dataset's view, about one of its runs or about its newest training. */
  show(dataset: string, run?: string): void {
    const key = resolve(dataset);
    const open = this.#views.get(key);
    if (open !== undefined) {
      open.show(run);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      trainingViewType,
      titleOf(key),
      vscode.ViewColumn.Active,
      webviewOptions(this.services.context.extensionUri),
    );
    this.#adopt(key, panel).show(run);
  }

  /** Implements the serializer; the webview keeps `{ dataset }`. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const dataset = typeof state === 'object' && state !== null && 'dataset' in state ? state.dataset : undefined;
    if (typeof dataset === 'string') this.#adopt(resolve(dataset), panel);
    else panel.dispose();
    return Promise.resolve();
  }

  override dispose(): void {
    for (const view of [...this.#views.values()]) view.dispose();
    super.dispose();
  }

  #adopt(dataset: string, panel: vscode.WebviewPanel): TrainingView {
    const { extensionUri } = this.services.context;
    this.#views.get(dataset)?.dispose();
    panel.title = titleOf(dataset);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = webviewOptions(extensionUri);
    const view = new TrainingView(dataset, panel, this.services, this.#trainings);
    this.#views.set(dataset, view);
    const activate = (active: boolean): void => {
      this.services.datasets.setActive(dataset, active);
    };
    panel.onDidChangeViewState(() => {
      activate(panel.active);
    });
    activate(panel.active);
    panel.onDidDispose(() => {
      activate(false);
      if (this.#views.get(dataset) === view) this.#views.delete(dataset);
      view.dispose();
    });
    const parts = { script: 'training.js', style: 'training.css', title: panel.title };
    panel.webview.html = createWebviewHtml(panel.webview, extensionUri, parts);
    return view;
  }
}

function titleOf(dataset: string): string {
  return vscode.l10n.t('Training on {0}', basename(dataset));
}
