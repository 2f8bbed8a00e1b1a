import type { EncodedRows } from '../hub/encodedRows.ts';
import type { EncoderConfig } from './config.ts';
import type { HostTensor, HostTensors } from '../runtime/device.ts';

/** Added to the attention score of padding. Its softmax is then exactly 0 in float32, and a fully padded row stays finite. */
export const paddingBias = -1e9;

/** Rows of one batch, padded to the longest of them, as the graphs take them. */
export interface PaddedBatch {
  readonly size: number;
  readonly sequence: number;
  /** Inputs that forward and training graphs share. */
  readonly feeds: HostTensors;
  /** Every token id of the batch once, ascending. */
  readonly uniqueIds: Int32Array;
}

/**
 * Gathers rows into a batch.
 * @param indices Which rows, in which order.
 * @param mapId Token id → row of the (pruned) word table.
 * @param padId Id put at padding positions, before mapping.
 * @param atLeast Tokens that rows are padded to at least.
 */
export function padBatch(
  rows: EncodedRows,
  indices: ArrayLike<number>,
  config: EncoderConfig,
  padId: number,
  mapId?: (id: number) => number,
  atLeast = 1,
): PaddedBatch {
  const size = indices.length;
  const sequence = Math.max(atLeast, longestRow(rows, indices));
  const tokens = size * sequence;
  const pad = mapId === undefined ? padId : mapId(padId);
  const tokenIds = new Int32Array(tokens).fill(pad);
  const tokenTypeIds = new Int32Array(tokens);
  const bias = new Float32Array(tokens).fill(paddingBias);
  const seen = new Set<number>();
  for (let b = 0; b < size; b++) {
    const start = rows.offsets[indices[b]!]!;
    const length = rowLength(rows, indices[b]!);
    for (let i = 0; i < length; i++) {
      const raw = rows.inputIds[start + i]!;
      const id = mapId === undefined ? raw : mapId(raw);
      tokenIds[b * sequence + i] = id;
      tokenTypeIds[b * sequence + i] = rows.tokenTypeIds[start + i]!;
      bias[b * sequence + i] = 0;
      seen.add(id);
    }
  }
  const uniqueIds = Int32Array.from(seen).sort();
  const positions = Int32Array.from({ length: sequence }, (_, i) => config.positionOffset + i);
  const feeds: Record<string, HostTensor> = {
    token_ids: { dtype: 'int32', shape: [tokens], data: tokenIds },
    position_ids: { dtype: 'int32', shape: [sequence], data: positions },
    attention_bias: { dtype: 'float32', shape: [size, 1, 1, sequence], data: bias },
  };
  if (config.tokenTypes > 0) feeds['token_type_ids'] = { dtype: 'int32', shape: [tokens], data: tokenTypeIds };
  return { size, sequence, feeds, uniqueIds };
}

/** Tokens of the longest of some rows; at least 1. */
export function longestRow(rows: EncodedRows, indices: ArrayLike<number>): number {
  let longest = 1;
  for (let b = 0; b < indices.length; b++) longest = Math.max(longest, rowLength(rows, indices[b]!));
  return longest;
}

/** Tokens of one row. */
export function rowLength(rows: EncodedRows, row: number): number {
  return rows.offsets[row + 1]! - rows.offsets[row]!;
}
