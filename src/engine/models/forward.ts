import { CancelledError } from '../../base/errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import * as ops from '../graph/ops.ts';
import type { EncodedRows } from '../hub/encodedRows.ts';
import type { Device, HostTensor, HostTensors, Program } from '../runtime/device.ts';
import { DeviceFailedError } from '../runtime/deviceFailed.ts';
import type { EncoderConfig } from './config.ts';
import { batchInputs, type BatchInputs } from './batchInputs.ts';
import { classify, encode, type EncoderContext } from './encoder.ts';
import { padBatch, rowLength } from './padBatch.ts';
import { parameterSpecs } from './parameters.ts';
import type { Weights } from './pretrained.ts';

export interface ForwardOptions {
  readonly signal?: AbortSignal;
  /** Rows done so far, after each batch. */
  readonly onProgress?: (rows: number) => void;
  /** Most padded tokens per batch; chosen by the model's size unless given. Smaller needs less memory. */
  readonly batchTokens?: number;
}

/** Padded tokens per batch: more are no faster on a CPU, fewer than the least are slower. */
const [mostTokens, leastTokens] = [1024, 256];
/** Operations of a batch, 2 for each parameter and token: half a second of a slow machine, in which nothing can be stopped. */
const operationsAtOnce = 25e9;

function tokensAtOnce({ kind }: Device, config: EncoderConfig, labels?: number): number {
  if (kind !== 'cpu') return mostTokens;
  const met = parameterSpecs(config, labels).filter(({ name }) => !name.includes('embeddings'));
  const perToken = 2 * met.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return Math.min(mostTokens, Math.max(leastTokens, Math.floor(operationsAtOnce / perToken)));
}

/** An encoder or classifier ready to answer for rows of any length. */
export interface ForwardModel {
  /** [rows, width] in the rows' order: logits of a classifier, embeddings of an encoder. */
  run(rows: EncodedRows, options?: ForwardOptions): Promise<Float32Array>;
  readonly width: number;
  release(): Promise<void>;
}

/**
 * A classifier: token ids → logits [rows, labels].
 * @param weights Baked into the graph, so that ONNX Runtime may lay them out for speed. Left out: given at each run by
 *   `liveWeights`, as during training.
 */
export async function loadClassifier(
  device: Device,
  config: EncoderConfig,
  labels: number,
  source: { readonly weights: Weights } | { readonly liveWeights: () => Promise<Weights> },
  padId: number,
): Promise<ForwardModel> {
  const { graph, context, inputs } = forwardGraph(config, labels, 'weights' in source ? source.weights : undefined);
  graph.output('result', classify(context, encode(context, inputs, { firstOnly: true })));
  const specs = parameterSpecs(config, labels);
  const extraFeeds = async (): Promise<HostTensors> => {
    if ('weights' in source) return {};
    const weights = await source.liveWeights();
    return Object.fromEntries(
      specs.map(({ name, shape }) => [name, { dtype: 'float32', shape, data: weights.get(name)! }] as const),
    );
  };
  const atOnce = tokensAtOnce(device, config, labels);
  return forwardModel(device, await device.load(graph), config, { width: labels, padId, atOnce }, extraFeeds);
}

/**
 * Sentence embeddings of an encoder: the mean of the last hidden states over real tokens, scaled to length 1, as
 * sentence-transformers' all-MiniLM-L6-v2 does. [rows, hidden]
 */
export async function loadEmbedder(
  device: Device,
  config: EncoderConfig,
  weights: Weights,
  padId: number,
): Promise<ForwardModel> {
  const { graph: g, context, inputs } = forwardGraph(config, undefined, weights);
  const hidden = encode(context, inputs, { firstOnly: false });
  const rows = ops.reshape(g, hidden, ['batch', 'sequence', config.hiddenSize]);
  const mask = g.input('token_weight', 'float32', ['batch', 'sequence', 1]);
  const mean = ops.reduceSum(g, ops.mul(g, rows, mask), [1]);
  const norm = g.op('ReduceL2', [mean], { dtype: 'float32', shape: ['batch', 1] }, { axes: [1], keepdims: 1 });
  const safe = g.op('Max', [norm, g.scalar(1e-12)], { dtype: 'float32', shape: ['batch', 1] });
  g.output('result', g.op('Div', [mean, safe], { dtype: 'float32', shape: ['batch', config.hiddenSize] }));
  const shape = { width: config.hiddenSize, padId, atOnce: tokensAtOnce(device, config) };
  return forwardModel(device, await device.load(g), config, shape, (feeds, size, sequence) => {
    const bias = feeds['attention_bias']!.data as Float32Array;
    const data = Float32Array.from(bias, (value) => (value === 0 ? 1 : 0));
    for (let b = 0; b < size; b++) {
      const row = data.subarray(b * sequence, (b + 1) * sequence);
      const count = row.reduce((sum, value) => sum + value, 0);
      for (let i = 0; i < sequence; i++) row[i]! /= Math.max(1, count);
    }
    return Promise.resolve({ token_weight: { dtype: 'float32', shape: [size, sequence, 1], data } });
  });
}

function forwardGraph(
  config: EncoderConfig,
  labels: number | undefined,
  weights: Weights | undefined,
): { graph: Graph; context: EncoderContext; inputs: BatchInputs } {
  const graph = new Graph();
  const parameters = new Map<string, Value>();
  for (const { name, shape } of parameterSpecs(config, labels)) {
    const data = weights?.get(name);
    parameters.set(name, data === undefined ? graph.input(name, 'float32', shape) : graph.tensor(shape, data, name));
  }
  const context = { graph, config, parameter: (name: string): Value => parameters.get(name)! };
  return { graph, context, inputs: batchInputs(graph, config) };
}

function forwardModel(
  device: Device,
  program: Program,
  config: EncoderConfig,
  { width, padId, atOnce }: { readonly width: number; readonly padId: number; readonly atOnce: number },
  extraFeeds: (feeds: HostTensors, size: number, sequence: number) => Promise<HostTensors>,
): ForwardModel {
  /** Padded tokens that go through at once; fewer where the device lacks memory for more. */
  let mostAtOnce = Infinity;
  const run = async (rows: EncodedRows, options: ForwardOptions = {}): Promise<Float32Array> => {
    const result = new Float32Array(rows.count * width);
    let done = 0;
    const batches = batchesByLength(rows, Math.min(options.batchTokens ?? atOnce, mostAtOnce));
    for (let indices = batches.shift(); indices !== undefined; indices = batches.shift()) {
      if (options.signal?.aborted) throw new CancelledError();
      const { feeds, size, sequence } = padBatch(rows, indices, config, padId);
      let output: Record<string, HostTensor>;
      try {
        output = await program.run({ ...feeds, ...(await extraFeeds(feeds, size, sequence)) }, { mayBeCut: size > 1 });
      } catch (thrown) {
        if (!(thrown instanceof DeviceFailedError) || !thrown.outOfMemory || size === 1) throw thrown;
        mostAtOnce = Math.floor((size * sequence) / 2);
        const left = [indices, ...batches].flatMap((batch) => [...batch]);
        batches.splice(0, batches.length, ...cut(rows, Int32Array.from(left), mostAtOnce));
        device.remarks?.add(
          `${device.name} ran out of memory: rows go through it ${String(mostAtOnce)} tokens at a time, with the same results.`,
        );
        continue;
      }
      const data = output['result']!.data as Float32Array;
      indices.forEach((row, b) => {
        result.set(data.subarray(b * width, (b + 1) * width), row * width);
      });
      options.onProgress?.((done += size));
    }
    return result;
  };
  return { run, width, release: () => program.release() };
}

/** Rows sorted by length and cut into batches of at most `batchTokens` padded tokens: next to nothing is padded. */
function batchesByLength(rows: EncodedRows, batchTokens: number): Int32Array[] {
  const order = Int32Array.from({ length: rows.count }, (_, i) => i).sort(
    (a, b) => rowLength(rows, b) - rowLength(rows, a),
  );
  return cut(rows, order, batchTokens);
}

/** @param order Rows, longest first. */
function cut(rows: EncodedRows, order: Int32Array, batchTokens: number): Int32Array[] {
  const batches: Int32Array[] = [];
  for (let start = 0; start < order.length;) {
    const size = Math.max(1, Math.floor(batchTokens / Math.max(1, rowLength(rows, order[start]!))));
    batches.push(order.slice(start, start + size));
    start += size;
  }
  return batches;
}
