import type { Graph, Value } from '../graph/graph.ts';
import type { EncoderConfig } from './config.ts';

/** The graph's inputs for one batch of rows, padded to the longest. */
export interface BatchInputs {
  /** [tokens] int32: token ids, row after row. */
  readonly tokenIds: Value;
  /** [tokens] int32; undefined where the model has no token types. */
  readonly tokenTypeIds?: Value;
  /** [sequence] int32: rows of the position table. */
  readonly positionIds: Value;
  /** [batch, 1, 1, sequence] float32: 0 at tokens, a large negative number at padding. */
  readonly attentionBias: Value;
  /** [unique] int32: every id of `tokenIds` once. Only gradients use it. */
  readonly uniqueIds?: Value;
  /** [token types] int32: 0, 1, … Only gradients use it. */
  readonly tokenTypeRange?: Value;
  /** [1, sequence, 1] float32: 1 at the first position, else 0. Only gradients use it. */
  readonly isFirst?: Value;
}

/** Declares a batch's inputs and lets reshapes find its size and length at run time. */
export function batchInputs(g: Graph, config: EncoderConfig, { forGradients = false } = {}): BatchInputs {
  const attentionBias = g.input('attention_bias', 'float32', ['batch', 1, 1, 'sequence']);
  const shape = g.op('Shape', [attentionBias], { dtype: 'int64', shape: [4] });
  const part = (axis: number): Value =>
    g.op('Gather', [shape, g.ints([axis])], { dtype: 'int64', shape: [1] }, { axis: 0 });
  g.bindDimension('batch', part(0));
  g.bindDimension('sequence', part(3));
  const hasTypes = config.tokenTypes > 0;
  const forward = {
    tokenIds: g.input('token_ids', 'int32', ['tokens']),
    tokenTypeIds: hasTypes ? g.input('token_type_ids', 'int32', ['tokens']) : undefined,
    positionIds: g.input('position_ids', 'int32', ['sequence']),
    attentionBias,
  };
  if (!forGradients) return forward;
  return {
    ...forward,
    uniqueIds: g.input('unique_ids', 'int32', ['unique']),
    tokenTypeRange: hasTypes ? g.input('token_type_range', 'int32', [config.tokenTypes]) : undefined,
    isFirst: g.input('is_first', 'float32', [1, 'sequence', 1]),
  };
}
