/** What a comparison will cost, before it begins: from sizes alone, so that it can be told while methods are ticked. */
import { stat } from 'node:fs/promises';
import { messageOf } from '../../base/errors.ts';
import type { DatasetFacts } from '../../protocol/data.ts';
import type { CompareRequest, JobApi, JobEvents, RoughComparison } from '../../protocol/jobs.ts';
import type { Client } from '../../protocol/rpc.ts';
import { Disposable } from '../disposable.ts';
import type { Translate } from '../l10n.ts';
import { paceOf } from '../score/pace.ts';
import type { Services } from '../services.ts';
import type { JudgingFiles } from '../train/askFiles.ts';
import { costWords, trainingsText } from './costWords.ts';

export interface PricedPlan extends JudgingFiles {
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  readonly effort: NonNullable<CompareRequest['effort']>;
}

/** What is known of the cost without asking, e.g. `24 trainings`. */
export function sizeText({ methods, seeds }: PricedPlan, t: Translate): string {
  return trainingsText(methods.length * seeds.length, t);
}

/** Asks a worker what plans cost, as long as it is open; the worker starts with the first question. */
export class PlanCosts extends Disposable {
  #client: Promise<Client<JobApi, JobEvents>> | undefined;

  constructor(
    private readonly services: Services,
    private readonly facts: DatasetFacts,
    private readonly threads: number | undefined,
  ) {
    super();
  }

  /** Undefined where no worker can tell: the job itself will say why. */
  async of({ methods, seeds, effort, dev, test }: PricedPlan): Promise<RoughComparison | undefined> {
    const { rows, bytes, realRows } = this.facts;
    const rowsIn = async (file: string | undefined): Promise<number> =>
      // Nothing reads the file for this: its rows are taken to be as long as the synthetic ones.
      file === undefined ? 0 : Math.round(((await stat(file)).size * rows) / Math.max(1, bytes));
    try {
      const client = await (this.#client ??= this.services.jobs.openClassifier());
      return await client.call('compareCost', {
        ...{ rows, bytes, realRows, devRows: await rowsIn(dev), testRows: await rowsIn(test) },
        ...{ methods, seeds, effort, threads: this.threads },
      });
    } catch (thrown) {
      // Where the list was left before the answer came, nobody waits for it.
      if (!this.isDisposed) this.services.log.warn(messageOf(thrown));
      return undefined;
    }
  }

  /** In words, by the pace that jobs have had on this machine. */
  async words(plan: PricedPlan, t: Translate): Promise<string> {
    const cost = await this.of(plan);
    if (cost === undefined) return sizeText(plan, t);
    return costWords(cost, paceOf(this.services.context), t);
  }

  override dispose(): void {
    this.#client?.then(
      (client) => client.close('The costs are known.'),
      () => {
        // It never opened: whoever asked was told.
      },
    );
    super.dispose();
  }
}
