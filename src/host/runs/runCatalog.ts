import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import { exists } from '../../store/atomic.ts';
import { datasetFolders, datasetOfRun, ownFolderIn, runFiles, runRecordGlob } from '../../store/layout.ts';
import { listRuns, type BrokenRun, type ListedRun } from '../../store/listRuns.ts';
import { lockHolder } from '../../store/lock.ts';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { summarise, type RunSummary } from './runSummary.ts';

export interface CatalogRun extends ListedRun {
  readonly dataset: string;
  readonly summary: RunSummary;
  /** Folder of its model; undefined where there is none. */
  readonly model: string | undefined;
}

export interface CatalogDataset {
  /** Absolute path of the synthetic file. */
  readonly path: string;
  /** Whether the file is still there. */
  readonly present: boolean;
  /** Newest first. */
  readonly runs: readonly CatalogRun[];
  readonly broken: readonly (BrokenRun & { readonly dataset: string })[];
}

/** Records that are looked for at most: a workspace with more runs shows those that were found first. */
const mostRecords = 2000;
/** Datasets that are remembered per workspace, for those that `findFiles` does not reach. */
const mostRemembered = 50;
const rememberedKey = 'counterweight.runs.datasets';
/** Waits this long after the last sign of a change. */
const settleMs = 300;

/** The datasets of this workspace that have runs, and those that are open; kept current while somebody looks. */
export class RunCatalog extends Disposable {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #datasets: readonly CatalogDataset[] = [];
  #reading: Promise<void> | undefined;
  #stale = true;
  #timer: NodeJS.Timeout | undefined;
  readonly #watchers = new Map<string, vscode.Disposable>();

  constructor(private readonly services: Services) {
    super();
    this.register(services.datasets.onDidOpen((dataset) => void this.#remember(dataset.path)));
    this.register(services.datasets.onDidClose(() => this.invalidate()));
    let states = '';
    this.register(
      services.jobs.onDidChange(() => {
        // Progress alone changes no record.
        const now = services.jobs.all.map(({ id, view }) => `${String(id)} ${view.state}`).join();
        if (now !== states) this.invalidate();
        states = now;
      }),
    );
    this.register(vscode.workspace.onDidChangeWorkspaceFolders(() => this.invalidate()));
  }

  /** What is there, read anew where something may have changed. */
  async datasets(): Promise<readonly CatalogDataset[]> {
    while (this.#stale || this.#reading !== undefined) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#datasets;
  }

  /** Something may have changed: whoever shows the catalog asks again. */
  invalidate(): void {
    this.#stale = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.isDisposed) this.#changed.fire();
    }, settleMs);
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.dispose();
    this.#watchers.clear();
    super.dispose();
  }

  async #read(): Promise<void> {
    this.#stale = false;
    const storage = this.services.context.globalStorageUri.fsPath;
    const paths = await this.#paths();
    const datasets: CatalogDataset[] = [];
    for (const path of paths) {
      try {
        const { runs, broken } = await listRuns(path, storage);
        const isOpen = this.services.datasets.get(path) !== undefined;
        if (runs.length + broken.length === 0 && !isOpen) continue;
        datasets.push({
          path,
          present: await exists(path),
          runs: await Promise.all(runs.map((run) => describe(path, run))),
          broken: broken.map((run) => ({ ...run, dataset: path })),
        });
      } catch (thrown) {
        // One unreadable folder must not hide the other datasets.
        this.services.log.warn(messageOf(thrown));
      }
    }
    this.#datasets = datasets;
    this.#watch(storage);
  }

  /** Found by the search, remembered from before, and open now: sorted, each once. */
  async #paths(): Promise<string[]> {
    const remembered = this.services.context.workspaceState.get<readonly string[]>(rememberedKey, []);
    const paths = new Set<string>(remembered);
    for (const { path } of this.services.datasets.all) paths.add(path);
    // The pattern alone decides: the settings that hide `.counterweight` from search must not hide it from us.
    const found = await vscode.workspace.findFiles(runRecordGlob, null, mostRecords);
    for (const { scheme, fsPath } of found) {
      const dataset = scheme === 'file' ? datasetOfRun(dirname(fsPath)) : undefined;
      if (dataset !== undefined) paths.add(dataset);
    }
    return [...paths].sort((a, b) => a.localeCompare(b));
  }

  async #remember(path: string): Promise<void> {
    const state = this.services.context.workspaceState;
    const remembered = state.get<readonly string[]>(rememberedKey, []).filter((known) => known !== path);
    await state.update(rememberedKey, [resolve(path), ...remembered].slice(0, mostRemembered));
    this.invalidate();
  }

  /**
   * Watches the folders that hold runs, and the records of runs that are not finished. The workspace's own watcher leaves
   * them out (`files.watcherExclude` in our manifest); a watcher of a single folder reaches what is excluded, provided
   * that the folder `.counterweight` itself is named there, not only what is in it.
   */
  #watch(storage: string): void {
    const wanted = new Map<string, vscode.RelativePattern>();
    const want = (folder: string, pattern: string): void => {
      wanted.set(`${folder}\0${pattern}`, new vscode.RelativePattern(vscode.Uri.file(folder), pattern));
    };
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme === 'file') want(ownFolderIn(uri.fsPath), '*');
    }
    for (const { path, runs, broken } of this.#datasets) {
      for (const folder of datasetFolders(path, storage)) want(folder, '*');
      for (const { folder, summary } of runs) if (summary.state !== 'done') want(folder, 'run.json');
      for (const { folder } of broken) want(folder, 'run.json');
    }
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      watcher.dispose();
      this.#watchers.delete(key);
    }
    for (const [key, pattern] of wanted) {
      if (this.#watchers.has(key)) continue;
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      const react = (): void => {
        this.invalidate();
      };
      watcher.onDidCreate(react);
      watcher.onDidChange(react);
      watcher.onDidDelete(react);
      this.#watchers.set(key, watcher);
    }
  }
}

async function describe(dataset: string, run: ListedRun): Promise<CatalogRun> {
  const { model, lock } = runFiles(run.folder);
  const held = run.record.status === 'running' && (await lockHolder(lock)) !== undefined;
  const summary = summarise(run.record, held);
  const hasModel = summary.kind === 'train' && summary.state === 'done' && (await exists(model));
  return { ...run, dataset, summary, model: hasModel ? model : undefined };
}
