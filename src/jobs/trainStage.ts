import { ThinnedCurve, type CurvePoint } from '../core/metrics/thinnedCurve.ts';
import {
  fineTune,
  type FineTuneCheckpoint,
  type FineTuneOptions,
  type FineTuneProgress,
  type FineTuneResult,
} from '../engine/training/fineTune.ts';
import { withStandIn } from '../engine/runtime/guardedDevice.ts';
import { stepsPerEpoch } from '../engine/training/batchPlan.ts';
import type { StateSnapshot } from '../engine/runtime/device.ts';
import type { Checkpoint, CheckpointTensor } from '../store/checkpoint.ts';
import type { Json } from '../store/json.ts';
import type { ResumedTraining, Workspace } from './workspace.ts';

type StageOptions = Omit<
  FineTuneOptions,
  'device' | 'signal' | 'resume' | 'saveCheckpoint' | 'checkpointDue' | 'onStep' | 'onOutOfMemory'
>;

/**
 * A training that goes on where it was interrupted, under the stage's name; also where the device failed in the middle
 * and another stands in for it. Its last checkpoint stays until {@link forgetTraining}: the caller first saves what came
 * of it.
 */
export function trainStage(
  work: Workspace,
  name: string,
  title: string,
  options: StageOptions,
): Promise<FineTuneResult> {
  return withStandIn(work.device, () => trainFromCheckpoint(work, name, title, options));
}

async function trainFromCheckpoint(
  work: Workspace,
  name: string,
  title: string,
  options: StageOptions,
): Promise<FineTuneResult> {
  const stage = trainingOf(name);
  const kept = await work.stages.load(stage);
  const resume = kept === undefined ? undefined : fromCheckpoint(kept);
  const losses = new ThinnedCurve(kept === undefined ? [] : curveOf(kept));
  if (resume !== undefined) work.onResumed?.(resumedTraining(title, resume.progress, losses, options));
  let last = Date.now();
  let encoderRows = 0;
  return fineTune({
    ...options,
    device: work.device,
    signal: work.signal,
    resume,
    checkpointDue: () => Date.now() - last >= work.checkpointSeconds * 1000,
    saveCheckpoint: async (checkpoint) => {
      await work.stages.save(stage, toCheckpoint(checkpoint, losses));
      last = Date.now();
    },
    onOutOfMemory: (rows) =>
      work.device.remarks?.add(
        `${title}: ${work.device.name} ran out of memory; ${rows === 1 ? 'one row goes' : `${String(rows)} rows go`} through it at a time from now on, gathered to the same batches.`,
      ),
    onStep: ({ step, totalSteps, rows, loss, moved }) => {
      work.passes.backward += rows;
      encoderRows += rows;
      losses.add(step, loss);
      work.onProgress?.({ stage: title, done: step, total: totalSteps, unit: 'steps', loss, encoderRows, moved });
    },
  });
}

/** Removes the checkpoint of a training whose result is saved. */
export async function forgetTraining(work: Workspace, name: string): Promise<void> {
  await work.stages.remove(trainingOf(name));
}

function resumedTraining(
  stage: string,
  { step, epoch, batch, history }: FineTuneProgress,
  losses: ThinnedCurve,
  { data, settings }: Pick<FineTuneOptions, 'data' | 'settings'>,
): ResumedTraining {
  const { count } = data.rows;
  return {
    ...{ stage, step, steps: stepsPerEpoch(count, settings.batchSize) * settings.epochs },
    encoderRows: epoch * count + Math.min(count, batch * settings.batchSize),
    losses: losses.points,
    epochs: history.map(({ epoch: ended, trainLoss, evaluation }) => {
      return { ...evaluation?.metrics, epoch: ended, trainLoss };
    }),
  };
}

function trainingOf(name: string): string {
  return `${name}/training`;
}

const parts = ['value', 'mean', 'variance'] as const;

function toCheckpoint(
  { state, progress, best, rowWeights, dynamics }: FineTuneCheckpoint,
  losses: ThinnedCurve,
): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  const put = (name: string, data: Float32Array): void => {
    tensors.set(name, { dtype: 'float32', shape: [data.length], data });
  };
  for (const part of parts) for (const [name, data] of state[part]) put(`${part}:${name}`, data);
  for (const [name, data] of best ?? []) put(`best:${name}`, data);
  if (rowWeights !== undefined) put('row weights', rowWeights);
  if (dynamics !== undefined) {
    const { logProbability, correct } = dynamics;
    put('label log-probabilities', logProbability);
    tensors.set('label correct', { dtype: 'uint8', shape: [correct.length], data: correct });
  }
  const curve = losses.points.map(({ step, value, count }): Json => [step, value, count]);
  const { lossScale } = state;
  const scaled = lossScale && { lossScale: [lossScale.scale, lossScale.updates] };
  const place = JSON.parse(JSON.stringify(progress)) as Json;
  return { meta: { progress: place, hasBest: best !== undefined, losses: curve, ...scaled }, tensors };
}

/** The losses so far; none in a checkpoint of a version that kept none. */
function curveOf({ meta }: Checkpoint): CurvePoint[] {
  const { losses } = meta as { losses?: Json };
  if (!Array.isArray(losses)) return [];
  return (losses as readonly Json[]).flatMap((point) => {
    const [step, value, count] = Array.isArray(point) ? (point as readonly Json[]) : [];
    return typeof step === 'number' && typeof value === 'number' && typeof count === 'number'
      ? [{ step, value, count }]
      : [];
  });
}

/** The loss scale of a training in half precision. */
function lossScaleOf(meta: Json): Pick<StateSnapshot, 'lossScale'> {
  const { lossScale } = meta as { lossScale?: Json };
  if (!Array.isArray(lossScale)) return {};
  const [scale, updates] = lossScale as readonly Json[];
  return typeof scale === 'number' && typeof updates === 'number' ? { lossScale: { scale, updates } } : {};
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
  const [logProbability, correct] = [tensors.get('label log-probabilities')?.data, tensors.get('label correct')?.data];
  return {
    state: { value: pick('value'), mean: pick('mean'), variance: pick('variance'), ...lossScaleOf(meta) },
    progress: progress as unknown as FineTuneProgress,
    best: hasBest ? pick('best') : undefined,
    rowWeights: rowWeights instanceof Float32Array ? rowWeights : undefined,
    dynamics:
      logProbability instanceof Float32Array && correct instanceof Uint8Array ? { logProbability, correct } : undefined,
  };
}
