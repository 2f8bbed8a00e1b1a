/** Both checkers at any effort, from tokenised rows to log P̂' and log Q̂ of every synthetic row. */
import { selectRows, type Features } from '../core/probe/features.ts';
import type { LogisticModel } from '../core/probe/logisticRegression.ts';
import { fitTfidf, transformTfidf, type TfidfModel } from '../core/probe/tfidf.ts';
import { foldsFor } from '../core/sampling.ts';
import { labelCounts } from '../core/weighting/weights.ts';
import type { CheckpointTensor } from '../store/checkpoint.ts';
import { embeddingStages } from '../store/layout.ts';
import { keptArray } from './checkerModel.ts';
import { diversityChecker, probeDiversityChecker, type DiversityResult } from './diversityChecker.ts';
import { embedRows, tokenise, type Encoder } from './encoder.ts';
import { embeddingFeatures, probeQualityChecker, qualityChecker, type QualityResult } from './qualityChecker.ts';
import { joinedText, type InputSet } from './readInputs.ts';
import type { LabelledRows } from './selectRows.ts';
import type { CheckerSettings } from './settings.ts';
import type { Workspace } from './workspace.ts';

/** Tokenised synthetic and real rows. */
export interface EncodedSets {
  readonly real: LabelledRows;
  readonly synthetic: LabelledRows;
}

/** Embeddings of the pretrained encoder, rows of length 1. */
export interface Embeddings {
  readonly real: Float32Array;
  readonly synthetic: Float32Array;
  readonly width: number;
}

export interface CheckersInput {
  readonly labels: readonly string[];
  readonly real: InputSet;
  readonly synthetic: InputSet;
  readonly settings: CheckerSettings;
  readonly timed: <T>(name: string, part: () => Promise<T>) => Promise<T>;
}

export interface CheckersResult {
  readonly quality: QualityResult;
  readonly diversity?: DiversityResult;
  /** What a probe learns from: of the real rows, followed by the synthetic ones. */
  readonly probeFeatures: { readonly kind: 'probe' | 'tf-idf'; readonly features: Features };
  /** Stages under which the checkers themselves are kept. */
  readonly keep: readonly string[];
}

/** Throws UserError, before anything is computed, where the real rows are too few to learn from and to check with. */
export function checkRealRows(input: Pick<CheckersInput, 'labels' | 'real' | 'settings'>): void {
  const { labels, real, settings } = input;
  const { folds } = settings.quality;
  if (folds > 1 || settings.effort === 'preview') {
    foldsFor(labelCounts(real.labelIds, labels.length), Math.max(2, folds), { labelNames: labels });
  }
}

/** Tokenises a set. */
export async function encodeSet(
  encoder: Encoder,
  { rows, labelIds }: Pick<InputSet, 'rows' | 'labelIds'>,
  maxLength: number,
  signal?: AbortSignal,
): Promise<LabelledRows & { readonly truncated: number }> {
  const { encoded, truncated } = await tokenise(encoder, rows, maxLength, signal);
  return { rows: encoded, labelIds, truncated };
}

/** Embeds both sets with the pretrained encoder; kept while the run is unfinished. */
export async function embedSets(work: Workspace, encoder: Encoder, sets: EncodedSets): Promise<Embeddings> {
  const [ofReal, ofSynthetic] = embeddingStages;
  const embed = (stage: (typeof embeddingStages)[number], name: 'real' | 'synthetic'): Promise<Float32Array> =>
    keptArray(work, stage, () => embedRows(work, encoder, sets[name].rows, `embeddings of the ${name} rows`));
  return {
    real: await embed(ofReal, 'real'),
    synthetic: await embed(ofSynthetic, 'synthetic'),
    width: encoder.config.hiddenSize,
  };
}

/**
 * Trains or fits the checkers an effort asks for.
 * @param diversity Whether Q̂ is wanted as well.
 */
export async function makeCheckers(
  work: Workspace,
  encoder: Encoder,
  sets: EncodedSets,
  embeddings: Embeddings,
  input: CheckersInput,
  wanted: { readonly diversity: boolean },
): Promise<CheckersResult> {
  const { labels, settings, timed } = input;
  const features = embeddingFeatures(embeddings.real, embeddings.synthetic, embeddings.width);
  if (settings.effort === 'preview') return probes(work, features, 'probe', input, wanted);

  const probeFeatures = { kind: 'probe', features } as const;
  const { seed } = settings;
  const quality = await timed('quality checker', () =>
    qualityChecker(work, encoder, {
      ...{ labels, real: sets.real, synthetic: sets.synthetic.rows, recipe: settings.quality, seed },
      probeFeatures,
    }),
  );
  const keep =
    quality.probe === undefined ? qualityStages(quality, settings) : [await keepProbe(work, 'quality', quality.probe)];
  if (!wanted.diversity) return { quality, probeFeatures, keep };
  const diversity = await timed('diversity checker', () =>
    diversityChecker(work, encoder, { labels, synthetic: sets.synthetic, ...settings.diversity, seed }),
  );
  const folds = Array.from({ length: diversity.folds }, (_, fold) => `diversity/fold-${String(fold)}`);
  return { quality, diversity, probeFeatures, keep: [...keep, ...folds] };
}

/** The preview without an encoder: the same probes on TF-IDF features of words and word pairs. */
export async function makeTfidfCheckers(
  work: Workspace,
  input: CheckersInput,
  wanted: { readonly diversity: boolean },
): Promise<CheckersResult> {
  const texts = [...input.real.rows, ...input.synthetic.rows].map(joinedText);
  const model = fitTfidf(texts);
  return probes(work, transformTfidf(model, texts), 'tf-idf', input, wanted, model);
}

async function probes(
  work: Workspace,
  features: Features,
  kind: 'probe' | 'tf-idf',
  { labels, real, synthetic, settings, timed }: CheckersInput,
  wanted: { readonly diversity: boolean },
  tfidf?: TfidfModel,
): Promise<CheckersResult> {
  const { seed } = settings;
  const quality = await timed('quality checker', () =>
    probeQualityChecker({ labels, real, recipe: settings.quality, seed, probeFeatures: { kind, features } }),
  );
  const keep: string[] = [];
  if (quality.probe !== undefined) keep.push(await keepProbe(work, 'quality', quality.probe, tfidf));
  const probeFeatures = { kind, features };
  if (!wanted.diversity) return { quality, probeFeatures, keep };
  const first = real.rows.length;
  const own = selectRows(
    features,
    Int32Array.from(synthetic.rows, (_, i) => first + i),
  );
  const diversity = await timed('diversity checker', () =>
    Promise.resolve(probeDiversityChecker({ labels, synthetic, features: own, ...settings.diversity, seed })),
  );
  if (diversity.probe !== undefined)
    keep.push(await keepProbe(work, 'diversity', { ...diversity.probe, temperature: diversity.temperature }));
  return { quality, diversity, probeFeatures, keep };
}

/** Where the quality checker that was used lies: see `fineTunedQuality`. */
function qualityStages({ used, folds }: QualityResult, { quality }: CheckerSettings): string[] {
  const { epochs } = used.chosen;
  return Array.from({ length: folds }, (_, fold) =>
    epochs === quality.settings.epochs
      ? `quality/fold-${String(fold)}`
      : `quality/fold-${String(fold)}/epoch-${String(epochs)}`,
  );
}

/** Keeps fold models of a probe beside the fine-tuned checkers. TF-IDF features can be made again from their words. */
async function keepProbe(
  work: Workspace,
  checker: 'quality' | 'diversity',
  probe: { readonly models: readonly LogisticModel[]; readonly temperature: number },
  tfidf?: TfidfModel,
): Promise<string> {
  const name = `${checker}/probe`;
  const tensors = new Map<string, CheckpointTensor>();
  const put = (key: string, shape: readonly number[], values: Float64Array): void => {
    tensors.set(key, { dtype: 'float32', shape, data: Float32Array.from(values) });
  };
  probe.models.forEach(({ classCount, featureCount, coefficients, intercepts }, fold) => {
    put(`fold-${String(fold)}/coefficients`, [classCount, featureCount], coefficients);
    put(`fold-${String(fold)}/intercepts`, [classCount], intercepts);
  });
  if (tfidf !== undefined) put('idf', [tfidf.idf.length], tfidf.idf);
  await work.stages.save(name, {
    meta: {
      temperature: probe.temperature,
      folds: probe.models.length,
      ...(tfidf === undefined
        ? {}
        : {
            terms: [...tfidf.vocabulary.keys()],
            maxNgram: tfidf.maxNgram,
            sublinearTf: tfidf.sublinearTf,
          }),
    },
    tensors,
  });
  return name;
}
