import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { markdownReport } from '../../core/comparison/report.ts';
import type { CompareApi, CompareLive, CompareState, ComparisonRow } from '../../protocol/compare.ts';
import type { CompareRequest } from '../../protocol/jobs.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { readComparison, type KeptComparison } from '../../store/comparison.ts';
import { runFiles } from '../../store/layout.ts';
import type { ListedRun } from '../../store/listRuns.ts';
import { textOf } from '../jsonMembers.ts';
import { revealFolder } from '../revealFolder.ts';
import { endOfRun } from '../runEnd.ts';
import { RunsView } from '../runsView.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { readFields } from '../settings.ts';
import { requestBase } from '../train/requestBase.ts';
import { inputOf } from '../train/runTable.ts';
import { comparisonResults } from './comparisonResults.ts';
import type { Compared, LiveComparison, LiveComparisons } from './liveComparisons.ts';
import { planOf, requestOf, type ComparisonPlan } from './requestOf.ts';
import { saveReport } from './saveReport.ts';
import { trainingOf } from './trainingOf.ts';

/** The host's side of one Compare view: a dataset's comparisons, the running one live, and what came of the others. */
export class CompareView extends RunsView<CompareApi, CompareState, CompareLive, Compared> {
  #kept: KeptComparison | undefined;
  /** Why `compare.json` cannot be read. */
  #fault: string | undefined;

  constructor(dataset: string, panel: vscode.WebviewPanel, services: Services, comparisons: LiveComparisons) {
    super({ kind: 'compare', dataset, panel, services, jobs: comparisons });
  }

  protected override handlers(): Handlers<CompareApi> {
    return {
      ...this.common(),
      resume: async () => {
        const request = this.#request();
        if (!(await saveInputs(Object.values(request.files).filter((file) => file !== undefined)))) return null;
        this.asked = undefined;
        this.services.jobs.enqueue({ kind: 'compare', request });
        await this.refresh();
        return null;
      },
      again: async () => {
        await vscode.commands.executeCommand('counterweight.compareMethods', vscode.Uri.file(this.dataset));
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
        const run = this.run();
        if (run !== undefined) await revealFolder(vscode.Uri.file(run.folder));
        return null;
      },
      train: async ({ method }) => {
        await this.#train(method);
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

  #request(): CompareRequest {
    const uri = vscode.Uri.file(this.dataset);
    const { request } = this.live()?.job ?? {};
    const run = this.run();
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

  // Each training that is done leaves its outcome in the run's folder.
  protected override stageOf({ so }: LiveComparison): string {
    return String(so.far.done);
  }

  protected override liveState({ job, so }: LiveComparison): CompareLive {
    return { ...so.far, job: job.view };
  }

  protected override async readMore(): Promise<void> {
    this.#kept = undefined;
    this.#fault = undefined;
    const run = this.run();
    if (run === undefined) return;
    try {
      this.#kept = await readComparison(runFiles(run.folder).comparison.json);
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      this.#fault = thrown.message;
    }
  }

  protected override state(): CompareState {
    const live = this.live();
    const run = this.run();
    const record = run?.record;
    const request = live?.job.request.kind === 'compare' ? live.job.request.request : undefined;
    const plan: ComparisonPlan = (record && planOf(record)) ?? request ?? { methods: [], seeds: [] };
    const fileOf = (role: 'real' | 'dev' | 'test'): string | undefined => {
      const path = record === undefined ? request?.files[role] : inputOf(record, role)?.path;
      return path === undefined ? undefined : basename(path);
    };
    const [methods, seeds] = [plan.methods, plan.seeds];
    return {
      ...(live === undefined ? {} : this.liveState(live)),
      dataset: this.dataset,
      ...{ methods, seeds },
      results: this.#kept && comparisonResults(this.#kept),
      fault: this.#fault,
      ...{ realFile: fileOf('real'), devFile: fileOf('dev'), testFile: fileOf('test') },
      effort: textOf(record?.settings['effort']) ?? request?.effort,
      device: live?.job.view.device ?? record?.device,
      estimate: live?.estimate,
      run: run?.folder ?? live?.run,
      ended: endOfRun(live?.job, record, this.isInterrupted(run?.folder)),
      error: live?.job.view.error ?? record?.error,
      warnings: this.#kept?.facts.warnings ?? record?.warnings ?? [],
      runs: this.ofKind().map((each) => this.#rowOf(each, each.folder === run?.folder)),
    };
  }

  #rowOf({ folder, record }: ListedRun, current: boolean): ComparisonRow {
    const { methods, seeds } = planOf(record);
    const status = this.isInterrupted(folder) ? 'interrupted' : record.status;
    return { folder, created: record.created, methods: methods.length, seeds, status, current };
  }
}
