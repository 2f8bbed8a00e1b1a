/**
 * What a training said of each synthetic row's label, epoch by epoch: `dynamics/checkpoint.bin` in a run's folder, a
 * checkpoint (`checkpoint.ts`) with the tensors
 *
 * - `log-probability` [epochs, rows] float32: log P̂θ(y|x) when the row was last used in the epoch, dropout included;
 * - `correct` [epochs, rows] uint8: 1 where no label was likelier;
 * - `weight` [epochs, rows] float32: the weight that the row had, where the loss changes it in training (DIMP, focal);
 * - `text hash, high`, `text hash, low`, `occurrence` [rows] int32: what the rows are found again by;
 * - `label` [rows] int32: the label that was trained on, by id in the order of the run's labels.
 *
 * Nine bytes a row and epoch at most, and written once, at the end of the training: what is known of finished epochs lies in
 * the checkpoint's stages meanwhile. Runs of versions that kept none have no such file.
 */
import { UserError } from '../base/errors.ts';
import { type CheckpointTensor, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { isIntegerFrom, isJsonObject } from './json.ts';
import { identitiesOf, identityTensors, type RowIdentities } from './rowIdentities.ts';
import { formatVersions, unknownVersion } from './versions.ts';

export interface TrainingDynamics {
  readonly epochs: number;
  readonly rows: number;
  readonly identities: RowIdentities;
  /** [rows] */
  readonly labelId: Int32Array;
  /** [epochs · rows] natural logarithms. */
  readonly logProbability: Float32Array;
  /** [epochs · rows] 1 or 0. */
  readonly correct: Uint8Array;
  /** [epochs · rows]; absent where the loss has none, or constant ones. */
  readonly weight?: Float32Array;
}

/** Writes a run's dynamics. @throws UserError where they cannot be written. */
export async function writeDynamics(folder: string, dynamics: TrainingDynamics): Promise<void> {
  const { epochs, rows, identities, labelId, logProbability, correct, weight } = dynamics;
  const shape = [epochs, rows];
  await saveCheckpoint(folder, {
    meta: { version: formatVersions.dynamics, epochs, rows },
    tensors: new Map<string, CheckpointTensor>([
      ['log-probability', { dtype: 'float32', shape, data: logProbability }],
      ['correct', { dtype: 'uint8', shape, data: correct }],
      ...(weight === undefined ? [] : [['weight', { dtype: 'float32', shape, data: weight }] as const]),
      ['label', { dtype: 'int32', shape: [rows], data: labelId }],
      ...identityTensors(identities),
    ]),
  });
}

/**
 * Reads a run's dynamics; undefined where it has none.
 *
 * @throws UserError where they are damaged or of another version.
 */
export async function readDynamics(folder: string): Promise<TrainingDynamics | undefined> {
  const loaded = await loadCheckpoint(folder);
  if (!('checkpoint' in loaded)) {
    if (loaded.absent.endsWith('no checkpoint')) return undefined;
    throw new UserError(`${loaded.absent}; train again to see how the rows were learnt.`);
  }
  const { meta, tensors } = loaded.checkpoint;
  const damaged = new UserError(`${folder}: damaged; train again to see how the rows were learnt.`);
  if (!isJsonObject(meta)) throw damaged;
  const { version, epochs, rows } = meta;
  if (version !== formatVersions.dynamics) throw unknownVersion(folder, version, formatVersions.dynamics);
  if (!isIntegerFrom(0, epochs) || !isIntegerFrom(0, rows)) throw damaged;
  const identities = identitiesOf(tensors, rows);
  const [labelId, correct] = [tensors.get('label')?.data, tensors.get('correct')?.data];
  const [logProbability, weight] = [tensors.get('log-probability')?.data, tensors.get('weight')?.data];
  const cells = epochs * rows;
  if (
    identities === undefined ||
    !(labelId instanceof Int32Array && labelId.length === rows) ||
    !(correct instanceof Uint8Array && correct.length === cells) ||
    !(logProbability instanceof Float32Array && logProbability.length === cells) ||
    (weight !== undefined && !(weight instanceof Float32Array && weight.length === cells))
  ) {
    throw damaged;
  }
  return { epochs, rows, identities, labelId, logProbability, correct, weight };
}
