import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { markdownReport } from '../../core/comparison/report.ts';
import type { CompareApi, CompareEvents, CompareLive, CompareState, ComparisonRow } from '../../protocol/compare.ts';
import type { CompareRequest } from '../../protocol/jobs.ts';
import { serve, type Server } from '../../protocol/rpc.ts';
import { readComparison, type KeptComparison } from '../../store/comparison.ts';
import { runFiles } from '../../store/layout.ts';
import { listRuns, type ListedRun } from '../../store/listRuns.ts';
import { lockHolder } from '../../store/lock.ts';
import type { DatasetView } from '../datasetViews.ts';
import { Disposable } from '../disposable.ts';
import { textOf } from '../jsonMembers.ts';
import { revealFolder } from '../revealFolder.ts';
import { endOfRun } from '../runEnd.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { readFields } from '../settings.ts';
import { requestBase } from '../train/requestBase.ts';
import { inputOf } from '../train/runTable.ts';
import { describeForWebview, webviewPort } from '../webview.ts';
import { comparisonResults } from './comparisonResults.ts';
import type { LiveComparison, LiveComparisons } from './liveComparisons.ts';
import { planOf, requestOf, type ComparisonPlan } from './requestOf.ts';
import { saveReport } from './saveReport.ts';
import { shownComparison, type ShownComparison } from './shownComparison.ts';
import { trainingOf } from './trainingOf.ts';

/** Steps come faster than anyone can look: the webview hears of them this often at most, in milliseconds. */
const liveMs = 200;
/** A comparison that another window or the command line runs is looked at again after this long, in milliseconds. */
const elsewhereMs = 5000;

/** The host's side of one Compare view: a dataset's comparisons, the running one live, and what came of the others. */
export class CompareView extends Disposable implements DatasetView {
  readonly #server: Server<CompareEvents>;
  /** The run that the user asked to see; the newest comparison otherwise. */
  #asked: string | undefined;
  /** Comparisons of the dataset, newest first. */
  #runs: readonly ListedRun[] = [];
  /** Runs whose record says that they run, and whose process is gone. */
  #interrupted = new Set<string>();
  #kept: KeptComparison | undefined;
  /** Why `compare.json` cannot be read. */
  #fault: string | undefined;
  /** State of the job when the runs were last read. */
  #jobState: string | undefined;
  #liveTimer: NodeJS.Timeout | undefined;
  #elsewhereTimer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    readonly dataset: string,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
    private readonly comparisons: LiveComparisons,
  ) {
    super();
    this.register(panel);
    this.#server = serve<CompareApi, CompareEvents>(
      webviewPort(panel.webview),
      this.#handlers(),
      describeForWebview(services.log),
    );
    this.register({ dispose: () => this.#server.close() });
    this.register(
      comparisons.onDidChange((comparison) => {
        if (comparison.dataset === dataset) this.#follow(comparison);
      }),
    );
    this.register(
      panel.onDidChangeViewState(() => {
        if (panel.visible) void this.refresh();
      }),
    );
  }

  show(run?: string): void {
    this.#asked = run;
    this.panel.reveal(undefined, false);
    void this.refresh();
  }

  /** Reads the records again and tells the webview. */
  async refresh(): Promise<void> {
    await this.#read();
    if (!this.isDisposed) this.#server.emit('state', this.#state());
  }

  override dispose(): void {
    clearTimeout(this.#liveTimer);
    clearTimeout(this.#elsewhereTimer);
    super.dispose();
  }

  #handlers(): Parameters<typeof serve<CompareApi, CompareEvents>>[1] {
    return {
      ready: async () => {
        await this.#read();
        return this.#state();
      },
      cancel: () => {
        this.#live()?.job.cancel();
        return null;
      },
      begin: () => {
        this.#live()?.job.answer(true);
        return null;
      },
      resume: async () => {
        const request = this.#request();
        if (!(await saveInputs(Object.values(request.files).filter((file) => file !== undefined)))) return null;
        this.#asked = undefined;
        this.services.jobs.enqueue({ kind: 'compare', request });
        await this.refresh();
        return null;
      },
      again: async () => {
        await vscode.commands.executeCommand('counterweight.compareMethods', vscode.Uri.file(this.dataset));
        return null;
      },
      show: async ({ folder }) => {
        // Only what we listed ourselves.
        if (this.#runs.some((run) => run.folder === folder)) this.#asked = folder;
        await this.refresh();
        return null;
      },
      copyReport: async () => {
        const { comparison, facts } = this.#results();
        await vscode.env.clipboard.writeText(markdownReport(comparison, facts));
        return null;
      },
      saveReport: async () => {
        await saveReport(this.dataset, this.#results());
        return null;
      },
      openFolder: async () => {
        const run = this.#run();
        if (run !== undefined) await revealFolder(vscode.Uri.file(run.folder));
        return null;
      },
      train: async ({ method }) => {
        await this.#train(method);
        return null;
      },
      showLog: () => {
        this.services.log.show(true);
        return null;
      },
    };
  }

  #results(): KeptComparison {
    if (this.#kept === undefined) throw new UserError(vscode.l10n.t('There are no results yet.'));
    return this.#kept;
  }

  async #train(method: string): Promise<void> {
    const training = trainingOf(method);
    if (training === undefined) throw new UserError(vscode.l10n.t('Only comparisons know this method.'));
    const { files, effort, seeds } = this.#request();
    const preset = { ...training, scores: undefined, effort, dev: files.dev, test: files.test, seed: seeds.at(0) };
    await vscode.commands.executeCommand('counterweight.trainWith', this.dataset, preset);
  }

  /** The comparison of this window that the view is about, where it is about one. */
  #live(): LiveComparison | undefined {
    return this.#shown().live;
  }

  /** The run that the view is about, where it has a record. */
  #run(): ListedRun | undefined {
    return this.#shown().run;
  }

  #shown(): ShownComparison {
    return shownComparison(this.#asked, this.comparisons.of(this.dataset), this.#runs);
  }

  #request(): CompareRequest {
    const uri = vscode.Uri.file(this.dataset);
    const { request } = this.#live()?.job ?? {};
    const run = this.#run();
    // As it was asked for, where this workspace knows; a run made elsewhere tells itself.
    const asked = request ?? this.services.jobs.unfinished.find(({ folder }) => folder === run?.folder)?.request;
    const again =
      asked?.kind === 'compare'
        ? asked.request
        : run && requestOf(run.record, readFields(uri), requestBase(uri, this.services));
    if (again === undefined) {
      throw new UserError(vscode.l10n.t('This comparison does not tell how it was made; compare anew.'));
    }
    return again;
  }

  #follow({ job, run, so }: LiveComparison): void {
    // Each training that is done leaves its outcome in the run's folder.
    const state = `${String(job.id)} ${job.view.state} ${run ?? ''} ${String(so.far.done)}`;
    if (state !== this.#jobState) {
      this.#jobState = state;
      void this.refresh();
      return;
    }
    this.#liveTimer ??= setTimeout(() => {
      this.#liveTimer = undefined;
      const live = this.#live();
      if (!this.isDisposed && live !== undefined) this.#server.emit('live', liveOf(live));
    }, liveMs);
  }

  #read(): Promise<void> {
    // One after the other: a slow reading must not overwrite a newer one.
    const reading = (this.#reading ?? Promise.resolve()).then(async () => {
      const { runs } = await listRuns(this.dataset, this.services.context.globalStorageUri.fsPath);
      const comparisons = runs.filter(({ record }) => record.kind === 'compare');
      const interrupted = new Set<string>();
      for (const { folder, record } of comparisons) {
        if (record.status === 'running' && (await lockHolder(runFiles(folder).lock)) === undefined)
          interrupted.add(folder);
      }
      this.#runs = comparisons;
      this.#interrupted = interrupted;
      await this.#readResults();
      this.#lookAgain();
    });
    this.#reading = reading.catch(() => {
      // Whoever asked for this reading is told; the next one begins afresh.
    });
    return reading;
  }

  async #readResults(): Promise<void> {
    this.#kept = undefined;
    this.#fault = undefined;
    const run = this.#run();
    if (run === undefined) return;
    try {
      this.#kept = await readComparison(runFiles(run.folder).comparison.json);
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      this.#fault = thrown.message;
    }
  }

  /** Nobody tells us of a run of another process: while it is shown, we look. */
  #lookAgain(): void {
    clearTimeout(this.#elsewhereTimer);
    this.#elsewhereTimer = undefined;
    const run = this.#run();
    const elsewhere =
      this.#live() === undefined && run?.record.status === 'running' && !this.#interrupted.has(run.folder);
    if (!elsewhere || !this.panel.visible || this.isDisposed) return;
    this.#elsewhereTimer = setTimeout(() => void this.refresh(), elsewhereMs);
  }

  #state(): CompareState {
    const live = this.#live();
    const run = this.#run();
    const record = run?.record;
    const request = live?.job.request.kind === 'compare' ? live.job.request.request : undefined;
    const plan: ComparisonPlan = (record && planOf(record)) ?? request ?? { methods: [], seeds: [] };
    const fileOf = (role: 'real' | 'dev' | 'test'): string | undefined => {
      const path = record === undefined ? request?.files[role] : inputOf(record, role)?.path;
      return path === undefined ? undefined : basename(path);
    };
    const [methods, seeds] = [plan.methods, plan.seeds];
    return {
      ...(live === undefined ? {} : liveOf(live)),
      dataset: this.dataset,
      ...{ methods, seeds },
      results: this.#kept && comparisonResults(this.#kept),
      fault: this.#fault,
      ...{ realFile: fileOf('real'), devFile: fileOf('dev'), testFile: fileOf('test') },
      effort: textOf(record?.settings['effort']) ?? request?.effort,
      device: live?.job.view.device ?? record?.device,
      estimate: live?.estimate,
      run: run?.folder ?? live?.run,
      ended: endOfRun(live?.job, record, run !== undefined && this.#interrupted.has(run.folder)),
      error: live?.job.view.error ?? record?.error,
      warnings: this.#kept?.facts.warnings ?? record?.warnings ?? [],
      runs: this.#runs.map((each) => this.#rowOf(each, each.folder === run?.folder)),
    };
  }

  #rowOf({ folder, record }: ListedRun, current: boolean): ComparisonRow {
    const { methods, seeds } = planOf(record);
    const status = this.#interrupted.has(folder) ? 'interrupted' : record.status;
    return { folder, created: record.created, methods: methods.length, seeds, status, current };
  }
}

function liveOf({ job, so }: LiveComparison): CompareLive {
  return { ...so.far, job: job.view };
}
