/**
 * Fine-tuning of an encoder and its head: the loop that reads top to bottom. Where weights live and how a step runs is
 * the device's business, what the loss is the caller's, where checkpoints go the caller's too.
 */
import { CancelledError } from '../../base/errors.ts';
import type { EncoderConfig } from '../models/config.ts';
import { rowLength } from '../models/padBatch.ts';
import { parameterNames } from '../models/parameters.ts';
import type { Weights } from '../models/pretrained.ts';
import { linearSchedule } from '../optim/schedule.ts';
import type { Device, StateSnapshot, Traffic } from '../runtime/device.ts';
import { BatchPasses, type TrainingData } from './batchPasses.ts';
import { planEpoch, stepsPerEpoch } from './batchPlan.ts';
import type { FineTuneSettings } from './fineTuneSettings.ts';
import { copyDynamics, noDynamics, type LabelDynamics } from './labelDynamics.ts';
import { NonFiniteLossError } from './nonFiniteLoss.ts';
import { buildTrainingGraph, type LossFunction } from './trainingGraph.ts';
import { pruneVocabulary } from './vocabulary.ts';

export type { TrainingData } from './batchPasses.ts';
export { defaultFineTuneSettings, type FineTuneSettings } from './fineTuneSettings.ts';
export { NonFiniteLossError } from './nonFiniteLoss.ts';

export interface StepReport {
  /** Optimizer steps done, and of how many. */
  readonly step: number;
  readonly totalSteps: number;
  /** 0-based epoch of this step. */
  readonly epoch: number;
  /** Mean loss of the step's rows. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly rows: number;
  /** Bytes that the step moved to and from a device with memory of its own. */
  readonly moved?: Traffic;
}

export interface EpochReport {
  /** Epochs done. */
  readonly epoch: number;
  /** Mean loss over the epoch's rows. */
  readonly trainLoss: number;
  /** [rows] the weight that each row had when it was last used; undefined where the loss reports none. */
  readonly rowWeights?: Float32Array;
  /** What the epoch's own forward passes said of the rows' labels; the next epoch writes over it. */
  readonly dynamics: LabelDynamics;
  /** The model as it stands, complete. Computed when called. */
  weights(): Promise<Weights>;
}

/** What an evaluation says of the model after an epoch. */
export interface Evaluation {
  /** Lower is better; the epoch with the lowest is kept. */
  readonly score: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface EpochHistory {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly evaluation?: Evaluation;
}

/** All that an interrupted training needs to go on to the same bits. */
export interface FineTuneCheckpoint {
  readonly state: StateSnapshot;
  readonly progress: FineTuneProgress;
  /** Weights of the best epoch so far, as the device holds them; absent where no evaluation was made. */
  readonly best?: ReadonlyMap<string, Float32Array>;
  /** [rows] see {@link EpochReport.rowWeights}. */
  readonly rowWeights?: Float32Array;
  /** See {@link EpochReport.dynamics}; absent in checkpoints of a version that noted none. */
  readonly dynamics?: LabelDynamics;
}

export interface FineTuneProgress {
  /** Optimizer steps done. */
  readonly step: number;
  /** Micro-batches done: the dropout generator's position. */
  readonly microStep: number;
  readonly epoch: number;
  /** Batches of the epoch done: the sampler's position. Its order follows from seed and epoch. */
  readonly batch: number;
  /** Σ of row losses of the epoch so far. */
  readonly epochLoss: number;
  /** Π(1 − lr·decay) so far: what the unused word rows have still to be multiplied by. */
  readonly unusedRowDecay: number;
  readonly history: readonly EpochHistory[];
  readonly bestEpoch?: number;
  readonly bestUnusedRowDecay?: number;
}

export interface FineTuneOptions {
  readonly device: Device;
  readonly config: EncoderConfig;
  readonly labels: number;
  /** Every parameter's first value. */
  readonly initial: Weights;
  readonly padId: number;
  readonly data: TrainingData;
  readonly loss: LossFunction;
  readonly settings: FineTuneSettings;
  /** Ends after so many epochs of the schedule; all of them unless told. */
  readonly stopAfterEpoch?: number;
  /** Called after each epoch. */
  readonly evaluate?: (report: EpochReport) => Promise<Evaluation | undefined>;
  readonly onStep?: (report: StepReport) => void;
  /**
   * Told each time the device ran out of memory, and how many rows at most go through it at once from now on. Results
   * do not change by it, up to rounding: micro-batches are cut, and their masks with them.
   */
  readonly onOutOfMemory?: (rows: number) => void;
  /** Asked after each step; true: `saveCheckpoint` is called. */
  readonly checkpointDue?: (step: number) => boolean;
  readonly saveCheckpoint?: (checkpoint: FineTuneCheckpoint) => Promise<void>;
  readonly resume?: FineTuneCheckpoint;
  readonly signal?: AbortSignal;
}

export interface FineTuneResult {
  /** The best epoch's weights where an evaluation chose one, else the last. */
  readonly weights: Weights;
  readonly bestEpoch?: number;
  readonly history: readonly EpochHistory[];
  readonly rowWeights?: Float32Array;
}

/** Trains; see {@link FineTuneOptions}. Bit-identical for the same inputs, device and thread count, resumed or not. */
export async function fineTune(options: FineTuneOptions): Promise<FineTuneResult> {
  const { config, labels, data, settings, padId, device } = options;
  const { rows } = data;
  const lengths = Int32Array.from({ length: rows.count }, (_, row) => rowLength(rows, row));
  const words = `${parameterNames(config.architecture).words}.weight`;
  const fullWords = options.initial.get(words)!;
  const vocabulary = settings.pruneVocabulary ? pruneVocabulary(rows, padId, config.vocabularySize) : undefined;
  const graph = buildTrainingGraph({
    config,
    labels,
    loss: options.loss,
    dropout: settings.dropout,
    vocabularySize: vocabulary?.ids.length,
  });
  const initial = new Map(options.initial);
  if (vocabulary !== undefined) initial.set(words, vocabulary.prune(fullWords, config.embeddingSize));
  const state = await device.train(graph, initial);
  const passes = new BatchPasses(state, graph, { ...options, vocabulary });

  const stepsInEpoch = stepsPerEpoch(rows.count, settings.batchSize);
  const totalSteps = stepsInEpoch * settings.epochs;
  const epochs = Math.min(settings.epochs, options.stopAfterEpoch ?? Infinity);
  const warmupSteps = Math.round(settings.warmupRatio * totalSteps);
  let { step, microStep, epoch, batch, epochLoss, unusedRowDecay, history, bestEpoch, bestUnusedRowDecay } =
    options.resume?.progress ?? firstProgress;
  let best = options.resume?.best;
  let rowWeights = graph.hasRowWeight ? (options.resume?.rowWeights ?? new Float32Array(rows.count)) : undefined;
  rowWeights = rowWeights?.slice();
  const dynamics = copyDynamics(options.resume?.dynamics ?? noDynamics(rows.count));

  const complete = (trained: ReadonlyMap<string, Float32Array>, decay: number): Weights => {
    if (vocabulary === undefined) return copyOf(trained);
    const all = copyOf(trained);
    all.set(words, vocabulary.expand(fullWords, trained.get(words)!, config.embeddingSize, decay));
    return all;
  };
  const checkpoint = async (): Promise<void> => {
    await options.saveCheckpoint?.({
      state: await state.snapshot(),
      progress: { step, microStep, epoch, batch, epochLoss, unusedRowDecay, history, bestEpoch, bestUnusedRowDecay },
      best,
      rowWeights,
      dynamics,
    });
  };

  let abandoned: Promise<unknown> | undefined;
  try {
    if (options.resume !== undefined) await state.restore(options.resume.state);
    for (; epoch < epochs; epoch++) {
      const batches = planEpoch(lengths, { ...settings, epoch, grouped: settings.groupByLength });
      for (; batch < batches.length;) {
        if (options.signal?.aborted) {
          await checkpoint();
          throw new CancelledError();
        }
        const batchRows = batches[batch]!;
        const learningRate = settings.learningRate * linearSchedule(step, warmupSteps, totalSteps);
        const before = state.traffic && { ...state.traffic };
        let loss: number | undefined;
        let gradientNorm: number;
        do {
          const gathering = passes.gather(batchRows, { step: step + 1, microStep, rowWeights, dynamics });
          loss = await unlessAborted(gathering, options.signal);
          if (loss === undefined) {
            // A large model's step takes seconds: it is left alone where it is. It touches gradients only, so weights,
            // moments and counters are still those before it.
            abandoned = gathering;
            await checkpoint();
            throw new CancelledError();
          }
          const clipNorm = settings.maxGradientNorm;
          gradientNorm = await state.update({ ...settings, step: step + 1, learningRate, clipNorm });
          // Too large a loss scale overflows half precision: the batch is gathered again with a smaller one.
        } while (!Number.isFinite(gradientNorm) && state.lowerLossScale?.() === true);
        if (!Number.isFinite(gradientNorm)) throw new NonFiniteLossError(step + 1, [...batchRows], 'gradient');
        step++;
        microStep += passes.microBatches(batchRows);
        unusedRowDecay *= 1 - learningRate * settings.weightDecay;
        epochLoss += loss * batchRows.length;
        batch++;
        const moved = before && since(before, state.traffic!);
        options.onStep?.({ step, totalSteps, epoch, loss, gradientNorm, learningRate, rows: batchRows.length, moved });
        // An epoch's last step is saved after its evaluation, below.
        if (batch < batches.length && options.checkpointDue?.(step)) await checkpoint();
      }
      const report: EpochReport = {
        epoch: epoch + 1,
        trainLoss: epochLoss / rows.count,
        rowWeights,
        dynamics,
        weights: async () => complete(await state.values(), unusedRowDecay),
      };
      const evaluation = await evaluate(report);
      const lowest = history[(bestEpoch ?? 0) - 1]?.evaluation?.score ?? Infinity;
      history = [...history, { epoch: epoch + 1, trainLoss: report.trainLoss, evaluation }];
      if (evaluation !== undefined && evaluation.score < lowest) {
        bestEpoch = epoch + 1;
        bestUnusedRowDecay = unusedRowDecay;
        best = copyOf(await state.values());
      }
      batch = 0;
      epochLoss = 0;
      if (epoch + 1 < epochs && options.checkpointDue?.(step)) {
        epoch++;
        await checkpoint();
        epoch--;
      }
    }
    const weights = complete(
      best ?? (await state.values()),
      best === undefined ? unusedRowDecay : (bestUnusedRowDecay ?? 1),
    );
    return { weights, bestEpoch, history, rowWeights };
  } finally {
    const release = (): Promise<void> => state.release();
    // An abandoned step still works in the state's memory; whether it would have failed matters to nobody.
    if (abandoned === undefined) await release();
    else void abandoned.then(release, release);
  }

  /** Evaluates. Where that is cancelled, the epoch's last step is kept: the training goes on with the evaluation. */
  async function evaluate(report: EpochReport): Promise<Evaluation | undefined> {
    try {
      return await options.evaluate?.(report);
    } catch (thrown) {
      if (thrown instanceof CancelledError) await checkpoint();
      throw thrown;
    }
  }
}

/** What the work comes to; undefined as soon as the signal fires, while the work goes on by itself. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function since(before: Traffic, now: Traffic): Traffic {
  return { up: now.up - before.up, down: now.down - before.down };
}

const firstProgress: FineTuneProgress = {
  step: 0,
  microStep: 0,
  epoch: 0,
  batch: 0,
  epochLoss: 0,
  unusedRowDecay: 1,
  history: [],
};

function copyOf(arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  return new Map([...arrays].map(([name, data]) => [name, data.slice()]));
}
