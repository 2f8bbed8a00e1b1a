import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { TrainRequest } from '../../protocol/jobs.ts';
import { serve, type Server } from '../../protocol/rpc.ts';
import type { TrainingApi, TrainingEvents, TrainingLive, TrainingState } from '../../protocol/training.ts';
import { exists } from '../../store/atomic.ts';
import { isJsonObject } from '../../store/json.ts';
import { runFiles } from '../../store/layout.ts';
import { listRuns, type ListedRun } from '../../store/listRuns.ts';
import { lockHolder } from '../../store/lock.ts';
import { Disposable } from '../disposable.ts';
import { textOf } from '../jsonMembers.ts';
import { revealFolder } from '../revealFolder.ts';
import { endOfRun } from '../runEnd.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { readFields } from '../settings.ts';
import { describeForWebview, webviewPort } from '../webview.ts';
import { ClassifierSession } from './classifierSession.ts';
import type { LiveTraining, LiveTrainings } from './liveTrainings.ts';
import { requestBase } from './requestBase.ts';
import { requestOf } from './requestOf.ts';
import { scoresSentence } from './scoresChoice.ts';
import { bestEpochOf, epochCountOf, epochsOf, inputOf, trainingRows } from './runTable.ts';

/** Steps come faster than anyone can look: the webview hears of them this often at most. */
const liveMs = 200;

/** The host's side of one training view: a dataset's trainings, the running one live, and what came of the others. */
export class TrainingView extends Disposable {
  readonly #server: Server<TrainingEvents>;
  readonly #classifier: ClassifierSession;
  /** The run that the user asked to see; the newest training otherwise. */
  #asked: string | undefined;
  #runs: readonly ListedRun[] = [];
  #models = new Set<string>();
  /** Runs whose record says that they run, and whose process is gone. */
  #interrupted = new Set<string>();
  /** State of the job when the runs were last read. */
  #jobState: string | undefined;
  #liveTimer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    readonly dataset: string,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
    private readonly trainings: LiveTrainings,
  ) {
    super();
    this.register(panel);
    this.#classifier = this.register(new ClassifierSession(services.jobs));
    this.#server = serve<TrainingApi, TrainingEvents>(
      webviewPort(panel.webview),
      this.#handlers(),
      describeForWebview(services.log),
    );
    this.register({ dispose: () => this.#server.close() });
    this.register(
      trainings.onDidChange((training) => {
        if (training.dataset === dataset) this.#follow(training);
      }),
    );
    this.register(
      panel.onDidChangeViewState(() => {
        if (panel.visible) void this.refresh();
      }),
    );
  }

  /** Brings the view to the front, about `run` or about the newest training. */
  show(run?: string): void {
    this.#asked = run;
    this.panel.reveal(undefined, false);
    void this.refresh();
  }

  /** Reads the records again and tells the webview. */
  async refresh(): Promise<void> {
    await this.#readRuns();
    if (!this.isDisposed) this.#server.emit('state', this.#state());
  }

  override dispose(): void {
    clearTimeout(this.#liveTimer);
    super.dispose();
  }

  #handlers(): Parameters<typeof serve<TrainingApi, TrainingEvents>>[1] {
    return {
      ready: async () => {
        await this.#readRuns();
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
      openModel: async ({ folder }) => {
        // Only what we listed ourselves: the webview cannot name any other folder.
        if (this.#models.has(folder)) await revealFolder(vscode.Uri.file(folder));
        return null;
      },
      classify: ({ text, textPair }) => {
        const { model } = this.#state();
        if (model === undefined) throw new UserError(vscode.l10n.t('There is no model yet: train one first.'));
        return this.#classifier.classify(model, text, textPair);
      },
      showLog: () => {
        this.services.log.show(true);
        return null;
      },
      resume: async () => {
        const request = this.#request();
        if (await saveInputs(Object.values(request.files))) this.#enqueue(request);
        return null;
      },
      again: async ({ seed }) => {
        if (seed) {
          this.#enqueue({ ...this.#request(), seed: this.#nextSeed() });
        } else {
          await vscode.commands.executeCommand('counterweight.trainClassifier', vscode.Uri.file(this.dataset));
        }
        return null;
      },
      show: async ({ folder }) => {
        this.#asked = folder;
        await this.refresh();
        return null;
      },
    };
  }

  #enqueue(request: TrainRequest): void {
    this.#asked = undefined;
    this.services.jobs.enqueue({ kind: 'train', request });
    void this.refresh();
  }

  /** The training of this window that the view is about, where it is about one. */
  #live(): LiveTraining | undefined {
    const live = this.trainings.of(this.dataset);
    return this.#asked === undefined || this.#asked === live?.run ? live : undefined;
  }

  /** The run that the view is about, where it has a record. */
  #run(): ListedRun | undefined {
    const live = this.#live();
    const trainings = this.#runs.filter(({ record }) => record.kind === 'train');
    if (live !== undefined) return trainings.find(({ folder }) => folder === live.run);
    return this.#asked === undefined ? trainings[0] : trainings.find(({ folder }) => folder === this.#asked);
  }

  #request(): TrainRequest {
    const uri = vscode.Uri.file(this.dataset);
    const { request } = this.#live()?.job ?? {};
    const run = this.#run();
    // As it was asked for, where this workspace knows; a run made elsewhere tells itself.
    const asked = request ?? this.services.jobs.unfinished.find(({ folder }) => folder === run?.folder)?.request;
    const again =
      asked?.kind === 'train'
        ? asked.request
        : run && requestOf(run.record, readFields(uri), requestBase(uri, this.services));
    if (again === undefined) throw new UserError(vscode.l10n.t('This run does not tell how it was made; train anew.'));
    return again;
  }

  /** One more than the largest seed that this very training was made with. */
  #nextSeed(): number {
    const rows = trainingRows(this.#runs, this.#run()?.folder, () => true);
    const current = rows.find((row) => row.current);
    const seeds = rows.filter(({ group }) => group === current?.group).map(({ seed }) => seed);
    return Math.max(this.#request().seed ?? 0, ...seeds) + 1;
  }

  #follow({ job, run }: LiveTraining): void {
    const state = `${String(job.id)} ${job.view.state} ${run ?? ''}`;
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

  #readRuns(): Promise<void> {
    // One after the other: a slow reading must not overwrite a newer one.
    const reading = (this.#reading ?? Promise.resolve()).then(async () => {
      const { runs } = await listRuns(this.dataset, this.services.context.globalStorageUri.fsPath);
      const models = new Set<string>();
      const interrupted = new Set<string>();
      for (const { folder, record } of runs) {
        if (record.kind !== 'train') continue;
        const { model, lock } = runFiles(folder);
        if (record.status === 'done' && (await exists(model))) models.add(model);
        if (record.status === 'running' && (await lockHolder(lock)) === undefined) interrupted.add(folder);
      }
      this.#runs = runs;
      this.#models = models;
      this.#interrupted = interrupted;
      const live = this.#live();
      const record = this.#run()?.record;
      if (live !== undefined && record !== undefined) live.curves.epochCount ??= epochCountOf(record);
    });
    this.#reading = reading.catch(() => {
      // Whoever asked for this reading is told; the next one begins afresh.
    });
    return reading;
  }

  #state(): TrainingState {
    const live = this.#live();
    const run = this.#run();
    const record = run?.record;
    const request = live?.job.request.kind === 'train' ? live.job.request.request : undefined;
    const runs = trainingRows(this.#runs, run?.folder, (model) => this.#models.has(model));
    const fileOf = (role: 'dev' | 'test'): string | undefined => {
      const path = record === undefined ? request?.files[role] : inputOf(record, role)?.path;
      return path === undefined ? undefined : basename(path);
    };
    const schema = record?.schema['synthetic'];
    const scores = textOf(record?.metrics['scores']) ?? request?.scores;
    const finished = record !== undefined && record.status === 'done';
    const curves = live === undefined ? noCurves : liveOf(live);
    return {
      ...curves,
      // After a reload nobody saw the epochs go by, but the record has them.
      epochs: curves.epochs.length === 0 && record !== undefined ? epochsOf(record) : curves.epochs,
      dataset: this.dataset,
      loss: request?.loss ?? (typeof record?.settings['loss'] === 'string' ? record.settings['loss'] : ''),
      data: request?.data ?? (typeof record?.settings['data'] === 'string' ? record.settings['data'] : 'synthetic'),
      seed: record?.seed ?? request?.seed,
      device: live?.job.view.device ?? record?.device,
      epochCount: record === undefined ? request?.epochs : epochCountOf(record),
      bestEpoch: record && bestEpochOf(record),
      devFile: fileOf('dev'),
      testFile: fileOf('test'),
      scores: scores && scoresSentence(scores, this.#runs, vscode.l10n.t),
      estimate: live?.estimate,
      runs,
      run: run?.folder ?? live?.run,
      ended: endOfRun(live?.job, record, run !== undefined && this.#interrupted.has(run.folder)),
      error: live?.job.view.error ?? record?.error,
      model: finished ? runs.find((row) => row.current)?.model : undefined,
      pairs: isJsonObject(schema) && schema['textPair'] !== undefined,
      warnings: record?.warnings ?? [],
    };
  }
}

const noCurves: TrainingLive = { losses: [], epochs: [] };

function liveOf({ job, curves }: LiveTraining): TrainingLive {
  return { ...curves.view, job: job.view };
}
