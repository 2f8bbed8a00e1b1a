/** A classifier in a Hugging Face folder, loaded once, that answers for texts. */
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { ensureModel } from '../engine/hub/download.ts';
import type { TextRow } from '../engine/hub/tokenizer.ts';
import { loadClassifier } from '../engine/models/forward.ts';
import { readWeights } from '../engine/models/pretrained.ts';
import { exists } from '../store/atomic.ts';
import { type ComputeOptions, type JobContext } from './context.ts';
import { openDevice } from './openDevice.ts';
import { openEncoder, tokenise } from './encoder.ts';

export interface PredictorOptions extends ComputeOptions {
  /** A model folder, a run's folder that holds `model/`, or a hub name. */
  readonly model: string;
  /** Longest row in tokens; what the tokenizer of the folder says, else 128. */
  readonly maxLength?: number;
}

/** What a classifier says of rows. */
export interface Answers {
  /** Log-probability of every label, [rows, labels]. */
  readonly logP: Float64Array;
  /** Rows that were longer than `maxLength` and cut. */
  readonly truncated: number;
}

/** A loaded classifier. */
export interface Predictor {
  /** In the order of label ids. */
  readonly labels: readonly string[];
  /** In tokens. */
  readonly maxLength: number;
  predict(rows: readonly TextRow[], context?: Pick<JobContext, 'signal' | 'onProgress'>): Promise<Answers>;
  /** Frees its memory; no call may be open. */
  release(): Promise<void>;
}

const defaultMaxLength = 128;

/**
 * Loads a classifier.
 * @throws UserError where the folder holds none, or one of another kind.
 */
export async function openPredictor(options: PredictorOptions, context: JobContext): Promise<Predictor> {
  const device = await openDevice(options, context.notice);
  const dir = await modelFolder(options.model, context);
  const model = await openEncoder(dir);
  const labels = labelsOf(model.folder.config, dir);
  const weights = readWeights(model.config, model.folder.tensors, dir, labels.length);
  const maxLength = options.maxLength ?? trainedLength(model.folder.tokenizerFiles.get('tokenizer_config.json'));
  const classifier = await loadClassifier(device, model.config, labels.length, { weights }, model.padId);
  return {
    labels,
    maxLength,
    predict: async (rows, { signal, onProgress } = {}) => {
      const { encoded, truncated } = await tokenise(model, rows, maxLength, signal);
      const total = encoded.count;
      const logits = await classifier.run(encoded, {
        signal,
        onProgress: (done) => onProgress?.({ stage: 'prediction', done, total, unit: 'rows', encoderRows: done }),
      });
      return { logP: logSoftmax(logits, total, labels.length), truncated };
    },
    release: () => classifier.release(),
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
