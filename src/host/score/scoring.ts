/** What is scored when: a preview at once, the scores after it, and those that wait for the encoder. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { JobOutcome, ScoreRequest } from '../../protocol/jobs.ts';
import { Disposable } from '../disposable.ts';
import { haveEncoder } from '../haveEncoder.ts';
import type { DatasetModel, Job, JobRequest, Services } from '../services.ts';
import { requestBase } from '../train/requestBase.ts';
import type { Effort } from './confirmScore.ts';
import type { Costs } from './costText.ts';
import { learnPace } from './pace.ts';
import { ScoreChain } from './scoreChain.ts';

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
  readonly #chain: ScoreChain;
  /** What was said of the costs when scoring was last begun, by dataset. */
  readonly #costs = new Map<string, Costs>();

  constructor(private readonly services: Services) {
    super();
    this.#chain = new ScoreChain(services.context.workspaceState);
    this.register(services.encoders.onDidChange(() => void this.#encoderChanged()));
    this.register(services.jobs.onDidChange(() => this.#followWhatEnds()));
  }

  /**
   * Scores a dataset: resolves when its first job is in the queue, the rest follows by itself. While nothing better is
   * shown than a preview without the encoder, another preview comes first; while the encoder is missing, one by TF-IDF
   * does, and the scores begin once it is there.
   */
  async start(plan: ScorePlan): Promise<void> {
    const { path, effort, costs } = plan;
    const dataset = await this.services.datasets.open(path);
    const { present } = await this.services.encoders.status();
    this.#waiting.delete(path);
    if (present) {
      const rough = dataset.run === undefined || isRough(dataset);
      const first = rough ? 'preview' : effort;
      if (first === effort) await this.#chain.forget(path);
      else await this.#chain.owe(path, effort);
      if (costs !== undefined) this.#costs.set(path, costs);
      this.#enqueue(dataset, first, costs);
    } else if (dataset.run === undefined || effort === 'preview') {
      // The panel says in one line what is missing and offers to fetch it.
      this.#waiting.set(path, plan);
      await this.#chain.forget(path);
      this.#enqueue(dataset, 'preview', costs);
    } else if (await haveEncoderToScore(this.services, path)) await this.start(plan);
  }

  #enqueue(dataset: DatasetModel, effort: Effort, costs: Costs | undefined): void {
    const request = scoreRequest(this.services, dataset, effort);
    if (request === undefined) return;
    const job = this.services.jobs.enqueue({ kind: 'score', request });
    if (costs !== undefined) learnPace(this.services, job, costs);
  }

  async #encoderChanged(): Promise<void> {
    if (this.#waiting.size === 0 || !(await this.services.encoders.status()).present) return;
    const plans = [...this.#waiting.values()];
    this.#waiting.clear();
    await Promise.all(plans.map((plan) => this.start(plan)));
  }

  /** Whoever began a score job: what it found is shown where its dataset is open, and what is to follow it begins. */
  #followWhatEnds(): void {
    for (const job of this.services.jobs.all) {
      if (this.#seen.has(job)) continue;
      this.#seen.add(job);
      void job.done.then(async (outcome) => {
        await Promise.all([this.#attach(job.request, outcome), this.#goOn(job)]);
      });
    }
  }

  async #goOn({ request: { kind, request }, view }: Job): Promise<void> {
    if (kind !== 'score') return;
    const path = request.files.synthetic;
    const effort = await this.#chain.ended(request, view.state);
    if (effort === undefined) return;
    this.#enqueue(await this.services.datasets.open(path), effort, this.#costs.get(path));
  }

  async #attach({ kind, request }: JobRequest, outcome: JobOutcome | undefined): Promise<void> {
    if (outcome === undefined || kind === 'train' || kind === 'compare') return;
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

/** As {@link haveEncoder}, for scoring. */
export function haveEncoderToScore(services: Services, path: string): Promise<boolean> {
  return haveEncoder(services, ({ id, size, source }) =>
    vscode.l10n.t(
      'Scoring {0} needs the encoder {1}, which is not on this machine yet: {2} from {3}.',
      ...[basename(path), id, size, source],
    ),
  );
}
