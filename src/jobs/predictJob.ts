/** `predict`: probabilities of every label for the rows of a file, by a classifier in a Hugging Face folder. */
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { TextRow } from '../core/dataset/dataset.ts';
import { formatRowError, type RowError } from '../core/dataset/rowError.ts';
import { argmaxRows, classificationReport } from '../core/metrics/classification.ts';
import { logLoss } from '../core/metrics/probabilistic.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { ensureModel } from '../engine/hub/download.ts';
import { readWeights } from '../engine/models/pretrained.ts';
import { exists } from '../store/atomic.ts';
import { predictLogits } from './checkerModel.ts';
import { openDevice, workspace, type ComputeOptions, type JobContext } from './context.ts';
import { openEncoder, tokenise } from './encoder.ts';
import { readUnlabelled, type ReadInputsOptions } from './readInputs.ts';
import { describe, type SetMetrics } from './trainJob.ts';
import { noStages } from './workspace.ts';

export interface PredictOptions extends ReadInputsOptions, ComputeOptions {
  /** A model folder, a run's folder that holds `model/`, or a hub name. */
  readonly model: string;
  readonly input: string;
  /** Longest row in tokens; what the tokenizer of the folder says, else 128. */
  readonly maxLength?: number;
}

/** One line of the input: what the model says, or why it was not asked. */
export type Prediction =
  | { readonly line: number; readonly label: string; readonly probabilities: Readonly<Record<string, number>> }
  | { readonly line: number; readonly error: string };

export interface PredictResult {
  readonly labels: readonly string[];
  /** In the order of the input, one for each line that is not blank. */
  readonly predictions: readonly Prediction[];
  readonly rows: number;
  readonly predicted: number;
  readonly errors: number;
  /** Over the rows whose label the model knows; absent where there are none. */
  readonly metrics?: SetMetrics;
  readonly warnings: readonly string[];
}

const defaultMaxLength = 128;

/** Predicts. Writes nothing. */
export async function predictJob(options: PredictOptions, context: JobContext): Promise<PredictResult> {
  const dataset = await readUnlabelled(options.input, options);
  context.onRowErrors?.(dataset.errors.map((error) => formatRowError(options.input, error)));
  const device = openDevice(options);
  const dir = await modelFolder(options.model, context);
  const model = await openEncoder(dir);
  const labels = labelsOf(model.folder.config, dir);
  const weights = readWeights(model.config, model.folder.tensors, dir, labels.length);

  const maxLength = options.maxLength ?? trainedLength(model.folder.tokenizerFiles.get('tokenizer_config.json'));
  const { encoded, truncated } = await tokenise(model, dataset.rows, maxLength, context.signal);
  const work = workspace(device, noStages, { forward: 0, backward: 0 }, context, options);
  const logits = await predictLogits(work, model, labels.length, weights, encoded, 'prediction');
  const logP = logSoftmax(logits, encoded.count, labels.length);
  const predicted = argmaxRows(logits, labels.length);

  const warnings =
    truncated === 0 ? [] : [`${String(truncated)} rows are longer than ${String(maxLength)} tokens and were cut.`];
  const predictions: Prediction[] = [
    ...dataset.rows.map((row, i) => ({
      line: row.line,
      label: labels[predicted[i]],
      probabilities: Object.fromEntries(
        labels.map((label, c) => [label, Number(Math.exp(logP[i * labels.length + c]).toPrecision(6))]),
      ),
    })),
    ...dataset.errors.map(({ line, message }: RowError) => ({ line, error: message })),
  ].sort((a, b) => a.line - b.line);
  return {
    ...{ labels, predictions, rows: predictions.length, predicted: dataset.rows.length, errors: dataset.errors.length },
    metrics: metricsOf(dataset.rows, labels, predicted, logP, warnings),
    warnings,
  };
}

/** The folder of a classifier, also where a whole run is named. */
async function modelFolder(model: string, context: JobContext): Promise<string> {
  const dir = await ensureModel(model, {
    fetch: context.fetch ?? globalThis.fetch,
    signal: context.signal,
    onProgress: context.onDownload,
  });
  const inside = join(dir, 'model');
  return !(await exists(join(dir, 'config.json'))) && (await exists(join(inside, 'config.json'))) ? inside : dir;
}

/** The labels of a classifier by id, from its config.json. */
function labelsOf(config: Readonly<Record<string, unknown>>, dir: string): string[] {
  const names = config['id2label'];
  const architectures = config['architectures'];
  const classifies =
    Array.isArray(architectures) && architectures.some((name) => /SequenceClassification$/.test(String(name)));
  if (typeof names !== 'object' || names === null || !classifies) {
    throw new UserError(`${dir}: this is an encoder without a classifier; name a folder that "train" wrote.`);
  }
  const problem = config['problem_type'];
  if (problem === 'multi_label_classification' || problem === 'regression') {
    throw new UserError(
      `${dir}: the model solves ${problem.replaceAll('_', ' ')}; one label per row is what is predicted here.`,
    );
  }
  const labels = Object.entries(names as Record<string, unknown>)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => String(name));
  if (labels.length < 2)
    throw new UserError(`${dir}: the model has ${String(labels.length)} label; two are the least.`);
  return labels;
}

/** The length that the folder's tokenizer says it was trained on. */
function trainedLength(tokenizerConfig: string | Uint8Array | undefined): number {
  if (typeof tokenizerConfig !== 'string') return defaultMaxLength;
  const length = (JSON.parse(tokenizerConfig) as { model_max_length?: unknown }).model_max_length;
  return typeof length === 'number' && length > 2 && length < 100_000 ? length : defaultMaxLength;
}

function metricsOf(
  rows: readonly TextRow[],
  labels: readonly string[],
  predicted: Int32Array,
  logP: Float64Array,
  warnings: string[],
): SetMetrics | undefined {
  const idOf = new Map(labels.map((label, id) => [label, id]));
  const known = rows.flatMap(({ label }, i) => (label !== undefined && idOf.has(label) ? [i] : []));
  const labelled = rows.filter(({ label }) => label !== undefined).length;
  if (known.length < labelled) {
    warnings.push(
      `${String(labelled - known.length)} of ${String(labelled)} labels are unknown to the model (it knows ${labels.slice(0, 10).join(', ')}); these rows are predicted but not counted.`,
    );
  }
  if (known.length === 0) return undefined;
  const truth = Int32Array.from(known, (i) => idOf.get(rows[i].label ?? '') ?? 0);
  const size = labels.length;
  const ofKnown = new Float64Array(known.length * size);
  known.forEach((row, i) => ofKnown.set(logP.subarray(row * size, (row + 1) * size), i * size));
  const report = classificationReport(
    truth,
    known.map((i) => predicted[i]),
    size,
  );
  return describe({ rows: known.length, logLoss: logLoss(ofKnown, truth, size), report }, labels);
}
