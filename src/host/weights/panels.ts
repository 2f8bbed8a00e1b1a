import { basename, resolve } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { createWebviewHtml, webviewOptions } from '../webview.ts';
import { WeightsPanel } from './panel.ts';
import { weightsViewType } from './restore.ts';

/** The weights panels of this window, one for each dataset. */
export class WeightsPanels extends Disposable {
  readonly #panels = new Map<string, WeightsPanel>();
  #active: WeightsPanel | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly services: Services,
  ) {
    super();
  }

  /** The panel that has the focus. */
  get active(): WeightsPanel | undefined {
    return this.#active;
  }

  /**
   * Shows a dataset's panel, beside the text where one is open.
   * @param until A panel that is new opens the dataset once this has settled, and leaves the keyboard where it is; with
   * `false` it closes again.
   */
  show(path: string, until?: Promise<boolean>): WeightsPanel {
    const key = resolve(path);
    const open = this.#panels.get(key);
    if (open !== undefined) {
      open.show();
      return open;
    }
    const column = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    const title = vscode.l10n.t('Weights of {0}', basename(key));
    const options = webviewOptions(this.context.extensionUri);
    const place = { viewColumn: column, preserveFocus: until !== undefined };
    return this.adopt(key, vscode.window.createWebviewPanel(weightsViewType, title, place, options), until);
  }

  /** Fills a panel that exists, new or restored. */
  adopt(path: string, webviewPanel: vscode.WebviewPanel, until?: Promise<boolean>): WeightsPanel {
    const key = resolve(path);
    this.#panels.get(key)?.dispose();
    webviewPanel.title = vscode.l10n.t('Weights of {0}', basename(key));
    webviewPanel.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'icon.png');
    webviewPanel.webview.options = webviewOptions(this.context.extensionUri);
    const panel = new WeightsPanel(key, webviewPanel, this.services, until);
    this.#panels.set(key, panel);
    webviewPanel.onDidChangeViewState(() => {
      this.#activate(panel, webviewPanel.active);
    });
    webviewPanel.onDidDispose(() => {
      this.#activate(panel, false);
      if (this.#panels.get(key) === panel) this.#panels.delete(key);
      panel.dispose();
    });
    this.#activate(panel, webviewPanel.active);
    webviewPanel.webview.html = createWebviewHtml(webviewPanel.webview, this.context.extensionUri, {
      ...{ script: 'weights.js', style: 'weights.css', title: webviewPanel.title },
    });
    return panel;
  }

  override dispose(): void {
    for (const panel of [...this.#panels.values()]) panel.dispose();
    super.dispose();
  }

  #activate(panel: WeightsPanel, active: boolean): void {
    this.services.datasets.setActive(panel.path, active);
    if (active) this.#active = panel;
    else if (this.#active === panel) {
      this.#active = undefined;
      void vscode.commands.executeCommand('setContext', 'counterweight.rowsFocused', false);
    }
  }
}
