import {
  fineTune,
  type FineTuneCheckpoint,
  type FineTuneOptions,
  type FineTuneProgress,
  type FineTuneResult,
} from '../engine/training/fineTune.ts';
import type { Checkpoint, CheckpointTensor } from '../store/checkpoint.ts';
import type { Json } from '../store/json.ts';
import type { Workspace } from './workspace.ts';

/**
 * A training that goes on where it was interrupted, under the stage's name. Its last checkpoint stays until
 * {@link forgetTraining}: the caller first saves what came of it.
 */
export async function trainStage(
  work: Workspace,
  name: string,
  title: string,
  options: Omit<FineTuneOptions, 'device' | 'signal' | 'resume' | 'saveCheckpoint' | 'checkpointDue' | 'onStep'>,
): Promise<FineTuneResult> {
  const stage = trainingOf(name);
  const kept = await work.stages.load(stage);
  let last = Date.now();
  let encoderRows = 0;
  return fineTune({
    ...options,
    device: work.device,
    signal: work.signal,
    resume: kept === undefined ? undefined : fromCheckpoint(kept),
    checkpointDue: () => Date.now() - last >= work.checkpointSeconds * 1000,
    saveCheckpoint: async (checkpoint) => {
      await work.stages.save(stage, toCheckpoint(checkpoint));
      last = Date.now();
    },
    onStep: ({ step, totalSteps, rows, loss }) => {
      work.passes.backward += rows;
      encoderRows += rows;
      work.onProgress?.({ stage: title, done: step, total: totalSteps, unit: 'steps', loss, encoderRows });
    },
  });
}

/** Removes the checkpoint of a training whose result is saved. */
export async function forgetTraining(work: Workspace, name: string): Promise<void> {
  await work.stages.remove(trainingOf(name));
}

function trainingOf(name: string): string {
  return `${name}/training`;
}

const parts = ['value', 'mean', 'variance'] as const;

function toCheckpoint({ state, progress, best, rowWeights }: FineTuneCheckpoint): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  const put = (name: string, data: Float32Array): void => {
    tensors.set(name, { dtype: 'float32', shape: [data.length], data });
  };
  for (const part of parts) for (const [name, data] of state[part]) put(`${part}:${name}`, data);
  for (const [name, data] of best ?? []) put(`best:${name}`, data);
  if (rowWeights !== undefined) put('row weights', rowWeights);
  return { meta: { progress: JSON.parse(JSON.stringify(progress)) as Json, hasBest: best !== undefined }, tensors };
}

function fromCheckpoint({ meta, tensors }: Checkpoint): FineTuneCheckpoint {
  const pick = (part: string): Map<string, Float32Array> =>
    new Map(
      [...tensors].flatMap(([name, tensor]) =>
        name.startsWith(`${part}:`) && tensor.dtype === 'float32'
          ? [[name.slice(part.length + 1), tensor.data] as const]
          : [],
      ),
    );
  const { progress, hasBest } = meta as { progress: Json; hasBest: boolean };
  const rowWeights = tensors.get('row weights')?.data;
  return {
    state: { value: pick('value'), mean: pick('mean'), variance: pick('variance') },
    progress: progress as unknown as FineTuneProgress,
    best: hasBest ? pick('best') : undefined,
    rowWeights: rowWeights instanceof Float32Array ? rowWeights : undefined,
  };
}
