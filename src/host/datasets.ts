import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { createDatasetModel, type OwnedDatasetModel } from './datasetModel.ts';
import { Leases } from './leases.ts';
import type { DataService, DatasetModel, Datasets } from './services.ts';

/** Where the pairs of synthetic and real files are remembered, per workspace. */
const realFilesKey = 'counterweight.realFiles';

/**
 * A dataset that nobody needs is closed after this long, in milliseconds: its columns are memory. Long enough for whoever
 * asks again after a moment's thought, such as a language model.
 */
const graceMs = 120_000;

/** The datasets of this window; see {@link Datasets}. */
export class OpenDatasets extends Disposable implements Datasets {
  readonly #models = new Map<string, OwnedDatasetModel>();
  #active: string | undefined;
  readonly #opened = this.register(new vscode.EventEmitter<DatasetModel>());
  readonly #closed = this.register(new vscode.EventEmitter<DatasetModel>());
  readonly #leases = this.register(
    new Leases({ graceMs, isShown: (path) => isInTab(path), expire: (path) => this.#putAway(path) }),
  );
  /** What the user had chosen for datasets that were closed because nobody needed them. */
  readonly #away = new Map<string, Pick<DatasetModel, 'run' | 'controls'>>();
  /** How models ask: each question keeps its dataset open. */
  readonly #asked: DataService;
  readonly onDidOpen = this.#opened.event;
  readonly onDidClose = this.#closed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    data: DataService,
    private readonly log: vscode.LogOutputChannel,
  ) {
    super();
    this.#asked = {
      ...data,
      call: (method, params) => {
        const ask = (): ReturnType<typeof data.call<typeof method>> => data.call(method, params);
        return method !== 'close' && 'path' in params ? this.#leases.during(params.path, ask) : ask();
      },
    };
    this.register(vscode.window.tabGroups.onDidChangeTabs(() => this.#leases.look(this.#models.keys())));
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

  hold(path: string): vscode.Disposable {
    return this.#leases.hold(resolve(path));
  }

  open(path: string, realPath?: string): Promise<DatasetModel> {
    const key = resolve(path);
    return this.#leases.during(key, () => this.#open(key, realPath));
  }

  async #open(key: string, realPath: string | undefined): Promise<DatasetModel> {
    if (realPath !== undefined) await this.#remember(key, resolve(realPath));
    const real = this.rememberedReal(key);
    let model = this.#models.get(key);
    if (model === undefined) {
      model = createDatasetModel(key, real, this.context, this.#asked, this.log);
      this.#models.set(key, model);
      this.#opened.fire(model);
      await model.ready;
      await this.#takeUp(model);
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
    this.#leases.forget(model.path);
    model.dispose();
    this.#closed.fire(model);
  }

  #putAway(path: string): void {
    const model = this.#models.get(path);
    if (model === undefined) return;
    const { run, controls } = model;
    this.#away.set(path, { run, controls });
    this.close(path);
  }

  /** A dataset that was put away shows what it showed, as far as that is still there. */
  async #takeUp(model: OwnedDatasetModel): Promise<void> {
    const away = this.#away.get(model.path);
    this.#away.delete(model.path);
    if (away?.run === undefined) return;
    if (model.run?.folder !== away.run.folder) await model.attach(away.run.folder);
    if (model.run === undefined) await model.attach();
    else model.setControls(away.controls);
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

/** Whether a file is open in a tab of its own; that of a large one has no document. */
function isInTab(path: string): boolean {
  const isIt = (uri: vscode.Uri): boolean => uri.scheme === 'file' && resolve(uri.fsPath) === path;
  return vscode.window.tabGroups.all.some(({ tabs }) =>
    tabs.some(({ input }) => {
      if (input instanceof vscode.TabInputText) return isIt(input.uri);
      return input instanceof vscode.TabInputTextDiff && [input.original, input.modified].some(isIt);
    }),
  );
}
