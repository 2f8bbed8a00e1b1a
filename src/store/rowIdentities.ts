/** Rows by what they are found again by, as columns of a checkpoint: text hash and occurrence. */
import { hashNumbers } from '../core/dataset/identity.ts';
import type { CheckpointTensor } from './checkpoint.ts';

/** One entry per row. */
export interface RowIdentities {
  /** First and second half of the 64-bit text hash. */
  readonly hashHigh: Uint32Array;
  readonly hashLow: Uint32Array;
  /** How many rows of the same text came before. */
  readonly occurrence: Int32Array;
}

/** The identities of rows. @throws RangeError where a hash is none of ours: a defect of the caller. */
export function rowIdentities(
  rows: readonly { readonly textHash: string; readonly occurrence: number }[],
): RowIdentities {
  const hashes = rows.map(({ textHash }) => {
    const hash = hashNumbers(textHash);
    if (hash === undefined) throw new RangeError(`"${textHash}" is no text hash`);
    return hash;
  });
  return {
    hashHigh: Uint32Array.from(hashes, ({ high }) => high),
    hashLow: Uint32Array.from(hashes, ({ low }) => low),
    occurrence: Int32Array.from(rows, ({ occurrence }) => occurrence),
  };
}

const names = { hashHigh: 'text hash, high', hashLow: 'text hash, low', occurrence: 'occurrence' } as const;

/** As tensors; hashes as the signed numbers of the same bits. */
export function identityTensors({ hashHigh, hashLow, occurrence }: RowIdentities): [string, CheckpointTensor][] {
  const tensor = (data: Int32Array): CheckpointTensor => ({ dtype: 'int32', shape: [data.length], data });
  return [
    [names.hashHigh, tensor(Int32Array.from(hashHigh, (part) => part | 0))],
    [names.hashLow, tensor(Int32Array.from(hashLow, (part) => part | 0))],
    [names.occurrence, tensor(occurrence)],
  ];
}

/** What {@link identityTensors} laid out; undefined where it is not all there. */
export function identitiesOf(tensors: ReadonlyMap<string, CheckpointTensor>, rows: number): RowIdentities | undefined {
  const [high, low, occurrence] = [names.hashHigh, names.hashLow, names.occurrence].map((name) => {
    const data = tensors.get(name)?.data;
    return data instanceof Int32Array && data.length === rows ? data : undefined;
  });
  if (high === undefined || low === undefined || occurrence === undefined) return undefined;
  return {
    hashHigh: Uint32Array.from(high, (part) => part >>> 0),
    hashLow: Uint32Array.from(low, (part) => part >>> 0),
    occurrence,
  };
}
