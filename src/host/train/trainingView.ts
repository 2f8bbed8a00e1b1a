import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { defaultTrainingSet, type TrainRequest } from '../../protocol/jobs.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { TrainingApi, TrainingLive, TrainingState } from '../../protocol/training.ts';
import { exists } from '../../store/atomic.ts';
import { isJsonObject } from '../../store/json.ts';
import { runFiles } from '../../store/layout.ts';
import { textOf } from '../jsonMembers.ts';
import { revealFolder } from '../revealFolder.ts';
import { endOfRun } from '../runEnd.ts';
import { RunsView } from '../runsView.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { readFields } from '../settings.ts';
import { ClassifierSession } from './classifierSession.ts';
import type { LiveTraining, LiveTrainings, Trained } from './liveTrainings.ts';
import { requestBase } from './requestBase.ts';
import { requestOf } from './requestOf.ts';
import { scoresSentence } from './scoresChoice.ts';
import { bestEpochOf, epochCountOf, epochsOf, inputOf, trainingRows } from './runTable.ts';

/** The host's side of one training view: a dataset's trainings, the running one live, and what came of the others. */
export class TrainingView extends RunsView<TrainingApi, TrainingState, TrainingLive, Trained> {
  readonly #classifier: ClassifierSession;
  #models = new Set<string>();

  constructor(dataset: string, panel: vscode.WebviewPanel, services: Services, trainings: LiveTrainings) {
    super({ kind: 'train', dataset, panel, services, jobs: trainings });
    this.#classifier = this.register(new ClassifierSession(services.jobs));
  }

  protected override handlers(): Handlers<TrainingApi> {
    return {
      ...this.common(),
      openModel: async ({ folder }) => {
        // Only what we listed ourselves: the webview cannot name any other folder.
        if (this.#models.has(folder)) await revealFolder(vscode.Uri.file(folder));
        return null;
      },
      classify: ({ text, textPair }) => {
        const { model } = this.state();
        if (model === undefined) throw new UserError(vscode.l10n.t('There is no model yet: train one first.'));
        return this.#classifier.classify(model, text, textPair);
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
    };
  }

  #enqueue(request: TrainRequest): void {
    this.asked = undefined;
    this.services.jobs.enqueue({ kind: 'train', request });
    void this.refresh();
  }

  #request(): TrainRequest {
    const uri = vscode.Uri.file(this.dataset);
    const { request } = this.live()?.job ?? {};
    const run = this.run();
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
    const rows = trainingRows(this.runs, this.run()?.folder, () => true);
    const current = rows.find((row) => row.current);
    const seeds = rows.filter(({ group }) => group === current?.group).map(({ seed }) => seed);
    return Math.max(this.#request().seed ?? 0, ...seeds) + 1;
  }

  protected override liveState({ job, curves }: LiveTraining): TrainingLive {
    return { ...curves.view, job: job.view };
  }

  protected override async readMore(): Promise<void> {
    const models = new Set<string>();
    for (const { folder, record } of this.ofKind()) {
      const { model } = runFiles(folder);
      if (record.status === 'done' && (await exists(model))) models.add(model);
    }
    this.#models = models;
    const live = this.live();
    const record = this.run()?.record;
    if (live !== undefined && record !== undefined) live.curves.epochCount ??= epochCountOf(record);
  }

  protected override state(): TrainingState {
    const live = this.live();
    const run = this.run();
    const record = run?.record;
    const request = live?.job.request.kind === 'train' ? live.job.request.request : undefined;
    const runs = trainingRows(this.runs, run?.folder, (model) => this.#models.has(model));
    const fileOf = (role: 'dev' | 'test'): string | undefined => {
      const path = record === undefined ? request?.files[role] : inputOf(record, role)?.path;
      return path === undefined ? undefined : basename(path);
    };
    const schema = record?.schema['synthetic'];
    const scores = textOf(record?.metrics['scores']) ?? request?.scores;
    const finished = record !== undefined && record.status === 'done';
    const curves = live === undefined ? noCurves : this.liveState(live);
    return {
      ...curves,
      // After a reload nobody saw the epochs go by, but the record has them.
      epochs: curves.epochs.length === 0 && record !== undefined ? epochsOf(record) : curves.epochs,
      dataset: this.dataset,
      loss: request?.loss ?? (typeof record?.settings['loss'] === 'string' ? record.settings['loss'] : ''),
      data:
        request?.data ?? (typeof record?.settings['data'] === 'string' ? record.settings['data'] : defaultTrainingSet),
      seed: record?.seed ?? request?.seed,
      device: live?.job.view.device ?? record?.device,
      epochCount: record === undefined ? request?.epochs : epochCountOf(record),
      bestEpoch: record && bestEpochOf(record),
      devFile: fileOf('dev'),
      testFile: fileOf('test'),
      scores: scores && scoresSentence(scores, this.runs, vscode.l10n.t),
      estimate: live?.estimate,
      runs,
      run: run?.folder ?? live?.run,
      ended: endOfRun(live?.job, record, this.isInterrupted(run?.folder)),
      error: live?.job.view.error ?? record?.error,
      model: finished ? runs.find((row) => row.current)?.model : undefined,
      pairs: isJsonObject(schema) && schema['textPair'] !== undefined,
      warnings: record?.warnings ?? [],
    };
  }
}

const noCurves: TrainingLive = { losses: [], epochs: [] };
