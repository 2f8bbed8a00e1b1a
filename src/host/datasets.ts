import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { createDatasetModel, type OwnedDatasetModel } from './datasetModel.ts';
import type { DataService, DatasetModel, Datasets } from './services.ts';

/** Where the pairs of synthetic and real files are remembered, per workspace. */
const realFilesKey = 'counterweight.realFiles';

/** The datasets of this window; see {@link Datasets}. */
export class OpenDatasets extends Disposable implements Datasets {
  readonly #models = new Map<string, OwnedDatasetModel>();
  #active: string | undefined;
  readonly #opened = this.register(new vscode.EventEmitter<DatasetModel>());
  readonly #closed = this.register(new vscode.EventEmitter<DatasetModel>());
  readonly onDidOpen = this.#opened.event;
  readonly onDidClose = this.#closed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly data: DataService,
    private readonly log: vscode.LogOutputChannel,
  ) {
    super();
    this.register(
      data.onDidRestart(() => {
        for (const model of this.#models.values()) void model.reopen();
      }),
    );
  }

  get all(): readonly DatasetModel[] {
    return [...this.#models.values()];
  }

  get active(): string | undefined {
    return this.#active;
  }

  setActive(path: string, focused: boolean): void {
    const key = resolve(path);
    if (focused) this.#active = key;
    else if (this.#active === key) this.#active = undefined;
  }

  get(path: string): DatasetModel | undefined {
    return this.#models.get(resolve(path));
  }

  async open(path: string, realPath?: string): Promise<DatasetModel> {
    const key = resolve(path);
    if (realPath !== undefined) await this.#remember(key, resolve(realPath));
    const real = this.rememberedReal(key);
    let model = this.#models.get(key);
    if (model === undefined) {
      model = createDatasetModel(key, real, this.context, this.data, this.log);
      this.#models.set(key, model);
      this.#opened.fire(model);
    } else if (real !== undefined && model.realPath !== real) {
      await model.setReal(real);
    }
    await model.ready;
    return model;
  }

  close(path: string): void {
    const model = this.#models.get(resolve(path));
    if (model === undefined) return;
    this.#models.delete(model.path);
    model.dispose();
    this.#closed.fire(model);
  }

  rememberedReal(path: string): string | undefined {
    return this.#realFiles()[resolve(path)];
  }

  override dispose(): void {
    for (const model of this.#models.values()) model.dispose();
    this.#models.clear();
    super.dispose();
  }

  #realFiles(): Readonly<Record<string, string>> {
    return this.context.workspaceState.get<Record<string, string>>(realFilesKey, {});
  }

  async #remember(path: string, real: string): Promise<void> {
    await this.context.workspaceState.update(realFilesKey, { ...this.#realFiles(), [path]: real });
  }
}
