/**
 * The quality checker P̂'(y|x), trained on the real rows alone. Everything a weight says about alignment comes from here,
 * so (METHOD, "What decides quality in practice", 1): K-fold training, the mean of the fold models, the number of epochs
 * and a temperature chosen on out-of-fold rows, and logistic regression on frozen embeddings as the rival to beat.
 */
import { chooseC, logProbabilitiesOfFolds } from '../core/probe/outOfFold.ts';
import type { LogisticModel } from '../core/probe/logisticRegression.ts';
import { denseMatrix, selectRows, type Features } from '../core/probe/features.ts';
import { argmaxRows, classificationReport } from '../core/metrics/classification.ts';
import { logLoss } from '../core/metrics/probabilistic.ts';
import { reliability } from '../core/metrics/reliability.ts';
import { assignFolds, foldsFor } from '../core/sampling.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { ensembleAnswer, type EnsembleAnswer } from '../core/weighting/spread.ts';
import type { CheckerCalibration } from '../core/weighting/sureness.ts';
import { fitTemperature } from '../core/weighting/temperature.ts';
import { labelCounts } from '../core/weighting/weights.ts';
import type { EncodedRows } from '../engine/hub/encodedRows.ts';
import type { Encoder } from './encoder.ts';
import { keptArray, loadArray, predictLogits, saveArray, trainChecker } from './checkerModel.ts';
import type { QualityRecipe } from './recipes.ts';
import { selectEncoded, selectLabelled, type LabelledRows } from './selectRows.ts';
import type { Workspace } from './workspace.ts';

export type QualityKind = 'fine-tuned' | 'probe' | 'tf-idf';

/** How well one kind of checker did on real rows that it was not trained on. */
export interface QualityCandidate {
  readonly kind: QualityKind;
  /** Out-of-fold log-loss in nats, after temperature scaling. */
  readonly logLoss: number;
  readonly accuracy: number;
  /** Expected calibration error before and after temperature scaling. */
  readonly eceBefore: number;
  readonly eceAfter: number;
  readonly temperature: number;
  /** Epochs trained, of a fine-tuned checker; C, of logistic regression. */
  readonly chosen: Readonly<Record<string, number>>;
}

export interface QualityResult {
  /** Log P̂'(·|x) of the synthetic rows, calibrated, [rows, labels]. */
  readonly logP: Float64Array;
  /** Standard error of each number of `logP`, as the fold models show it; absent for a single model. */
  readonly spread?: Float64Array;
  /** The same as `logP` of the real rows, each by models that were not trained on it; in-sample where folds = 1. */
  readonly realLogP: Float64Array;
  /** What was used. */
  readonly used: QualityCandidate;
  /** Everything that was tried, the used one included. */
  readonly candidates: readonly QualityCandidate[];
  readonly folds: number;
  readonly outOfFold: boolean;
  /** Of the one that is used, on the real rows. */
  readonly calibration: CheckerCalibration;
  /** The fold models behind it, where logistic regression was used. */
  readonly probe?: { readonly models: readonly LogisticModel[]; readonly temperature: number };
}

interface Scored {
  readonly candidate: QualityCandidate;
  readonly probe?: QualityResult['probe'];
  readonly realLogP: Float64Array;
  readonly calibration: CheckerCalibration;
  /** About the synthetic rows. */
  answer(): Promise<EnsembleAnswer>;
}

export interface QualityInput {
  readonly labels: readonly string[];
  readonly real: LabelledRows;
  readonly synthetic: EncodedRows;
  readonly recipe: QualityRecipe;
  readonly seed: number;
  /** Features of real rows followed by synthetic rows, for the probe. */
  readonly probeFeatures?: { readonly kind: 'probe' | 'tf-idf'; readonly features: Features };
}

/** The checker that METHOD asks for: fine-tuned folds against the probe, the better one by out-of-fold log-loss. */
export async function qualityChecker(work: Workspace, encoder: Encoder, input: QualityInput): Promise<QualityResult> {
  const { labels, real, recipe } = input;
  const folds =
    recipe.folds === 1 ? 1 : foldsFor(labelCounts(real.labelIds, labels.length), recipe.folds, { labelNames: labels });
  const scored: Scored[] = [await fineTunedQuality(work, encoder, input, folds)];
  if (recipe.compareWithProbe && input.probeFeatures !== undefined && folds > 1) {
    scored.push(probeQuality({ ...input, probeFeatures: input.probeFeatures }, folds));
  }
  return choose(scored, folds);
}

/** What logistic regression learns from: features in place of tokens. */
export interface ProbeInput extends Pick<QualityInput, 'labels' | 'seed'> {
  readonly real: Pick<LabelledRows, 'labelIds'>;
  readonly recipe: Pick<QualityRecipe, 'folds'>;
  readonly probeFeatures: NonNullable<QualityInput['probeFeatures']>;
}

/** The preview's checker: logistic regression on fixed features, no training of the encoder. */
export async function probeQualityChecker(input: ProbeInput): Promise<QualityResult> {
  const counts = labelCounts(input.real.labelIds, input.labels.length);
  const folds = foldsFor(counts, Math.max(2, input.recipe.folds), { labelNames: input.labels });
  return choose([probeQuality(input, folds)], folds);
}

async function choose(scored: readonly Scored[], folds: number): Promise<QualityResult> {
  const best = scored.reduce((a, b) => (b.candidate.logLoss < a.candidate.logLoss ? b : a));
  return {
    ...(await best.answer()),
    realLogP: best.realLogP,
    calibration: best.calibration,
    used: best.candidate,
    candidates: scored.map(({ candidate }) => candidate),
    folds,
    outOfFold: folds > 1,
    probe: best.probe,
  };
}

function probeQuality(
  { labels, real, seed, probeFeatures: { kind, features } }: Omit<ProbeInput, 'recipe'>,
  folds: number,
): Scored {
  const realCount = real.labelIds.length;
  const realFeatures = selectRows(features, indices(0, realCount));
  const chosen = chooseC({ features: realFeatures, labels: real.labelIds, classCount: labels.length, folds, seed });
  const measured = calibrate(kind, chosen.logits, real.labelIds, labels.length, { C: chosen.C });
  const { temperature } = measured.candidate;
  return {
    ...measured,
    probe: { models: chosen.models, temperature },
    answer: () => {
      const rest = selectRows(features, indices(realCount, features.rowCount));
      return Promise.resolve(ensembleAnswer(logProbabilitiesOfFolds(chosen.models, rest, temperature)));
    },
  };
}

async function fineTunedQuality(
  work: Workspace,
  encoder: Encoder,
  input: QualityInput,
  folds: number,
): Promise<Scored> {
  const { labels, real, synthetic, recipe, seed } = input;
  const classCount = labels.length;
  const settings = { ...recipe.settings, seed };
  const title = (fold: number): string =>
    folds === 1 ? 'quality checker' : `quality checker, fold ${String(fold + 1)} of ${String(folds)}`;
  const foldOf =
    folds === 1 ? new Int32Array(real.rows.count) : assignFolds({ labels: real.labelIds, classCount, folds, seed });
  const all = indices(0, real.rows.count);
  const heldOut = (fold: number): number[] => all.filter((row) => folds === 1 || foldOf[row] === fold);
  const trainedOn = (fold: number): number[] => all.filter((row) => folds === 1 || foldOf[row] !== fold);
  const train = (fold: number, name: string, stopAfterEpoch?: number): Parameters<typeof trainChecker>[1] => ({
    ...{ name, title: title(fold), encoder, labels: classCount, settings, stopAfterEpoch },
    data: selectLabelled(real, trainedOn(fold)),
  });

  // Out-of-fold logits after each candidate epoch, [candidates][real rows, labels].
  const candidates = folds === 1 ? [settings.epochs] : recipe.candidateEpochs;
  const logits = candidates.map(() => new Float32Array(real.rows.count * classCount));
  for (let fold = 0; fold < folds; fold++) {
    const rows = heldOut(fold);
    const held = selectEncoded(real.rows, rows);
    const size = rows.length * classCount;
    const ofFold = await keptArray(work, `quality/fold-${String(fold)}/held-out`, async () => {
      // Each candidate's logits are kept as they come: a training that goes on later is not asked about earlier epochs.
      const fresh = new Map<number, Float32Array>();
      const stageOf = (epoch: number): string => `quality/fold-${String(fold)}/held-out/epoch-${String(epoch)}`;
      await trainChecker(work, {
        ...train(fold, `quality/fold-${String(fold)}`),
        onEpoch: async (report) => {
          if (!candidates.includes(report.epoch)) return;
          const weights = await report.weights();
          const answer = await predictLogits(work, encoder, classCount, weights, held, `${title(fold)}: held-out rows`);
          await saveArray(work, stageOf(report.epoch), answer);
          fresh.set(report.epoch, answer);
        },
      });
      const all = new Float32Array(candidates.length * size);
      for (const [at, epoch] of candidates.entries()) {
        const kept = fresh.get(epoch) ?? (await loadArray(work, stageOf(epoch)));
        if (kept === undefined) throw new Error(`no held-out logits of epoch ${String(epoch)}`);
        all.set(kept, at * size);
      }
      return all;
    });
    rows.forEach((row, i) => {
      logits.forEach((all, at) => {
        all.set(ofFold.subarray(at * size + i * classCount, at * size + (i + 1) * classCount), row * classCount);
      });
    });
  }

  const tried = candidates.map((epochs, at) =>
    calibrate('fine-tuned', logits[at], real.labelIds, classCount, { epochs }, folds > 1),
  );
  const best = tried.reduce((a, b) => (b.candidate.logLoss < a.candidate.logLoss ? b : a));
  const epochs = best.candidate.chosen['epochs'];
  const answer = async (): Promise<EnsembleAnswer> => {
    const perFold: Float64Array[] = [];
    for (let fold = 0; fold < folds; fold++) {
      const stage = `quality/fold-${String(fold)}`;
      // A checker that is best before the schedule's end is trained again up to there: the same steps, cheaper to repeat
      // than to keep every candidate epoch of every fold on disk.
      const name = epochs === settings.epochs ? stage : `${stage}/epoch-${String(epochs)}`;
      const output = await keptArray(work, `${name}/synthetic`, async () => {
        const weights = await trainChecker(work, train(fold, name, epochs));
        return predictLogits(work, encoder, classCount, weights, synthetic, `${title(fold)}: scoring`);
      });
      perFold.push(logSoftmax(output, synthetic.count, classCount, best.candidate.temperature));
    }
    return ensembleAnswer(perFold);
  };
  return { ...best, answer };
}

/** Temperature scaling on held-out logits, and how good the checker is by them. */
function calibrate(
  kind: QualityKind,
  logits: Float32Array | Float64Array,
  labelIds: Int32Array,
  classCount: number,
  chosen: Readonly<Record<string, number>>,
  calibrated = true,
): Pick<Scored, 'candidate' | 'realLogP' | 'calibration'> {
  const temperature = calibrated ? fitTemperature(logits, labelIds, classCount).temperature : 1;
  const realLogP = logSoftmax(logits, labelIds.length, classCount, temperature);
  const calibration: CheckerCalibration = {
    temperature,
    before: reliability(logSoftmax(logits, labelIds.length, classCount), labelIds, classCount),
    after: reliability(realLogP, labelIds, classCount),
    outOfFold: calibrated,
  };
  const predicted = argmaxRows(logits, classCount);
  const candidate: QualityCandidate = {
    kind,
    logLoss: logLoss(realLogP, labelIds, classCount),
    accuracy: classificationReport(labelIds, predicted, classCount).accuracy,
    eceBefore: calibration.before.ece,
    eceAfter: calibration.after.ece,
    temperature,
    chosen,
  };
  return { candidate, realLogP, calibration };
}

/** Embeddings of real rows followed by synthetic rows as features of a probe. */
export function embeddingFeatures(real: Float32Array, synthetic: Float32Array, width: number): Features {
  const values = new Float32Array(real.length + synthetic.length);
  values.set(real);
  values.set(synthetic, real.length);
  return denseMatrix(values, values.length / width, width);
}

function indices(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
