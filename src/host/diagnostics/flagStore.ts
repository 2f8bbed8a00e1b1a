import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import type { Flags } from '../../protocol/data.ts';
import { Disposable } from '../disposable.ts';
import { findDocument } from '../edits/documents.ts';
import type { DatasetModel, Services } from '../services.ts';
import { Refresher } from './refresher.ts';

/** Flags of an open document. */
export interface FlaggedDocument {
  readonly dataset: DatasetModel;
  readonly document: vscode.TextDocument;
  readonly flags: Flags;
  /** `document.version` that the lines belong to. */
  readonly version: number;
}

/** After the last change of a dataset, in ms. */
const settleMs = 150;

/** What the data worker flags in every open document of an open dataset, kept up to date. */
export class FlagStore extends Disposable {
  readonly #watched = new Map<DatasetModel, Watched>();
  readonly #known = new Map<string, FlaggedDocument>();
  readonly #changed = this.register(new vscode.EventEmitter<vscode.Uri>());
  /** The flags of a document changed, or are gone. */
  readonly onDidChange = this.#changed.event;

  /** @param most How many flagged rows to ask for. */
  constructor(
    private readonly services: Services,
    private readonly most: (uri: vscode.Uri) => number,
  ) {
    super();
    const { datasets } = services;
    for (const dataset of datasets.all) this.#watch(dataset);
    this.register(datasets.onDidOpen((dataset) => this.#watch(dataset)));
    this.register(datasets.onDidClose((dataset) => this.#forget(dataset)));
    this.register(vscode.workspace.onDidOpenTextDocument(({ uri }) => this.#refreshOf(uri)));
    this.register(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#drop(uri)));
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('counterweight.diagnostics')) return;
        for (const { refresher } of this.#watched.values()) refresher.ask();
      }),
    );
  }

  /** The flags of a document, whatever was typed since. */
  latest(document: vscode.TextDocument): FlaggedDocument | undefined {
    return this.#known.get(document.uri.toString());
  }

  /** The flags of a document, where their lines are the document's. */
  current(document: vscode.TextDocument): FlaggedDocument | undefined {
    const flagged = this.latest(document);
    return flagged?.version === document.version ? flagged : undefined;
  }

  override dispose(): void {
    for (const watched of this.#watched.values()) watched.dispose();
    this.#watched.clear();
    super.dispose();
  }

  #watch(dataset: DatasetModel): void {
    const watched = new Watched(dataset, () => this.#refresh(dataset));
    this.#watched.set(dataset, watched);
    watched.refresher.ask();
  }

  #forget(dataset: DatasetModel): void {
    this.#watched.get(dataset)?.dispose();
    this.#watched.delete(dataset);
    this.#drop(dataset.uri);
  }

  #refreshOf(uri: vscode.Uri): void {
    const dataset = uri.scheme === 'file' ? this.services.datasets.get(uri.fsPath) : undefined;
    if (dataset !== undefined) this.#watched.get(dataset)?.refresher.ask();
  }

  async #refresh(dataset: DatasetModel): Promise<void> {
    const document = findDocument(dataset.uri);
    if (document === undefined) return;
    const { version } = document;
    try {
      await dataset.flush();
      if (dataset.facts === undefined) {
        this.#drop(document.uri);
        return;
      }
      const flags = await dataset.call('flags', { most: this.most(document.uri), controls: dataset.controls });
      // An answer about another text. What changed it asks again.
      const outdated = document.version !== version || flags.version !== dataset.documentVersion;
      if (this.isDisposed || document.isClosed || !this.#watched.has(dataset) || outdated) return;
      this.#known.set(document.uri.toString(), { dataset, document, flags, version });
      this.#changed.fire(document.uri);
    } catch (thrown) {
      this.services.log.warn(`${dataset.path}: ${messageOf(thrown)}`);
      // Nothing is known of the lines of a file that cannot be read as it is now.
      if (dataset.fault !== undefined) this.#drop(document.uri);
    }
  }

  #drop(uri: vscode.Uri): void {
    if (this.#known.delete(uri.toString())) this.#changed.fire(uri);
  }
}

/** A dataset that is followed. */
class Watched extends Disposable {
  readonly refresher: Refresher;

  constructor(dataset: DatasetModel, refresh: () => Promise<void>) {
    super();
    this.refresher = this.register(new Refresher(refresh, settleMs));
    this.register(
      dataset.onDidChange(() => {
        this.refresher.ask();
      }),
    );
  }
}
