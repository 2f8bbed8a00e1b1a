/** `predict`: probabilities of every label for the rows of a file, by a classifier in a Hugging Face folder. */
import type { TextRow } from '../core/dataset/dataset.ts';
import { formatRowError, type RowError } from '../core/dataset/rowError.ts';
import { argmaxRows, classificationReport } from '../core/metrics/classification.ts';
import { logLoss } from '../core/metrics/probabilistic.ts';
import type { JobContext } from './context.ts';
import { openPredictor, type PredictorOptions } from './predictor.ts';
import { readUnlabelled, type ReadInputsOptions } from './readInputs.ts';
import { describe, type SetMetrics } from './trainJob.ts';

export interface PredictOptions extends ReadInputsOptions, PredictorOptions {
  readonly input: string;
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

/** Predicts. Writes nothing. */
export async function predictJob(options: PredictOptions, context: JobContext): Promise<PredictResult> {
  const dataset = await readUnlabelled(options.input, { ...options, signal: context.signal });
  context.onRowErrors?.(dataset.errors.map((error) => formatRowError(options.input, error)));
  const predictor = await openPredictor(options, context);
  const { labels, maxLength } = predictor;
  const { logP, truncated } = await predictor.predict(dataset.rows, context).finally(() => predictor.release());
  const predicted = argmaxRows(logP, labels.length);

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
