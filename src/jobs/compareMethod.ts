/** One method of a comparison with one seed: from tokenised rows to predictions on the test rows. */
import type { Method } from '../core/comparison/methods.ts';
import type { Outcome } from '../core/comparison/summary.ts';
import { argmaxRows } from '../core/metrics/classification.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { effectiveSampleSize } from '../core/weighting/weights.ts';
import { NonFiniteLossError } from '../engine/training/fineTune.ts';
import { predictLogits } from './checkerModel.ts';
import { prepareLoss, trainClassifier, withRealRows, type ClassifierResult, type PreparedLoss } from './classifier.ts';
import { comparedCheckers, needsOf } from './compareNeeds.ts';
import { nestedWork, SeedParts, type Answers, type Compared } from './compareParts.ts';
import { crossEntropy } from './losses.ts';
import type { LossName } from './names.ts';
import { priorsOf } from './scoring.ts';
import { concatLabelled, selectLabelled, type LabelledRows } from './selectRows.ts';
import { classifierSettings, weightChoices, type CheckerSettings } from './settings.ts';
import type { Workspace } from './workspace.ts';

/** Why a method cannot be run on these rows with these settings, in one line; the others can. */
class MethodFailed extends Error {}

/** What a method trains on, and how. */
interface Prepared {
  readonly data: LabelledRows;
  readonly prepared: PreparedLoss;
  /** Rows that count at all. */
  readonly rows: number;
}

const ce: Method = { name: 'ce', title: 'CE', kind: 'ce' };

/** All methods with one seed, and what they share. */
export class ComparedSeed {
  readonly #of: Compared;
  readonly #seed: number;
  readonly #checkers: CheckerSettings;
  readonly #folder: string;
  readonly #work: Workspace;
  readonly #parts: SeedParts;
  readonly #inSample: boolean;

  /** @param methods All that are going to be run: whether the CE run must serve others is known from them. */
  constructor(compared: Compared, seed: number, methods: readonly Method[]) {
    this.#of = compared;
    this.#seed = seed;
    this.#checkers = comparedCheckers(compared.effort, compared.overrides, seed);
    this.#folder = `seed-${String(seed)}`;
    this.#work = nestedWork(compared.work, this.#folder, `seed ${String(seed)}, `);
    this.#parts = new SeedParts(compared, this.#checkers, this.#work, this.#folder);
    this.#inSample = methods.some((method) => this.#needs(method).diversity === 1);
  }

  /** Trains and tests a method. Where it cannot be run, the outcome says why. */
  async run(method: Method): Promise<Outcome> {
    const of = { method: method.name, seed: this.#seed };
    const used: Answers[] = [];
    try {
      return { ...of, ...(await this.#run(method, used)) };
    } catch (thrown) {
      if (!(thrown instanceof MethodFailed)) throw thrown;
      return { ...of, failed: thrown.message, trainedRows: 0, ...this.#costs(method, used) };
    }
  }

  /** Removes what only an unfinished method needs: called once its outcome is kept. */
  async finish(method: Method): Promise<void> {
    await this.#of.forget(`${this.#folder}/${method.name}`);
  }

  /** @param used Filled with the parts that the method needs. */
  async #run(method: Method, used: Answers[]): Promise<Omit<Outcome, 'method' | 'seed'>> {
    const { sets, labels, encoder, timed } = this.#of;
    const needs = this.#needs(method);
    const quality = needs.quality ? await this.#parts.quality() : undefined;
    if (quality !== undefined) used.push(quality);
    const diversity = needs.diversity === undefined ? undefined : await this.#diversity(needs.diversity);
    if (diversity !== undefined) used.push(diversity);

    const prepared = this.#prepare(method, quality?.logs, diversity?.logs);
    const { trained, predicted } = await timed(this.#timing(method), async () => {
      const model = await this.#train(method, prepared);
      const title = `${method.title}: test`;
      const logits = await predictLogits(this.#work, encoder, labels.length, model.weights, sets.test.rows, title);
      return { trained: model, predicted: argmaxRows(logits, labels.length) };
    });
    // Now, while the model is there.
    if (method.kind === 'ce' && this.#inSample) await this.#diversity(1);
    // Focal loss has weights too, but they say how hard a row is, not how much it counts for the target.
    const weight = prepared.prepared.rowInputs['weight'] ?? (method.kind === 'dimp' ? trained.rowWeights : undefined);
    const chosen = trained.history.find(({ epoch }) => epoch === trained.bestEpoch)?.evaluation?.metrics;
    return {
      predicted: Array.from(predicted),
      trainedRows: prepared.rows,
      bestEpoch: trained.bestEpoch,
      ...(chosen === undefined
        ? {}
        : { dev: { accuracy: chosen['accuracy'], macroF1: chosen['macroF1'], logLoss: chosen['logLoss'] } }),
      ess: weight === undefined ? undefined : effectiveSampleSize(weight) / weight.length,
      ...this.#costs(method, used),
    };
  }

  #needs(method: Method): ReturnType<typeof needsOf> {
    return needsOf(method, this.#checkers.diversity.folds);
  }

  #timing({ title }: Method): string {
    return `seed ${String(this.#seed)}: ${title}`;
  }

  #costs(method: Method, used: readonly Answers[]): Pick<Outcome, 'seconds' | 'warnings'> {
    const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;
    return {
      seconds: {
        training: round(this.#of.secondsOf(this.#timing(method))),
        checkers: round(used.reduce((sum, { seconds }) => sum + seconds, 0)),
      },
      warnings: used.flatMap(({ warnings }) => warnings),
    };
  }

  async #train(method: Method, { data, prepared }: Prepared): Promise<ClassifierResult> {
    const { encoder, labels, sets, recipe, overrides } = this.#of;
    try {
      return await trainClassifier(this.#work, encoder, {
        ...{ labels, data, prepared, dev: sets.dev, name: method.name },
        settings: classifierSettings(recipe, { ...overrides, seed: this.#seed }, data.rows.count),
        selectBy: recipe === 'paper' ? 'accuracy' : 'macroF1',
      });
    } catch (thrown) {
      if (!(thrown instanceof NonFiniteLossError)) throw thrown;
      throw new MethodFailed('the loss was no longer a finite number; try a lower learning rate (--lr)');
    }
  }

  /** Log Q̂: of a checker of its own, or in-sample of the CE run, which is trained for it where it is not there any more. */
  #diversity(folds: number): Promise<Answers> {
    if (folds > 1) return this.#parts.diversity(folds);
    return this.#parts.part('CE, asked in-sample', [this.#timing(ce)], async (_, timed) => {
      const { encoder, labels, sets } = this.#of;
      const { rows } = sets.synthetic;
      const logits = await timed(async () => {
        const { weights } = await this.#train(ce, this.#prepare(ce));
        return predictLogits(this.#work, encoder, labels.length, weights, rows, 'CE: synthetic rows');
      });
      return { logs: logSoftmax(logits, rows.count, labels.length), warnings: [] };
    });
  }

  #prepare(method: Method, logP?: Float64Array, logQ?: Float64Array): Prepared {
    const { synthetic, real } = this.#of.sets;
    const plain = (data: LabelledRows): Prepared => ({
      ...{ data, rows: data.rows.count, prepared: { loss: crossEntropy, rowInputs: {} } },
    });
    switch (method.kind) {
      case 'real':
        return plain(real);
      case 'both':
        return plain(concatLabelled(synthetic, real));
      case 'ce':
        return plain(synthetic);
      case 'rho': {
        if (logP === undefined || logQ === undefined) throw new Error('RHO needs both checkers');
        const kept = selectLabelled(synthetic, mostReducible(synthetic.labelIds, logP, logQ, method.keep));
        return plain(method.withReal === true ? concatLabelled(kept, real) : kept);
      }
      case 'focal':
      case 'quality':
      case 'filter':
      case 'imp':
      case 'dimp':
      case 'random':
        return this.#weighted(method, method.kind, logP, logQ);
    }
  }

  #weighted(method: Method, loss: LossName, logP: Float64Array | undefined, logQ: Float64Array | undefined): Prepared {
    const { sets, labels, recipe, overrides } = this.#of;
    const { synthetic, real } = sets;
    const classCount = labels.length;
    const choices = weightChoices(recipe, { ...overrides, ...method.own, filterThreshold: thresholdOf(method) });
    const prepared = prepareLoss(
      loss,
      { ...choices, seed: this.#seed, priorCorrection: priorsOf(synthetic, real, classCount, choices) },
      { labelIds: synthetic.labelIds, classCount, logP, logQ },
    );
    const weight = prepared.weights?.weight;
    const rows = weight === undefined ? synthetic.rows.count : weight.filter((w) => w > 0).length;
    if (rows === 0) {
      const left = method.withReal === true ? 'only the real rows are' : 'nothing is';
      throw new MethodFailed(`every synthetic row has weight 0, so that ${left} left to train on`);
    }
    if (method.withReal !== true) return { data: synthetic, prepared, rows };
    const data = concatLabelled(synthetic, real);
    return {
      ...{ data, rows: rows + real.rows.count },
      prepared: withRealRows(prepared, synthetic.rows.count, data.rows.count),
    };
  }
}

function thresholdOf(method: Method): number | undefined {
  return method.kind === 'filter' ? method.threshold : undefined;
}

/**
 * The rows of the largest reducible loss log P̂'(y|x) − log Q̂(y|x) (Mindermann et al. 2022), in their order.
 * @param keep Share of the rows; at least one is kept.
 */
export function mostReducible(labelIds: Int32Array, logP: Float64Array, logQ: Float64Array, keep: number): Int32Array {
  const classCount = logP.length / labelIds.length;
  const reducible = Float64Array.from(
    labelIds,
    (label, row) => logP[row * classCount + label] - logQ[row * classCount + label],
  );
  const order = Array.from(labelIds, (_, row) => row).sort((a, b) => reducible[b] - reducible[a] || a - b);
  return Int32Array.from(order.slice(0, Math.max(1, Math.round(keep * order.length)))).sort();
}
