import { gradients } from '../graph/autodiff.ts';
import { Graph, type Value } from '../graph/graph.ts';
import * as ops from '../graph/ops.ts';
import { batchInputs } from '../models/batchInputs.ts';
import { classify, encode, type DropoutSite } from '../models/encoder.ts';
import type { EncoderConfig } from '../models/config.ts';
import { parameterNames, parameterSpecs, type ParameterSpec } from '../models/parameters.ts';

/** What a loss may be made of. */
export interface LossContext {
  readonly graph: Graph;
  /** [batch, labels]: log P̂θ(·|x) of this very forward pass, dropout included. */
  readonly logProbabilities: Value;
  /** [batch]: log P̂θ(y|x) of the row's label. */
  readonly labelLogProbability: Value;
  /** [batch]: a number that comes with each row, e.g. its weight. */
  rowInput(name: string): Value;
}

/** Writes a loss into the graph: each row's loss, and the weight that it used, if any, to be reported. */
export type LossFunction = (context: LossContext) => { readonly rowLoss: Value; readonly rowWeight?: Value };

/** Cross-entropy, −log P̂θ(y|x). */
export const crossEntropy: LossFunction = ({ graph, labelLogProbability }) => ({
  rowLoss: ops.neg(graph, labelLogProbability),
});

/** A parameter whose gradient comes for some of its rows only. */
export type RowsOf = 'words' | 'tokenTypes' | 'positions';

export interface TrainingParameter extends ParameterSpec {
  /** Set where the gradient output is [rows, width] for the rows that the batch used. */
  readonly rowsOf?: RowsOf;
}

/** Forward pass, loss and gradients as one graph. Weights are inputs; what changes them is the device's business. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly config: EncoderConfig;
  readonly labels: number;
  readonly parameters: readonly TrainingParameter[];
  readonly dropoutSites: readonly DropoutSite[];
  readonly rowInputs: readonly string[];
  readonly hasRowWeight: boolean;
}

/** Name of the output that carries a parameter's gradient. */
export function gradientName(parameter: string): string {
  return `gradient of ${parameter}`;
}

/** Name of the input that carries a dropout site's mask. */
export function maskName(site: string): string {
  return `mask of ${site}`;
}

/**
 * Builds the graph that a training step runs.
 * @param vocabularySize Rows of the word table, where it is pruned to the ids that occur in training.
 */
export function buildTrainingGraph(options: {
  readonly config: EncoderConfig;
  readonly labels: number;
  readonly loss: LossFunction;
  readonly dropout: boolean;
  readonly vocabularySize?: number;
}): TrainingGraph {
  const { config, labels } = options;
  const names = parameterNames(config.architecture);
  const g = new Graph();
  const words = `${names.words}.weight`;
  const specs = parameterSpecs(config, labels).map((spec) =>
    spec.name === words ? { ...spec, shape: [options.vocabularySize ?? spec.shape[0]!, spec.shape[1]!] } : spec,
  );
  const parameterValues = new Map(specs.map((spec) => [spec.name, g.input(spec.name, 'float32', spec.shape)]));
  const rows = new Map<string, { rowsOf: RowsOf; value: Value }>();
  const dropoutSites: DropoutSite[] = [];
  const context = {
    graph: g,
    config,
    parameter: (name: string): Value => {
      const value = parameterValues.get(name);
      if (value === undefined) throw new Error(`model has no parameter ${name}`);
      return value;
    },
    dropoutMask: options.dropout
      ? (site: DropoutSite): Value => {
          dropoutSites.push(site);
          return g.input(maskName(site.name), 'float32', site.shape);
        }
      : undefined,
    onEmbeddingRows: (rowsOf: RowsOf, value: Value): void => {
      const table = rowsOf === 'words' ? names.words : rowsOf === 'positions' ? names.positions : names.tokenTypes;
      rows.set(`${String(table)}.weight`, { rowsOf, value });
    },
  };

  const inputs = batchInputs(g, config, { forGradients: true });
  const logits = classify(context, encode(context, inputs, { firstOnly: true }));
  const targets = g.input('targets', 'float32', ['batch', labels]);
  const scale = g.input('scale', 'float32', []);
  const logProbabilities = ops.logSoftmax(g, logits);
  const rowInputs: string[] = [];
  const { rowLoss, rowWeight } = options.loss({
    graph: g,
    logProbabilities,
    labelLogProbability: ops.reduceSum(g, ops.mul(g, logProbabilities, targets), [1]),
    rowInput: (name) =>
      g.cached(`row input ${name}`, () => {
        rowInputs.push(name);
        return g.input(name, 'float32', ['batch']);
      }),
  });
  const loss = ops.mul(g, ops.reduceSum(g, rowLoss, [0]), scale);

  const parameters: TrainingParameter[] = specs.map((spec) => ({ ...spec, rowsOf: rows.get(spec.name)?.rowsOf }));
  const wanted = parameters.map(({ name }) => rows.get(name)?.value ?? context.parameter(name));
  const found = gradients(g, loss, wanted);
  g.output('loss', loss);
  g.output('row loss', rowLoss);
  g.output('logits', logits);
  if (rowWeight !== undefined) g.output('row weight', rowWeight);
  parameters.forEach(({ name }, i) => g.output(gradientName(name), found[i]!));
  return { graph: g, config, labels, parameters, dropoutSites, rowInputs, hasRowWeight: rowWeight !== undefined };
}
