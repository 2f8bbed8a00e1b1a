/**
 * The BERT family as a graph: embeddings, transformer layers, classification head. Activations are [tokens, hidden]
 * (tokens = batch · sequence) so that every dense layer is one matrix product; only attention looks at rows.
 * Reference implementations: the model classes of Hugging Face transformers.
 */
import type { Graph, Shape, Value } from '../graph/graph.ts';
import * as ops from '../graph/ops.ts';
import type { BatchInputs } from './batchInputs.ts';
import type { EncoderConfig } from './config.ts';
import { parameterNames, type LayerNames } from './parameters.ts';

/** Where dropout acts: a name that is the same at every step, and the shape of what it acts on. */
export interface DropoutSite {
  readonly name: string;
  readonly shape: Shape;
  readonly probability: number;
}

export interface EncoderContext {
  readonly graph: Graph;
  readonly config: EncoderConfig;
  /** A parameter as a graph input or a constant. */
  parameter(name: string): Value;
  /** The input that carries a site's mask. Left out where dropout is off. */
  dropoutMask?(site: DropoutSite): Value;
  /** Told of values whose gradients stand for a table's: see {@link ops.embedding}. */
  onEmbeddingRows?(table: 'words' | 'tokenTypes' | 'positions', rows: Value): void;
}

/**
 * The encoder's last hidden state.
 * @param firstOnly Compute the last layer for the first token alone: exact, and a sixth of a six-layer model's work less.
 * @returns [tokens, hidden], or [batch, hidden] with `firstOnly`.
 */
export function encode(context: EncoderContext, inputs: BatchInputs, { firstOnly }: { firstOnly: boolean }): Value {
  const { graph: g, config } = context;
  const names = parameterNames(config.architecture);
  const sequence = inputs.positionIds.shape[0]!;
  const batch = inputs.attentionBias.shape[0]!;

  let x = embed(context, inputs);
  x = layerNorm(context, x, names.embeddingNorm);
  x = dropout(context, x, 'embeddings', config.dropout.hidden);
  if (names.projection !== undefined && config.embeddingSize !== config.hiddenSize)
    x = dense(context, x, names.projection);

  for (let i = 0; i < config.layers; i++) {
    const site = `layer.${String(i)}`;
    const last = firstOnly && i === config.layers - 1;
    const layer = names.layer(i);
    const queries = last ? firstTokens(context, x, inputs) : x;
    const mixed = last
      ? firstTokenAttention(context, x, queries, inputs, layer, site)
      : attention(context, x, inputs, layer, site);
    const attended = dense(context, mixed, layer.attentionOutput);
    // DistilBERT has no dropout here.
    const dropped =
      config.architecture === 'distilbert'
        ? attended
        : dropout(context, attended, `${site}.attention`, config.dropout.hidden);
    const middle = layerNorm(context, ops.add(g, queries, dropped), layer.attentionNorm);
    const activated = activation(context, dense(context, middle, layer.intermediate));
    const output = dropout(context, dense(context, activated, layer.output), `${site}.output`, config.dropout.hidden);
    x = layerNorm(context, ops.add(g, middle, output), layer.outputNorm);
  }
  if (firstOnly && config.layers === 0) x = firstTokens(context, x, inputs);
  return x;

  function firstTokens(ctx: EncoderContext, tokens: Value, { isFirst }: BatchInputs): Value {
    const rows = ops.reshape(ctx.graph, tokens, [batch, sequence, config.hiddenSize]);
    return ops.firstToken(ctx.graph, rows, isFirst);
  }
}

/**
 * The classification head on the first token, as transformers' …ForSequenceClassification: BERT pools with a tanh layer,
 * RoBERTa likewise inside its head, ELECTRA with GELU, DistilBERT with ReLU.
 * @param first [batch, hidden]
 * @returns Logits, [batch, labels].
 */
export function classify(context: EncoderContext, first: Value): Value {
  const { graph: g, config } = context;
  const [inner, outer] = parameterNames(config.architecture).head as readonly [string, string];
  const p = config.dropout.classifier;
  const beforeInner = config.architecture === 'roberta' || config.architecture === 'electra';
  const x = beforeInner ? dropout(context, first, 'head.input', p) : first;
  const y = dense(context, x, inner);
  const activated =
    config.architecture === 'electra'
      ? ops.gelu(g, y)
      : config.architecture === 'distilbert'
        ? ops.relu(g, y)
        : ops.tanh(g, y);
  return dense(context, dropout(context, activated, 'head', p), outer);
}

function embed(context: EncoderContext, inputs: BatchInputs): Value {
  const { graph: g, config } = context;
  const names = parameterNames(config.architecture);
  const width = config.embeddingSize;
  const sequence = inputs.positionIds.shape[0]!;
  const batch = inputs.attentionBias.shape[0]!;
  const lookUp = (which: 'words' | 'tokenTypes', name: string, ids: Value, unique: Value | undefined): Value => {
    const { output, rows } = ops.embedding(g, context.parameter(`${name}.weight`), ids, unique);
    context.onEmbeddingRows?.(which, rows);
    return output;
  };

  let tokens = lookUp('words', names.words, inputs.tokenIds, inputs.uniqueIds);
  if (inputs.tokenTypeIds !== undefined && names.tokenTypes !== undefined) {
    const types = lookUp('tokenTypes', names.tokenTypes, inputs.tokenTypeIds, inputs.tokenTypeRange);
    tokens = ops.add(g, tokens, types);
  }
  // Positions are the same for every row of the batch, so their gradient is a sum over rows, not a scatter.
  const table = context.parameter(`${names.positions}.weight`);
  const positions = g.op(
    'Gather',
    [table, inputs.positionIds],
    { dtype: 'float32', shape: [sequence, width], name: g.fresh('positions') },
    { axis: 0 },
  );
  context.onEmbeddingRows?.('positions', positions);
  const rows = ops.reshape(g, tokens, [batch, sequence, width]);
  return ops.reshape(g, ops.add(g, rows, positions), ['tokens', width]);
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017).
 * @param x [tokens, hidden]
 * @returns [tokens, hidden]
 */
function attention(context: EncoderContext, x: Value, inputs: BatchInputs, layer: LayerNames, site: string): Value {
  const { graph: g, config } = context;
  const width = config.hiddenSize / config.heads;
  const sequence = inputs.positionIds.shape[0]!;
  const batch = inputs.attentionBias.shape[0]!;
  const project = (name: string): Value =>
    ops.transpose(g, ops.reshape(g, dense(context, x, name), [batch, sequence, config.heads, width]), [0, 2, 1, 3]);

  const [q, k, v] = [project(layer.query), project(layer.key), project(layer.value)];
  const scores = ops.add(
    g,
    ops.matmul(g, q, k, { transposeB: true, alpha: 1 / Math.sqrt(width) }),
    inputs.attentionBias,
  );
  const probabilities = dropout(context, ops.softmax(g, scores), `${site}.probabilities`, config.dropout.attention);
  const mixed = ops.transpose(g, ops.matmul(g, probabilities, v), [0, 2, 1, 3]);
  return ops.reshape(g, mixed, ['tokens', config.hiddenSize]);
}

/**
 * {@link attention} of each row's first token alone, without making keys and values of the others: for a head with query
 * q, qᵀ(W_k x + b_k) = (W_kᵀq)ᵀx + qᵀb_k, and Σ pᵢ(W_v xᵢ + b_v) = W_v Σ pᵢxᵢ + (Σ pᵢ)b_v. The same up to rounding, for a
 * fraction of the work.
 * @param x [tokens, hidden]
 * @param first [batch, hidden]: the first tokens.
 * @returns [batch, hidden]
 */
function firstTokenAttention(
  context: EncoderContext,
  x: Value,
  first: Value,
  inputs: BatchInputs,
  layer: LayerNames,
  site: string,
): Value {
  const { graph: g, config } = context;
  const { heads, hiddenSize } = config;
  const width = hiddenSize / heads;
  const sequence = inputs.positionIds.shape[0]!;
  const batch = inputs.attentionBias.shape[0]!;
  const perHead = (name: string): Value =>
    ops.reshape(g, context.parameter(`${name}.weight`), [heads, width, hiddenSize]);
  const biasPerHead = (name: string): Value => ops.reshape(g, context.parameter(`${name}.bias`), [heads, 1, width]);
  // [batch, heads, n] from [heads, batch, n], and back.
  const swap = (value: Value): Value => ops.transpose(g, value, [1, 0, 2]);

  const tokens = ops.reshape(g, x, [batch, sequence, hiddenSize]);
  const q = swap(ops.reshape(g, dense(context, first, layer.query), [batch, heads, width]));
  const alpha = 1 / Math.sqrt(width);
  const onTokens = ops.matmul(g, swap(ops.matmul(g, q, perHead(layer.key), { alpha })), tokens, { transposeB: true });
  // The same for every token, so softmax is blind to it; it is here because the key bias is a parameter.
  const onBias = ops.scale(g, ops.reduceSum(g, ops.mul(g, q, biasPerHead(layer.key)), [2], true), alpha);
  const scores = ops.add(
    g,
    ops.add(g, onTokens, swap(onBias)),
    ops.reshape(g, inputs.attentionBias, [batch, 1, sequence]),
  );
  const probabilities = dropout(context, ops.softmax(g, scores), `${site}.probabilities`, config.dropout.attention);
  const mixedTokens = swap(ops.matmul(g, probabilities, tokens));
  const share = swap(ops.reduceSum(g, probabilities, [2], true));
  const mixed = ops.add(
    g,
    ops.matmul(g, mixedTokens, perHead(layer.value), { transposeB: true }),
    ops.mul(g, share, biasPerHead(layer.value)),
  );
  return ops.reshape(g, swap(mixed), [batch, hiddenSize]);
}

function dense(context: EncoderContext, x: Value, name: string): Value {
  return ops.linear(context.graph, x, context.parameter(`${name}.weight`), context.parameter(`${name}.bias`));
}

function layerNorm(context: EncoderContext, x: Value, name: string): Value {
  const { graph, config } = context;
  const weight = context.parameter(`${name}.weight`);
  return ops.layerNorm(graph, x, weight, context.parameter(`${name}.bias`), config.layerNormEpsilon);
}

function activation(context: EncoderContext, x: Value): Value {
  return context.config.activation === 'gelu' ? ops.gelu(context.graph, x) : ops.relu(context.graph, x);
}

function dropout(context: EncoderContext, x: Value, name: string, probability: number): Value {
  if (context.dropoutMask === undefined || probability === 0) return x;
  return ops.mul(context.graph, x, context.dropoutMask({ name, shape: x.shape, probability }));
}
