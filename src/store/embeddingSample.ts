/**
 * The embeddings of some of a run's synthetic rows, where there are too many to keep all: a checkpoint among the checkers
 * with the tensors `array` [rows, width] float32 and `text hash, high`, `text hash, low`, `occurrence` [rows] int32.
 */
import { type Checkpoint, loadCheckpoint } from './checkpoint.ts';
import { identitiesOf, identityTensors, type RowIdentities } from './rowIdentities.ts';

export interface EmbeddingSample {
  readonly identities: RowIdentities;
  /** [rows · width] of length 1. */
  readonly values: Float32Array;
  readonly width: number;
}

/** As a stage of the job that makes it. */
export function sampleStage({ identities, values, width }: EmbeddingSample): Checkpoint {
  return {
    meta: {},
    tensors: new Map([
      ['array', { dtype: 'float32', shape: [values.length / width, width], data: values }],
      ...identityTensors(identities),
    ]),
  };
}

/**
 * Reads a sample; undefined where there is none, or it is damaged.
 *
 * @param folder See `RunFiles.sampledEmbeddings`.
 * @throws UserError where a file is there and the system does not let us read it.
 */
export async function readSample(folder: string): Promise<EmbeddingSample | undefined> {
  const loaded = await loadCheckpoint(folder);
  if (!('checkpoint' in loaded)) return undefined;
  const { tensors } = loaded.checkpoint;
  const array = tensors.get('array');
  const [rows, width] = array?.shape ?? [];
  const identities = rows === undefined ? undefined : identitiesOf(tensors, rows);
  if (identities === undefined || width === undefined || !(array?.data instanceof Float32Array)) return undefined;
  return { identities, values: array.data, width };
}
