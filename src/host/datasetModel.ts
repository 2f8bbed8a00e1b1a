import { dirname, basename } from 'node:path';
import * as vscode from 'vscode';
import { CallError } from '../protocol/rpc.ts';
import type { DataApi, DatasetFacts, RunFacts, WeightControls } from '../protocol/data.ts';
import { exists } from '../store/atomic.ts';
import { Disposable } from './disposable.ts';
import { readControls, readFields } from './settings.ts';
import { ShownRun } from './shownRun.ts';
import type { DataService, DatasetModel } from './services.ts';
import { controlNames, defaultControls, sameControls } from './weightControls.ts';

/** A model that its registry drives. */
export interface OwnedDatasetModel extends DatasetModel, vscode.Disposable {
  /** Resolves once the files were read, or found unreadable. */
  readonly ready: Promise<void>;
  setReal(realPath: string | undefined): Promise<void>;
  /** The data worker was started anew and knows nothing. */
  reopen(): Promise<void>;
}

/** Opens a dataset: reads its files in the data worker, follows its document and its files on disk. */
export function createDatasetModel(
  path: string,
  realPath: string | undefined,
  context: vscode.ExtensionContext,
  data: DataService,
  log: vscode.LogOutputChannel,
): OwnedDatasetModel {
  return new Model(path, realPath, context, data, log);
}

/** Waits this long after the last keystroke or file event before the worker is told. */
const settleMs = 200;
/** How long "dirty" may come after the change that made it so. */
const dirtyLagMs = 50;

class Model extends Disposable implements OwnedDatasetModel {
  readonly uri: vscode.Uri;
  readonly ready: Promise<void>;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  facts: DatasetFacts | undefined;
  fault: string | undefined;
  controls: WeightControls;
  revision = 0;
  numbering = 0;
  documentVersion = 0;
  /** Calls about the text, one after the other, so that the worker sees changes in their order. */
  #queue: Promise<void>;
  #settings: Partial<WeightControls>;
  #pending: vscode.TextDocumentContentChangeEvent[][] = [];
  #diskTimer: NodeJS.Timeout | undefined;
  #textTimer: NodeJS.Timeout | undefined;
  readonly #shown = new ShownRun();
  #watchedReal: { readonly path: string; readonly watcher: vscode.Disposable } | undefined;

  constructor(
    readonly path: string,
    public realPath: string | undefined,
    private readonly context: vscode.ExtensionContext,
    private readonly data: DataService,
    private readonly log: vscode.LogOutputChannel,
  ) {
    super();
    this.uri = vscode.Uri.file(path);
    this.#settings = readControls(this.uri);
    this.controls = { ...defaultControls, ...this.#settings };
    this.#queue = this.#openFiles();
    this.ready = this.#queue;
    this.#followDocument();
    this.register(this.#watch(this.path));
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('counterweight', this.uri)) return;
        const fields = ['textField', 'textPairField', 'labelField', 'labelMap'];
        if (fields.some((name) => event.affectsConfiguration(`counterweight.${name}`, this.uri))) void this.reopen();
        if (controlNames.some((name) => event.affectsConfiguration(`counterweight.${name}`, this.uri))) {
          this.#settings = readControls(this.uri);
          this.setControls(this.#controlsOf(this.run));
        }
      }),
    );
  }

  get run(): RunFacts | undefined {
    return this.#shown.facts;
  }

  get runFault(): string | undefined {
    return this.#shown.fault;
  }

  get fields(): ReturnType<typeof readFields> {
    return readFields(this.uri);
  }

  setControls(controls: WeightControls): void {
    if (sameControls(this.controls, controls)) return;
    this.controls = controls;
    this.#tell();
  }

  async attach(run?: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#attach(run);
      if (await this.#adoptReal()) await this.#openFiles();
    });
  }

  async refresh(): Promise<void> {
    await this.#inTurn(async () => {
      this.facts = await this.call('facts', {});
      await this.#attach(this.#shown.asked);
    });
  }

  async setReal(realPath: string | undefined): Promise<void> {
    this.realPath = realPath;
    await this.reopen();
  }

  async reopen(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#openFiles());
    await this.#queue;
  }

  call<M extends keyof DataApi>(method: M, params: Omit<DataApi[M]['params'], 'path'>): Promise<DataApi[M]['result']> {
    return this.data.call(method, { ...params, path: this.path });
  }

  override dispose(): void {
    clearTimeout(this.#diskTimer);
    clearTimeout(this.#textTimer);
    this.#watchedReal?.watcher.dispose();
    this.data.call('close', { path: this.path }).catch((thrown: unknown) => {
      this.log.debug(`close ${this.path}: ${String(thrown)}`);
    });
    super.dispose();
  }

  async #openFiles(): Promise<void> {
    this.numbering++;
    this.#watchReal();
    try {
      this.facts = await this.data.call('open', {
        path: this.path,
        realPath: this.realPath,
        fields: this.fields,
        storage: this.context.globalStorageUri.fsPath,
      });
      this.fault = undefined;
      const document = this.#document();
      if (document?.isDirty) await this.#sendWhole(document);
      await this.#attach(this.#shown.asked);
      if (await this.#adoptReal()) return await this.#openFiles();
    } catch (thrown) {
      this.#failed(thrown);
    }
    this.#tell();
  }

  async #attach(run: string | undefined): Promise<void> {
    const before = this.run?.folder;
    await this.#shown.show((wanted) => this.call('attach', { run: wanted }), run);
    if (this.runFault !== undefined) this.log.warn(this.runFault);
    if (this.run !== undefined && this.run.folder !== before) this.controls = this.#controlsOf(this.run);
  }

  /** A run brings its own settings, but for those that the user has set. */
  #controlsOf(run: RunFacts | undefined): WeightControls {
    return { ...defaultControls, ...run?.controls, ...this.#settings };
  }

  /** Where no real file was named, that of the run is taken: it was made elsewhere, e.g. on the command line. */
  async #adoptReal(): Promise<boolean> {
    const real = this.run?.real;
    if (this.realPath !== undefined || real === undefined || !(await exists(real))) return false;
    this.realPath = real;
    return true;
  }

  #document(): vscode.TextDocument | undefined {
    return vscode.workspace.textDocuments.find(
      (document) => document.uri.scheme === 'file' && document.uri.fsPath === this.uri.fsPath,
    );
  }

  #followDocument(): void {
    const ours = (document: vscode.TextDocument): boolean => document.uri.fsPath === this.uri.fsPath;
    this.register(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (!ours(document) || contentChanges.length === 0) return;
        this.#pending.push([...contentChanges]);
        clearTimeout(this.#textTimer);
        this.#textTimer = setTimeout(() => void this.flush(), settleMs);
      }),
    );
    this.register(vscode.workspace.onDidSaveTextDocument((document) => void (ours(document) && this.#fromDisk())));
    this.register(
      vscode.workspace.onDidCloseTextDocument((document) => {
        // Unsaved changes were discarded with it.
        if (ours(document) && this.documentVersion > 0) this.#fromDisk();
      }),
    );
  }

  /** Reacts to changes of a file on disk. */
  #watch(file: string): vscode.Disposable {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(file)), basename(file));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const react = (): void => {
      if (file === this.path && this.#document()?.isDirty) return;
      this.#fromDisk(file !== this.path);
    };
    const listening = [watcher.onDidChange(react), watcher.onDidCreate(react), watcher.onDidDelete(react)];
    return vscode.Disposable.from(watcher, ...listening);
  }

  /** Watches the real file there is now, and no earlier one. */
  #watchReal(): void {
    if (this.#watchedReal?.path === this.realPath) return;
    this.#watchedReal?.watcher.dispose();
    this.#watchedReal =
      this.realPath === undefined ? undefined : { path: this.realPath, watcher: this.#watch(this.realPath) };
  }

  /** The file on disk counts again, once it has come to rest. */
  #fromDisk(real = false): void {
    clearTimeout(this.#diskTimer);
    this.#diskTimer = setTimeout(() => {
      this.#pending = [];
      clearTimeout(this.#textTimer);
      if (real || this.facts === undefined) {
        void this.reopen();
        return;
      }
      void this.#inTurn(async () => {
        this.facts = await this.call('reload', {});
        this.documentVersion = 0;
        this.numbering++;
        // Typed since it was saved.
        const document = this.#document();
        if (document?.isDirty) await this.#sendWhole(document);
        await this.#attach(this.#shown.asked);
      });
    }, settleMs);
  }

  /** Tells the worker of all changes of the text so far. */
  async flush(): Promise<void> {
    clearTimeout(this.#textTimer);
    const batches = this.#pending;
    this.#pending = [];
    if (batches.length === 0) return this.#queue;
    await this.#inTurn(async () => {
      const document = this.#document();
      if (document === undefined) return;
      // VS Code may tell of a change a moment before it tells that the document is dirty.
      if (!document.isDirty) await new Promise((resolve) => setTimeout(resolve, dirtyLagMs));
      // A reload from disk that the editor shows as a change.
      if (!document.isDirty) {
        this.facts = await this.call('reload', {});
        this.documentVersion = 0;
        this.numbering++;
        return;
      }
      try {
        for (const changes of batches) {
          this.documentVersion++;
          const before = this.facts?.rows;
          this.facts = await this.call('change', { version: this.documentVersion, changes: changes.map(textChange) });
          if (changes.some(movesLines) || this.facts.rows !== before) this.numbering++;
        }
      } catch (thrown) {
        // A state that changes alone no longer tell of (the file was replaced under an unsaved document): start over.
        this.log.debug(`change ${this.path}: ${String(thrown)}`);
        await this.#sendWhole(document);
      }
    });
  }

  async #sendWhole(document: vscode.TextDocument): Promise<void> {
    this.documentVersion++;
    this.numbering++;
    this.#pending = [];
    this.facts = await this.call('change', {
      version: this.documentVersion,
      changes: [],
      full: document.getText(),
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.isDisposed) return;
      try {
        await work();
        this.fault = undefined;
      } catch (thrown) {
        this.#failed(thrown);
      }
      this.#tell();
    });
    await this.#queue;
  }

  #failed(thrown: unknown): void {
    this.fault = thrown instanceof Error ? thrown.message : String(thrown);
    if (thrown instanceof CallError && thrown.failure.kind !== 'user')
      this.log.error(thrown.failure.stack ?? this.fault);
    else this.log.warn(this.fault);
  }

  #tell(): void {
    if (this.isDisposed) return;
    this.revision++;
    this.#changed.fire();
  }
}

function movesLines({ range, text }: vscode.TextDocumentContentChangeEvent): boolean {
  return !range.isSingleLine || /[\r\n]/.test(text);
}

function textChange({
  range,
  text,
}: vscode.TextDocumentContentChangeEvent): DataApi['change']['params']['changes'][number] {
  return {
    startLine: range.start.line,
    startCharacter: range.start.character,
    endLine: range.end.line,
    endCharacter: range.end.character,
    text,
  };
}
