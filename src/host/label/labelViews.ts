import { basename, resolve } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { Disposable } from '../disposable.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import type { Services } from '../services.ts';
import { createWebviewHtml, webviewOptions } from '../webview.ts';
import { canResume, labelledCount } from './labelSession.ts';
import { LabelStore, type Labelling } from './labelStore.ts';
import { beginLabelling, LabelView, type LabelSetup } from './labelView.ts';

export const labelViewType = 'counterweight.label';

/** The labelling views of this window, one for each dataset; they come back after a reload. */
export class LabelViews extends Disposable implements vscode.WebviewPanelSerializer {
  readonly #views = new Map<string, LabelView>();

  constructor(private readonly services: Services) {
    super();
  }

  /**
   * Shows a dataset's labelling: goes on with what was left, or asks what to label.
   * @throws UserError where the dataset cannot be read.
   */
  async show(dataset: string): Promise<void> {
    const key = resolve(dataset);
    const open = this.#views.get(key);
    if (open !== undefined) {
      open.show();
      return;
    }
    const store = this.#storeOf(key);
    const left = await store.load();
    const begun = left === undefined ? await beginLabelling(key, store) : await this.#askToGoOn(left, store);
    if (begun === undefined) return;
    const panel = vscode.window.createWebviewPanel(
      labelViewType,
      titleOf(key),
      vscode.ViewColumn.Active,
      webviewOptions(this.services.context.extensionUri),
    );
    await this.#adopt(key, panel, store, begun);
  }

  /** Implements the serializer; the webview keeps `{ dataset }`. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const dataset = typeof state === 'object' && state !== null && 'dataset' in state ? state.dataset : undefined;
    const key = typeof dataset === 'string' ? resolve(dataset) : undefined;
    const store = key === undefined ? undefined : this.#storeOf(key);
    const left = await store?.load();
    // Nothing was answered yet: there is nothing to come back to.
    if (key === undefined || store === undefined || left === undefined) panel.dispose();
    else await this.#adopt(key, panel, store, left);
  }

  override dispose(): void {
    for (const view of [...this.#views.values()]) view.dispose();
    super.dispose();
  }

  #storeOf(dataset: string): LabelStore {
    const { storageUri, globalStorageUri } = this.services.context;
    return new LabelStore((storageUri ?? globalStorageUri).fsPath, dataset);
  }

  async #askToGoOn(left: Labelling, store: LabelStore): Promise<LabelSetup | Labelling | undefined> {
    const { session, target } = left;
    if (!canResume(session)) return beginLabelling(left.dataset, store);
    const name = plainText(basename(target));
    const items = [
      {
        label: `$(debug-continue) ${vscode.l10n.t('Go on: {0} of {1} labelled', String(labelledCount(session)), String(session.goal))}`,
        detail: vscode.l10n.t('With the texts of {0}, into {1}', plainText(basename(left.source)), name),
        act: 'continue' as const,
      },
      {
        label: `$(add) ${vscode.l10n.t('Begin anew')}`,
        detail: vscode.l10n.t('What you have labelled stays in {0}', name),
        act: 'anew' as const,
      },
    ];
    const picked = await pickOne<(typeof items)[number]>(items, { title: vscode.l10n.t('Pick rows to label') });
    if (picked === undefined) return undefined;
    return picked.act === 'continue' ? left : beginLabelling(left.dataset, store);
  }

  async #adopt(
    key: string,
    panel: vscode.WebviewPanel,
    store: LabelStore,
    begun: LabelSetup | Labelling,
  ): Promise<void> {
    const { extensionUri } = this.services.context;
    panel.title = titleOf(key);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = webviewOptions(extensionUri);
    const dataset = await this.services.datasets.open(key);
    if (dataset.facts === undefined && !('session' in begun)) {
      panel.dispose();
      throw new UserError(dataset.fault ?? vscode.l10n.t('{0} cannot be read.', basename(key)));
    }
    this.#views.get(key)?.dispose();
    const view = new LabelView(dataset, panel, this.services, store, begun);
    this.#views.set(key, view);
    panel.onDidDispose(() => {
      if (this.#views.get(key) === view) this.#views.delete(key);
      view.dispose();
    });
    panel.webview.html = createWebviewHtml(panel.webview, extensionUri, {
      ...{ script: 'label.js', style: 'label.css', title: panel.title },
    });
  }
}

function titleOf(dataset: string): string {
  return vscode.l10n.t('Label rows for {0}', basename(dataset));
}
