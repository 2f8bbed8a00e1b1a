/** What is scored when: a preview at once, the scores after it, and those that wait for the encoder. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ScoreOutcome, ScoreRequest, TrainOutcome } from '../../protocol/jobs.ts';
import { Disposable } from '../disposable.ts';
import { plainText } from '../plainText.ts';
import type { DatasetModel, Job, JobRequest, Services } from '../services.ts';
import { requestBase } from '../train/requestBase.ts';
import type { Effort } from './confirmScore.ts';
import type { Costs } from './costText.ts';
import { learnPace } from './pace.ts';

export interface ScorePlan {
  readonly path: string;
  readonly effort: Effort;
  readonly costs?: Costs;
}

/** Starts score jobs in their order, and shows in the panel what they find. */
export class Scoring extends Disposable {
  /** Scores that wait for the encoder, by dataset. */
  readonly #waiting = new Map<string, ScorePlan>();
  readonly #seen = new WeakSet<Job>();

  constructor(private readonly services: Services) {
    super();
    this.register(services.encoders.onDidChange(() => void this.#encoderChanged()));
    this.register(services.jobs.onDidChange(() => this.#attachWhatEnds()));
  }

  /**
   * Scores a dataset: resolves when its first job is in the queue, the rest follows by itself. While nothing better is
   * shown than a preview without the encoder, another preview comes first; while the encoder is missing, one by TF-IDF
   * does, and the scores begin once it is there.
   */
  async start(plan: ScorePlan): Promise<void> {
    const { path, effort } = plan;
    const dataset = await this.services.datasets.open(path);
    const { present } = await this.services.encoders.status();
    this.#waiting.delete(path);
    if (present) {
      const rough = dataset.run === undefined || isRough(dataset);
      void this.#runAll(dataset, rough && effort !== 'preview' ? ['preview', effort] : [effort], plan);
    } else if (dataset.run === undefined || effort === 'preview') {
      // The panel says in one line what is missing and offers to fetch it.
      this.#waiting.set(path, plan);
      void this.#runAll(dataset, ['preview'], plan);
    } else if (await haveEncoder(this.services, path)) await this.start(plan);
  }

  /** One job after the other, as long as they end well; whoever stops one stops the rest. */
  async #runAll(dataset: DatasetModel, efforts: readonly Effort[], { costs }: ScorePlan): Promise<void> {
    for (const effort of efforts) {
      const request = scoreRequest(this.services, dataset, effort);
      if (request === undefined) return;
      const job = this.services.jobs.enqueue({ kind: 'score', request });
      if (costs !== undefined) learnPace(this.services, job, costs);
      if ((await job.done) === undefined) return;
    }
  }

  async #encoderChanged(): Promise<void> {
    if (this.#waiting.size === 0 || !(await this.services.encoders.status()).present) return;
    const plans = [...this.#waiting.values()];
    this.#waiting.clear();
    await Promise.all(plans.map((plan) => this.start(plan)));
  }

  /** Whoever began a score job: what it found is shown where its dataset is open. */
  #attachWhatEnds(): void {
    for (const job of this.services.jobs.all) {
      if (this.#seen.has(job)) continue;
      this.#seen.add(job);
      void job.done.then((outcome) => this.#attach(job.request, outcome));
    }
  }

  async #attach({ kind, request }: JobRequest, outcome: ScoreOutcome | TrainOutcome | undefined): Promise<void> {
    if (outcome === undefined || kind === 'train') return;
    await this.services.datasets.get(request.files.synthetic)?.attach(outcome.folder);
  }
}

/** A preview without the encoder, which one with it improves on at once. */
function isRough({ run }: DatasetModel): boolean {
  return run?.effort === 'preview' && run.model === undefined;
}

function scoreRequest(services: Services, dataset: DatasetModel, effort: Effort): ScoreRequest | undefined {
  if (dataset.realPath === undefined) return undefined;
  return {
    ...requestBase(dataset.uri, services),
    files: { synthetic: dataset.path, real: dataset.realPath },
    fields: dataset.fields,
    effort,
    method: 'imp',
    // A preview makes do with what is there.
    offline: effort === 'preview',
  };
}

/** Asks for the encoder where a job cannot do without. */
export async function haveEncoder({ encoders }: Services, path: string): Promise<boolean> {
  const { present, id, bytes, source, problem } = await encoders.status();
  if (present) return true;
  const [download, choose] = [vscode.l10n.t('Download'), vscode.l10n.t('Choose folder')];
  const size = bytes > 0 ? `${String(Math.round(bytes / 1e6))} MB` : vscode.l10n.t('size unknown');
  const text =
    problem ??
    vscode.l10n.t(
      'Scoring {0} needs the encoder {1}, which is not on this machine yet: {2} from {3}.',
      ...[basename(path), id, size, source],
    );
  const ways = problem === undefined ? [download, choose] : [choose];
  const answer = await vscode.window.showInformationMessage(plainText(text), ...ways);
  if (answer === download) return encoders.download();
  return answer === choose ? encoders.choose() : false;
}
