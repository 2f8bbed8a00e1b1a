import { crossEntropy } from '../engine/training/trainingGraph.ts';
import { loadClassifier } from '../engine/models/forward.ts';
import type { EncodedRows } from '../engine/hub/encodedRows.ts';
import type { Weights } from '../engine/models/pretrained.ts';
import type { EpochReport, FineTuneSettings } from '../engine/training/fineTune.ts';
import { initialWeights, type Encoder } from './encoder.ts';
import type { Checkpoint, CheckpointTensor } from '../store/checkpoint.ts';
import type { LabelledRows } from './selectRows.ts';
import { forgetTraining, trainStage } from './trainStage.ts';
import type { Workspace } from './workspace.ts';

/** Logits of a classifier for rows, [rows, labels]. */
export async function predictLogits(
  work: Workspace,
  encoder: Encoder,
  labels: number,
  weights: Weights,
  rows: EncodedRows,
  title: string,
): Promise<Float32Array> {
  const classifier = await loadClassifier(work.device, encoder.config, labels, { weights }, encoder.padId);
  try {
    const logits = await classifier.run(rows, {
      signal: work.signal,
      onProgress: (done) =>
        work.onProgress?.({ stage: title, done, total: rows.count, unit: 'rows', encoderRows: done }),
    });
    work.passes.forward += rows.count;
    return logits;
  } finally {
    await classifier.release();
  }
}

export interface CheckerTraining {
  /** Names the stage; unique within the job. */
  readonly name: string;
  readonly title: string;
  readonly encoder: Encoder;
  readonly labels: number;
  readonly data: LabelledRows;
  readonly settings: FineTuneSettings;
  readonly stopAfterEpoch?: number;
  /** Called after each epoch of the training, not where the stage was finished earlier. */
  readonly onEpoch?: (report: EpochReport) => Promise<void>;
}

/** Trains a checker with cross-entropy, or reads it back where an earlier try of the same job finished it. */
export async function trainChecker(work: Workspace, training: CheckerTraining): Promise<Weights> {
  const { name, encoder, labels, data, settings, onEpoch } = training;
  const kept = await work.stages.load(name);
  if (kept !== undefined) return weightsOf(kept);
  const { weights } = await trainStage(work, name, training.title, {
    config: encoder.config,
    labels,
    initial: initialWeights(encoder, labels, settings.seed),
    padId: encoder.padId,
    data: { rows: data.rows, labelIds: data.labelIds, rowInputs: {} },
    loss: crossEntropy,
    settings,
    stopAfterEpoch: training.stopAfterEpoch,
    evaluate: async (report) => {
      await onEpoch?.(report);
      return undefined;
    },
  });
  await work.stages.save(name, {
    meta: { epochs: training.stopAfterEpoch ?? settings.epochs },
    tensors: flat(weights),
  });
  await forgetTraining(work, name);
  return weights;
}

/** Weights as a stage keeps them: every tensor flat, its shape being the model's to know. */
export function flat(weights: Weights): Map<string, CheckpointTensor> {
  return new Map([...weights].map(([key, data]) => [key, { dtype: 'float32', shape: [data.length], data }]));
}

/** The weights that {@link flat} laid out. */
export function weightsOf({ tensors }: Checkpoint): Weights {
  return new Map(
    [...tensors].flatMap(([key, { data }]) => (data instanceof Float32Array ? [[key, data] as const] : [])),
  );
}

/** A float array kept under a stage's name, computed once. */
export async function keptArray(
  work: Workspace,
  name: string,
  compute: () => Promise<Float32Array>,
): Promise<Float32Array> {
  const kept = await loadArray(work, name);
  if (kept !== undefined) return kept;
  const array = await compute();
  await saveArray(work, name, array);
  return array;
}

/** Keeps a float array under a stage's name. */
export async function saveArray(work: Workspace, name: string, array: Float32Array): Promise<void> {
  await work.stages.save(name, {
    meta: {},
    tensors: new Map([['array', { dtype: 'float32', shape: [array.length], data: array }]]),
  });
}

/** The array kept under a stage's name, if there is one. */
export async function loadArray(work: Workspace, name: string): Promise<Float32Array | undefined> {
  const kept = (await work.stages.load(name))?.tensors.get('array')?.data;
  return kept instanceof Float32Array ? kept : undefined;
}
