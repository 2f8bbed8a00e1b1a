/**
 * Regions of the map: clusters of real and synthetic rows together, and where the generator writes too little or too much.
 * Clusters are found among the embeddings, not on the plane, which bends distances. Pure.
 */
import { assign, kMeans } from '../brief/kMeans.ts';
import { overusedPhrases } from '../brief/phrases.ts';
import { shareRatio, standingOf } from '../brief/shares.ts';
import { selectRows, type Features } from '../probe/features.ts';

export interface Region {
  /** Words that its rows have more often than others, the surest first; may be empty. */
  readonly theme: readonly string[];
  readonly realRows: number;
  readonly syntheticRows: number;
  /** `lacking`: its share of the synthetic rows is below that of the real ones, beyond chance; `flooded`: above. */
  readonly standing: 'lacking' | 'flooded' | 'level';
  /** Share of the real rows over share of the synthetic ones. */
  readonly ratio: number;
}

export interface Regions {
  readonly regions: readonly Region[];
  /** [rows] index in `regions`. */
  readonly regionOf: Int32Array;
}

const settings = {
  most: 12,
  /** Real rows for a region, about: k = √(rows / 2). */
  fitted: 4000,
  themeWords: 4,
  themeFromZ: 1.5,
  /** Texts that a theme is taken from at most, inside the region and outside. */
  themeTexts: 1500,
} as const;

/**
 * Finds regions.
 *
 * @param features Rows of length 1, synthetic ones first.
 * @param synthetic How many of them are synthetic.
 * @param texts [rows] for the themes; `undefined` where a text is not known.
 */
export function findRegions(
  features: Features,
  synthetic: number,
  texts: readonly (string | undefined)[],
  seed: number,
): Regions {
  const { rowCount } = features;
  const real = rowCount - synthetic;
  if (real === 0 || synthetic === 0) return { regions: [], regionOf: new Int32Array(rowCount).fill(-1) };
  const clusters = Math.max(1, Math.min(settings.most, Math.floor(Math.sqrt(real / 2))));
  // Each side weighs the same, or the regions would be those of the generator alone.
  const step = Math.ceil(rowCount / settings.fitted);
  const fitted = [...Array(rowCount).keys()].filter((row) => row >= synthetic || row % step === 0);
  const fittedSynthetic = fitted.filter((row) => row < synthetic).length;
  const mass = fitted.map((row) => (row < synthetic ? 1 / fittedSynthetic : 1 / real));
  const learnt = kMeans(step === 1 ? features : selectRows(features, fitted), mass, { clusters, seed, tries: 2 });
  const { clusterOf } = assign(features, learnt.centroids, learnt.count);
  const regions = Array.from({ length: learnt.count }, (_, cluster): Region => {
    let [realRows, syntheticRows] = [0, 0];
    clusterOf.forEach((own, row) => {
      if (own !== cluster) return;
      if (row < synthetic) syntheticRows++;
      else realRows++;
    });
    const ratio = shareRatio({ rows: realRows, of: real }, { rows: syntheticRows, of: synthetic });
    return {
      ...{ theme: themeOf(texts, clusterOf, cluster), realRows, syntheticRows },
      ...{ standing: standingOf(ratio), ratio: ratio.ratio },
    };
  });
  return { regions, regionOf: clusterOf };
}

function themeOf(texts: readonly (string | undefined)[], clusterOf: Int32Array, cluster: number): string[] {
  const [inside, outside]: [string[], string[]] = [[], []];
  texts.forEach((text, row) => {
    if (text !== undefined) (clusterOf[row] === cluster ? inside : outside).push(text);
  });
  const { words } = overusedPhrases(thinned(inside), thinned(outside), {
    ...{ longest: 1, most: 2 * settings.themeWords, leastRows: 2 },
    listed: ({ z }) => z >= settings.themeFromZ,
  });
  // Single letters are what apostrophes leave behind.
  return words
    .map(({ phrase }) => phrase)
    .filter((word) => [...word].length > 1)
    .slice(0, settings.themeWords);
}

/** Every n-th, so that few enough are left. */
function thinned(texts: readonly string[]): string[] {
  const step = Math.ceil(texts.length / settings.themeTexts);
  return texts.filter((_, i) => i % step === 0);
}
