import type * as vscode from 'vscode';
import { messageOf } from '../base/errors.ts';
import { serve, type Api, type Handlers, type Server } from '../protocol/rpc.ts';
import { runFiles } from '../store/layout.ts';
import { listRuns, type ListedRun } from '../store/listRuns.ts';
import { lockHolder } from '../store/lock.ts';
import { readRunRecord } from '../store/runRecord.ts';
import type { DatasetView } from './datasetViews.ts';
import { Disposable } from './disposable.ts';
import type { LiveJob, LiveJobs } from './liveJobs.ts';
import type { Services } from './services.ts';
import { viewedRun, type ViewedRun } from './viewedRun.ts';
import { describeForWebview, webviewPort } from './webview.ts';

/** Steps come faster than anyone can look: the webview hears of them this often at most, in milliseconds. */
const liveMs = 200;
/** A run that another window or the command line makes is looked at again after this long, in milliseconds. */
const elsewhereMs = 5000;

/** What a view of runs is made for. */
export interface RunsViewOf<T extends object> {
  /** Which of the dataset's runs it is about. */
  readonly kind: 'compare' | 'train';
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  readonly panel: vscode.WebviewPanel;
  readonly services: Services;
  /** The jobs of that kind in this window. */
  readonly jobs: LiveJobs<T>;
}

/**
 * The host's side of a view about a dataset's runs of one kind: the running one live, and what came of the others.
 *
 * @typeParam A What its webview asks. @typeParam S All that it shows. @typeParam L What changes while a job runs.
 * @typeParam T What is known of a job of the kind beside the job.
 */
export abstract class RunsView<A extends Api, S, L, T extends object> extends Disposable implements DatasetView {
  readonly dataset: string;
  protected readonly services: Services;
  /** The run that the user asked to see; the newest one otherwise. */
  protected asked: string | undefined;
  /** All runs of the dataset, newest first. */
  protected runs: readonly ListedRun[] = [];
  readonly #of: RunsViewOf<T>;
  readonly #server: Server<{ state: S; live: L }>;
  /** Runs of the kind whose record says that they run, and whose process is gone. */
  #interrupted: ReadonlySet<string> = new Set();
  /** How far the job was when the runs were last read. */
  #stage: string | undefined;
  #liveTimer: NodeJS.Timeout | undefined;
  #elsewhereTimer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(of: RunsViewOf<T>) {
    super();
    const { dataset, panel, services, jobs } = of;
    this.dataset = dataset;
    this.services = services;
    this.#of = of;
    this.register(panel);
    this.#server = serve<A, { state: S; live: L }>(
      webviewPort(panel.webview),
      this.handlers(),
      describeForWebview(services.log),
    );
    this.register({ dispose: () => this.#server.close() });
    this.register(
      jobs.onDidChange((live) => {
        if (live.dataset === dataset) this.#follow(live);
      }),
    );
    this.register(
      panel.onDidChangeViewState(() => {
        if (panel.visible) this.#refreshQuietly();
      }),
    );
  }

  /** Brings the view to the front, about `run` or about the newest one. */
  show(run?: string): void {
    this.asked = run;
    this.#of.panel.reveal(undefined, false);
    this.#refreshQuietly();
  }

  /** {@link refresh} where nobody waits for it: what goes wrong is in the log, and the next reading tries again. */
  #refreshQuietly(): void {
    this.refresh().catch((thrown: unknown) => this.services.log.warn(messageOf(thrown)));
  }

  /** Reads the records again and tells the webview. */
  async refresh(): Promise<void> {
    await this.#read();
    if (!this.isDisposed) this.#server.emit('state', this.state());
  }

  override dispose(): void {
    clearTimeout(this.#liveTimer);
    clearTimeout(this.#elsewhereTimer);
    super.dispose();
  }

  /** Answers the webview. Called before the fields of a subclass are set: only closures may use them. */
  protected abstract handlers(): Handlers<A>;
  /** All that the webview shows. */
  protected abstract state(): S;
  /** What changes while a job runs. */
  protected abstract liveState(live: LiveJob<T>): L;
  /** Reads what the view needs beside the records, which have just been read. */
  protected abstract readMore(): Promise<void>;
  /** Of a job, beside its state and folder: when it changes, the runs are read again. */
  protected stageOf?(live: LiveJob<T>): string;

  /** The answers that every such view gives. */
  protected common(): {
    ready(): Promise<S>;
    cancel(): null;
    begin(): null;
    show(params: { readonly folder: string }): Promise<null>;
    showLog(): null;
  } {
    return {
      ready: async () => {
        await this.#read();
        return this.state();
      },
      cancel: () => {
        this.live()?.job.cancel();
        return null;
      },
      begin: () => {
        this.live()?.job.answer(true);
        return null;
      },
      show: async ({ folder }) => {
        this.asked = folder;
        await this.refresh();
        return null;
      },
      showLog: () => {
        this.services.log.show(true);
        return null;
      },
    };
  }

  /** The job of this window that the view is about, where it is about one. */
  protected live(): LiveJob<T> | undefined {
    return this.#viewed().live;
  }

  /** The run that the view is about, where it has a record. */
  protected run(): ListedRun | undefined {
    return this.#viewed().run;
  }

  /** The dataset's runs of the view's kind, newest first. */
  protected ofKind(): readonly ListedRun[] {
    return this.runs.filter(({ record }) => record.kind === this.#of.kind);
  }

  /** Whether a run's record says that it runs while its process is gone. */
  protected isInterrupted(folder: string | undefined): boolean {
    return folder !== undefined && this.#interrupted.has(folder);
  }

  #viewed(): ViewedRun<T> {
    return viewedRun(this.asked, this.#of.jobs.of(this.dataset), this.ofKind());
  }

  #follow(live: LiveJob<T>): void {
    const { job, run } = live;
    const stage = `${String(job.id)} ${job.view.state} ${run ?? ''} ${this.stageOf?.(live) ?? ''}`;
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#refreshQuietly();
      return;
    }
    this.#liveTimer ??= setTimeout(() => {
      this.#liveTimer = undefined;
      const now = this.live();
      if (!this.isDisposed && now !== undefined) this.#server.emit('live', this.liveState(now));
    }, liveMs);
  }

  #read(): Promise<void> {
    // One after the other: a slow reading must not overwrite a newer one.
    const reading = (this.#reading ?? Promise.resolve()).then(async () => {
      const { runs } = await listRuns(this.dataset, this.services.context.globalStorageUri.fsPath);
      const interrupted = new Set<string>();
      for (const { folder, record } of runs) {
        if (record.kind !== this.#of.kind || record.status !== 'running') continue;
        if (await isGone(folder)) interrupted.add(folder);
      }
      this.runs = runs;
      this.#interrupted = interrupted;
      await this.readMore();
    });
    // After a failure too: what could not be read may be readable the next time.
    reading.then(
      () => this.#lookAgain(),
      () => this.#lookAgain(),
    );
    this.#reading = reading.catch(() => {
      // Whoever asked for this reading is told; the next one begins afresh.
    });
    return reading;
  }

  /** Nobody tells us of a run of another process: while it is shown, we look. */
  #lookAgain(): void {
    clearTimeout(this.#elsewhereTimer);
    this.#elsewhereTimer = undefined;
    // A panel that is gone cannot be asked whether it is visible.
    if (this.isDisposed) return;
    const run = this.run();
    const elsewhere = this.live() === undefined && run?.record.status === 'running' && !this.isInterrupted(run.folder);
    if (!elsewhere || !this.#of.panel.visible) return;
    this.#elsewhereTimer = setTimeout(() => this.#refreshQuietly(), elsewhereMs);
  }
}

/** Whether the process of a run whose record said that it runs is gone; one that has just ended has said so since. */
async function isGone(folder: string): Promise<boolean> {
  if ((await lockHolder(runFiles(folder).lock)) !== undefined) return false;
  return (await readRunRecord(folder)).status === 'running';
}
