import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import type { Services } from './services.ts';
import { createWebviewHtml, webviewOptions } from './webview.ts';

/** The host's side of a view about a dataset. */
export interface DatasetView extends vscode.Disposable {
  /** Brings it to the front, about one of the dataset's runs or about the newest. */
  show(run?: string): void;
}

export interface DatasetViewKind<V extends DatasetView> {
  /** Type of its panels, as `onWebviewPanel` names it. */
  readonly viewType: string;
  /** Base name of its script and style sheet in `dist/webview`. */
  readonly parts: string;
  titleOf(dataset: string): string;
  /** Makes the host's side; it owns the panel. */
  open(dataset: string, panel: vscode.WebviewPanel): V;
}

/** The views of one kind in this window, one for each dataset; they come back after a reload. */
export class DatasetViews<V extends DatasetView> extends Disposable implements vscode.WebviewPanelSerializer {
  readonly #views = new Map<string, V>();

  constructor(
    private readonly services: Services,
    private readonly kind: DatasetViewKind<V>,
  ) {
    super();
  }

  /** Shows a dataset's view, about one of its runs or about its newest. */
  show(dataset: string, run?: string): void {
    const key = resolve(dataset);
    const open = this.#views.get(key);
    if (open !== undefined) {
      open.show(run);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      this.kind.viewType,
      this.kind.titleOf(key),
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

  #adopt(dataset: string, panel: vscode.WebviewPanel): V {
    const { extensionUri } = this.services.context;
    this.#views.get(dataset)?.dispose();
    panel.title = this.kind.titleOf(dataset);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = webviewOptions(extensionUri);
    const view = this.kind.open(dataset, panel);
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
    const { parts } = this.kind;
    const files = { script: `${parts}.js`, style: `${parts}.css`, title: panel.title };
    panel.webview.html = createWebviewHtml(panel.webview, extensionUri, files);
    return view;
  }
}
