import { Graph, type Value } from '../graph/graph.ts';
import { useStandardOperators } from '../graph/lower.ts';
import { serialize } from '../graph/onnx.ts';
import * as ops from '../graph/ops.ts';
import type { BatchInputs } from '../models/batchInputs.ts';
import type { EncoderConfig } from '../models/config.ts';
import { classify, encode } from '../models/encoder.ts';
import { paddingBias } from '../models/padBatch.ts';
import { parameterSpecs } from '../models/parameters.ts';
import type { Weights } from '../models/pretrained.ts';

/**
 * A classifier as an ONNX file with the inputs and outputs of Hugging Face's exporter, weights included, in standard
 * operators only (opset 17).
 *
 * Inputs, all int64 [batch, sequence], both sizes free: `input_ids`, `attention_mask` (1 at tokens, 0 at padding, which
 * is on the right), and `token_type_ids` for BERT and ELECTRA. RoBERTa has a table of token types but, as in Hugging
 * Face's exports, no such input: the type is always 0. Output: `logits` float32 [batch, labels].
 * @param weights By the names of `parameterSpecs(config, labels)`.
 */
export function exportOnnx(config: EncoderConfig, weights: Weights, labels: number): Uint8Array {
  const graph = new Graph();
  const parameters = new Map<string, Value>();
  for (const { name, shape } of parameterSpecs(config, labels)) {
    const data = weights.get(name);
    if (data === undefined) throw new Error(`the classifier has no weights ${name}`);
    parameters.set(name, graph.tensor(shape, data, name));
  }
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`the graph asks for ${name}, which is no parameter`);
    return value;
  };
  const context = { graph, config, parameter };
  graph.output('logits', classify(context, encode(context, tokenizerInputs(graph, config), { firstOnly: true })));
  useStandardOperators(graph);
  return serialize(graph);
}

/** Declares what a tokenizer returns as inputs, and computes from it what the encoder takes. */
function tokenizerInputs(g: Graph, config: EncoderConfig): BatchInputs {
  const perToken = ['batch', 'sequence'] as const;
  const inputIds = g.input('input_ids', 'int64', perToken);
  const attentionMask = g.input('attention_mask', 'int64', perToken);
  const size = g.op('Shape', [inputIds], { dtype: 'int64', shape: [2] });
  const part = (axis: number): Value =>
    g.op('Gather', [size, g.ints([axis])], { dtype: 'int64', shape: [1] }, { axis: 0 });
  const sequence = part(1);
  g.bindDimension('batch', part(0));
  g.bindDimension('sequence', sequence);

  const tokenIds = ops.reshape(g, inputIds, ['tokens']);
  return {
    tokenIds,
    tokenTypeIds: tokenTypes(g, config, tokenIds),
    positionIds: positions(g, config, sequence),
    attentionBias: attentionBias(g, attentionMask),
  };
}

/** [tokens], or undefined where the model has no token types. */
function tokenTypes(g: Graph, config: EncoderConfig, tokenIds: Value): Value | undefined {
  if (config.tokenTypes === 0) return undefined;
  if (config.architecture !== 'roberta')
    return ops.reshape(g, g.input('token_type_ids', 'int64', ['batch', 'sequence']), ['tokens']);
  const shape = g.op('Shape', [tokenIds], { dtype: 'int64', shape: [1] });
  return g.op('Expand', [g.ints([0]), shape], { dtype: 'int64', shape: ['tokens'] });
}

/**
 * [sequence]: offset, offset + 1, … Hugging Face's RoBERTa counts tokens that are not padding instead, which is the same
 * wherever it matters: padding follows the tokens, since the head reads the first position, and is never attended to.
 */
function positions(g: Graph, config: EncoderConfig, sequence: Value): Value {
  const scalar = (vector: Value): Value => g.op('Squeeze', [vector], { dtype: 'int64', shape: [] });
  const offset = g.ints([config.positionOffset]);
  const end = g.op('Add', [sequence, offset], { dtype: 'int64', shape: [1] });
  const bounds = [offset, end, g.ints([1])].map(scalar);
  return g.op('Range', bounds, { dtype: 'int64', shape: ['sequence'] });
}

/** [batch, 1, 1, sequence]: 0 where the mask is 1, `paddingBias` where it is 0. */
function attentionBias(g: Graph, mask: Value): Value {
  const float = { dtype: 'float32', shape: mask.shape } as const;
  const isToken = g.op('Cast', [mask], float, { to: 1 });
  const isPadding = g.op('Sub', [g.scalar(1), isToken], float);
  const bias = g.op('Mul', [isPadding, g.scalar(paddingBias)], float);
  return g.op('Unsqueeze', [bias, g.ints([1, 2])], { dtype: 'float32', shape: ['batch', 1, 1, 'sequence'] });
}
