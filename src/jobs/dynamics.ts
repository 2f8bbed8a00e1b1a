/** The training dynamics of a classifier: kept after each epoch as stages, so that they survive a kill, then as a file of the run. */
import type { EpochReport } from '../engine/training/fineTune.ts';
import type { CheckpointTensor } from '../store/checkpoint.ts';
import { writeDynamics } from '../store/dynamics.ts';
import { rowIdentities } from '../store/rowIdentities.ts';
import type { Row } from '../core/dataset/dataset.ts';
import type { Workspace } from './workspace.ts';

/** Stage that holds what an epoch, 1-based, said of the rows. */
function epochStage(training: string, epoch: number): string {
  return `${training}/dynamics/epoch-${String(epoch)}`;
}

/**
 * Keeps what an epoch said of the rows.
 *
 * @param training Names the stage of the training.
 * @param weights Whether the weights of the loss change in training, so that those of the epoch say something.
 */
export async function keepEpochDynamics(
  work: Workspace,
  training: string,
  { epoch, dynamics, rowWeights }: Pick<EpochReport, 'epoch' | 'dynamics' | 'rowWeights'>,
  weights: boolean,
): Promise<void> {
  const { logProbability, correct } = dynamics;
  const shape = [logProbability.length];
  const tensors = new Map<string, CheckpointTensor>([
    ['log-probability', { dtype: 'float32', shape, data: logProbability }],
    ['correct', { dtype: 'uint8', shape, data: correct }],
  ]);
  if (weights && rowWeights !== undefined) tensors.set('weight', { dtype: 'float32', shape, data: rowWeights });
  await work.stages.save(epochStage(training, epoch), { meta: {}, tensors });
}

/**
 * Writes the dynamics of a finished training into its run's folder, from the stages of its epochs; nothing where these are
 * not all there (they were kept by an earlier version, or damaged).
 *
 * @param folder See `RunFiles.dynamics`.
 * @param rows The synthetic rows: the first of those trained on.
 */
export async function writeRunDynamics(
  work: Workspace,
  folder: string,
  training: string,
  epochs: number,
  { rows, labelIds }: { readonly rows: readonly Pick<Row, 'textHash' | 'occurrence'>[]; readonly labelIds: Int32Array },
): Promise<void> {
  const count = rows.length;
  const logProbability = new Float32Array(epochs * count);
  const correct = new Uint8Array(epochs * count);
  let weight: Float32Array | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const tensors = (await work.stages.load(epochStage(training, epoch + 1)))?.tensors;
    const [log, right] = [tensors?.get('log-probability')?.data, tensors?.get('correct')?.data];
    if (!(log instanceof Float32Array) || !(right instanceof Uint8Array)) return;
    logProbability.set(log.subarray(0, count), epoch * count);
    correct.set(right.subarray(0, count), epoch * count);
    const weights = tensors?.get('weight')?.data;
    if (weights instanceof Float32Array) {
      (weight ??= new Float32Array(epochs * count)).set(weights.subarray(0, count), epoch * count);
    }
  }
  const identities = rowIdentities(rows);
  await writeDynamics(folder, { epochs, rows: count, identities, labelId: labelIds, logProbability, correct, weight });
}
