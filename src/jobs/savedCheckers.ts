/** The checkers of a finished score run, asked about rows they have never seen. */
import { UserError } from '../base/errors.ts';
import { denseMatrix, type Features } from '../core/probe/features.ts';
import type { LogisticModel } from '../core/probe/logisticRegression.ts';
import { logProbabilitiesOfFolds } from '../core/probe/outOfFold.ts';
import { transformTfidf, type TfidfModel } from '../core/probe/tfidf.ts';
import { logSoftmax } from '../core/weighting/softmax.ts';
import { ensembleAnswer, intervalFacts, type EnsembleAnswer } from '../core/weighting/spread.ts';
import type { IntervalFacts } from '../core/weighting/sureness.ts';
import type { EncodedRows } from '../engine/hub/encodedRows.ts';
import type { Checkpoint } from '../store/checkpoint.ts';
import { isJsonObject } from '../store/json.ts';
import type { RunRecord } from '../store/runRecord.ts';
import { predictLogits, weightsOf } from './checkerModel.ts';
import type { Encoder } from './encoder.ts';
import type { Workspace } from './workspace.ts';

/** New rows in every form that a checker may want. */
export interface NewRows {
  /** Texts, pairs joined as `makeTfidfCheckers` joins them. */
  readonly texts: readonly string[];
  /** Tokens and [rows, width] embeddings; absent where the run used no encoder. */
  readonly encoded?: EncodedRows;
  readonly embeddings?: { readonly values: Float32Array; readonly width: number };
}

/** What the two checkers say of new rows, [rows, labels]; a spread where several models answered. */
export interface SavedAnswers {
  readonly logP: Float64Array;
  readonly logPSpread?: Float64Array;
  readonly logQ: Float64Array;
  readonly logQSpread?: Float64Array;
}

/**
 * Log P̂' and log Q̂ of new rows by the checkers kept in the run's folder: the mean of the fold models, calibrated as the
 * run was.
 * @throws UserError where a checker is missing or damaged.
 */
export async function askSavedCheckers(
  work: Workspace,
  record: RunRecord,
  encoder: Encoder | undefined,
  rows: NewRows,
): Promise<SavedAnswers> {
  const ask = async (checker: 'quality' | 'diversity', temperature: number): Promise<EnsembleAnswer> => {
    const probe = await work.stages.load(`${checker}/probe`);
    if (probe !== undefined) {
      return ensembleAnswer(logProbabilitiesOfFolds(probeModels(probe), features(rows, tfidf), temperatureOf(probe)));
    }
    const folds = await foldWeights(work, checker, record);
    if (encoder === undefined || rows.encoded === undefined) throw missing(checker);
    const perFold: Float64Array[] = [];
    for (const [fold, stage] of folds.entries()) {
      const title = `${checker} checker, ${String(fold + 1)} of ${String(folds.length)}`;
      const weights = weightsOf(stage);
      const logits = await predictLogits(work, encoder, record.labels.length, weights, rows.encoded, title);
      perFold.push(logSoftmax(logits, rows.encoded.count, record.labels.length, temperature));
    }
    return ensembleAnswer(perFold);
  };
  // The words of a TF-IDF run are kept with its quality checker; both checkers share them.
  const tfidf = await tfidfOf(work);
  const quality = await ask('quality', usedOf(record).temperature);
  const diversity = await ask('diversity', diversityTemperature(record));
  return {
    ...{ logP: quality.logP, logPSpread: quality.spread },
    ...{ logQ: diversity.logP, logQSpread: diversity.spread },
  };
}

function missing(checker: string): UserError {
  return new UserError(`The run's ${checker} checker is no longer in its folder; score the file again.`);
}

interface Used {
  readonly temperature: number;
  readonly epochs?: number;
  readonly folds: number;
}

/** What the record says of the quality checker that was used. */
function usedOf({ metrics }: RunRecord): Used {
  const quality = metrics['quality'];
  const used = isJsonObject(quality) ? quality['used'] : undefined;
  if (!isJsonObject(quality) || !isJsonObject(used)) throw missing('quality');
  const chosen = isJsonObject(used['chosen']) ? used['chosen'] : {};
  return {
    temperature: Number(used['temperature']),
    epochs: chosen['epochs'] === undefined ? undefined : Number(chosen['epochs']),
    folds: Number(quality['folds']),
  };
}

/** What the intervals of a run's rows rest on; a run of an earlier version may have them for rows scored since. */
export function intervalOf(record: RunRecord): IntervalFacts | undefined {
  return record.sureness?.interval ?? intervalFacts(usedOf(record).folds);
}

/** Of a fine-tuned diversity checker. DIMP's model is not calibrated, nor were the checkers of earlier versions: 1. */
function diversityTemperature({ metrics }: RunRecord): number {
  const diversity = metrics['diversity'];
  return isJsonObject(diversity) && diversity['temperature'] !== undefined ? Number(diversity['temperature']) : 1;
}

/** The kept models of a fine-tuned checker; of DIMP the one model in training. */
async function foldWeights(
  work: Workspace,
  checker: 'quality' | 'diversity',
  record: RunRecord,
): Promise<readonly Checkpoint[]> {
  const dimp = checker === 'diversity' ? await work.stages.load('diversity/dimp') : undefined;
  if (dimp !== undefined) return [dimp];
  const { epochs } = usedOf(record);
  const found: Checkpoint[] = [];
  for (let fold = 0; ; fold++) {
    const name = `${checker}/fold-${String(fold)}`;
    const early = epochs === undefined ? undefined : await work.stages.load(`${name}/epoch-${String(epochs)}`);
    const stage = early ?? (await work.stages.load(name));
    if (stage === undefined) break;
    found.push(stage);
  }
  const metrics = record.metrics[checker];
  const wanted = isJsonObject(metrics) ? Number(metrics['folds']) : NaN;
  if (found.length === 0 || found.length !== wanted) throw missing(checker);
  return found;
}

function temperatureOf({ meta }: Checkpoint): number {
  return isJsonObject(meta) ? Number(meta['temperature']) : 1;
}

function probeModels({ meta, tensors }: Checkpoint): LogisticModel[] {
  const folds = isJsonObject(meta) ? Number(meta['folds']) : 0;
  return Array.from({ length: folds }, (_, fold) => {
    const coefficients = tensors.get(`fold-${String(fold)}/coefficients`);
    const intercepts = tensors.get(`fold-${String(fold)}/intercepts`);
    if (!(coefficients?.data instanceof Float32Array) || !(intercepts?.data instanceof Float32Array))
      throw missing('quality');
    const [classCount, featureCount] = coefficients.shape;
    return {
      ...{ classCount, featureCount, iterations: 0, converged: true },
      coefficients: Float64Array.from(coefficients.data),
      intercepts: Float64Array.from(intercepts.data),
    };
  });
}

async function tfidfOf(work: Workspace): Promise<TfidfModel | undefined> {
  const stage = await work.stages.load('quality/probe');
  const idf = stage?.tensors.get('idf')?.data;
  if (stage === undefined || !(idf instanceof Float32Array) || !isJsonObject(stage.meta)) return undefined;
  const { terms, maxNgram, sublinearTf } = stage.meta;
  if (!Array.isArray(terms)) throw missing('quality');
  return {
    vocabulary: new Map(terms.map((term, column) => [String(term), column])),
    idf: Float64Array.from(idf),
    maxNgram: Number(maxNgram),
    sublinearTf: sublinearTf === true,
  };
}

function features({ texts, embeddings }: NewRows, tfidf: TfidfModel | undefined): Features {
  if (tfidf !== undefined) return transformTfidf(tfidf, texts);
  if (embeddings === undefined) throw missing('quality');
  return denseMatrix(embeddings.values, texts.length, embeddings.width);
}
