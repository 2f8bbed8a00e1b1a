/** What a generator should be told next: what real rows have and synthetic ones lack, and the reverse, in honest counts. Pure. */
import { quantile } from '../metrics/intervals.ts';
import { selectRows, type Features } from '../probe/features.ts';
import { tokenize } from '../probe/tfidf.ts';
import { judgeRow } from '../weighting/verdicts.ts';
import { assign, kMeans } from './kMeans.ts';
import { overusedPhrases, type Phrase } from './phrases.ts';
import { shareRatio, standingOf, type ShareRatio } from './shares.ts';

/** A row of either file. */
export interface BriefRow {
  /** From 1. */
  readonly line: number;
  /** Of a pair both texts, on lines of their own. */
  readonly text: string;
}

export interface BriefSet {
  readonly rows: readonly BriefRow[];
  /** [rows] label ids. */
  readonly labelIds: ArrayLike<number>;
}

export interface BriefInput {
  readonly labels: readonly string[];
  readonly real: BriefSet;
  readonly synthetic: BriefSet;
  /** Rows of length 1, the real ones first, then the synthetic ones. */
  readonly features: Features;
  /** Clusters per label; by default as many as its real rows bear. */
  readonly clusters?: number;
  readonly seed: number;
  /** Calibrated log P̂'(·|x) of the synthetic rows, [rows · labels], where they were scored. */
  readonly logP?: ArrayLike<number>;
}

export interface BriefExample extends BriefRow {
  readonly from: 'real' | 'synthetic';
}

/** Rows alike of one label. */
export interface BriefCluster {
  /** Words that its rows have more often than the label's other rows; empty where there is but one cluster. */
  readonly theme: readonly string[];
  readonly realRows: number;
  readonly syntheticRows: number;
  /** Share among the label's real rows over the share among its synthetic ones. */
  readonly ratio: ShareRatio;
  /** `lacking`: synthetic rows are too few, beyond chance; `flooded`: too many. */
  readonly standing: 'lacking' | 'flooded' | 'level';
  /** Synthetic rows there would be at the real share. */
  readonly atRealShare: number;
  /** Those nearest to its middle, of either file. */
  readonly examples: readonly BriefExample[];
}

/** Quantiles of words in a row. */
export interface Lengths {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface PhraseUse {
  readonly words: readonly Phrase[];
  readonly phrases: readonly Phrase[];
}

export interface BriefLabel {
  readonly label: string;
  readonly realRows: number;
  readonly syntheticRows: number;
  /** 10 %, 50 % and 90 % quantiles of the words in its rows; absent where there are no rows. */
  readonly lengths: { readonly real?: Lengths; readonly synthetic?: Lengths };
  /** The most lacking first. */
  readonly clusters: readonly BriefCluster[];
  /** `firstRows` are synthetic, `secondRows` real. */
  readonly overused: PhraseUse;
  /** What real rows say and synthetic ones do not: `firstRows` are real, `secondRows` synthetic. */
  readonly missing: PhraseUse;
}

/** Synthetic rows of one label that the quality checker clearly takes for another. */
export interface BriefConfusion {
  readonly label: string;
  readonly looksLike: string;
  readonly rows: number;
  /** Synthetic rows of the label. */
  readonly of: number;
  /** The surest first. */
  readonly examples: readonly BriefExample[];
}

export interface Brief {
  readonly labels: readonly BriefLabel[];
  /** The most frequent first; undefined where the rows were not scored. */
  readonly confusions?: readonly BriefConfusion[];
}

const settings = {
  /** Real rows of a label for each cluster, about: k = √(rows / 2), at most 8. */
  mostClusters: 8,
  /** k-means learns from so many rows of a label at most; the others are put to the nearest cluster. */
  mostFitted: 20_000,
  examples: 3,
  themeWords: 6,
  /** A theme names a cluster and claims nothing. */
  themeFromZ: 1.5,
} as const;

/** Makes the brief of one label after the other. */
export function* briefLabels(input: BriefInput): Generator<BriefLabel, void, undefined> {
  for (const id of input.labels.keys()) yield briefLabel(input, id);
}

/** The confusions of scored rows. */
export function briefConfusions({ labels, synthetic, logP }: BriefInput): BriefConfusion[] | undefined {
  if (logP === undefined) return undefined;
  const size = labels.length;
  const totals = new Array<number>(size).fill(0);
  const found = new Map<string, { label: number; other: number; rows: { row: number; logOwn: number }[] }>();
  for (let row = 0; row < synthetic.rows.length; row++) {
    const label = synthetic.labelIds[row];
    totals[label]++;
    const own = Array.from({ length: size }, (_, c) => logP[row * size + c]);
    const { verdict, suggested } = judgeRow({ logP: own, label, weight: 1 });
    if (verdict !== 'misaligned') continue;
    const key = `${label} ${suggested}`;
    let pair = found.get(key);
    if (pair === undefined) found.set(key, (pair = { label, other: suggested, rows: [] }));
    pair.rows.push({ row, logOwn: own[label] });
  }
  return [...found.values()]
    .sort((a, b) => b.rows.length - a.rows.length || a.label - b.label || a.other - b.other)
    .map(({ label, other, rows }) => ({
      ...{ label: labels[label], looksLike: labels[other], rows: rows.length, of: totals[label] },
      examples: rows
        .sort((a, b) => a.logOwn - b.logOwn || a.row - b.row)
        .slice(0, settings.examples)
        .map(({ row }) => ({ ...synthetic.rows[row], from: 'synthetic' as const })),
    }));
}

function briefLabel(input: BriefInput, id: number): BriefLabel {
  const { labels, real, synthetic } = input;
  const own = (set: BriefSet): number[] => [...set.rows.keys()].filter((row) => set.labelIds[row] === id);
  const [realOnes, syntheticOnes] = [own(real), own(synthetic)];
  const texts = {
    real: realOnes.map((row) => real.rows[row].text),
    synthetic: syntheticOnes.map((row) => synthetic.rows[row].text),
  };
  const nothing: PhraseUse = { words: [], phrases: [] };
  const both = realOnes.length > 0 && syntheticOnes.length > 0;
  return {
    label: labels[id],
    realRows: realOnes.length,
    syntheticRows: syntheticOnes.length,
    lengths: { real: lengthsOf(texts.real), synthetic: lengthsOf(texts.synthetic) },
    clusters: clustersOf(input, realOnes, syntheticOnes),
    overused: both ? overusedPhrases(texts.synthetic, texts.real) : nothing,
    missing: both ? overusedPhrases(texts.real, texts.synthetic) : nothing,
  };
}

function clustersOf(input: BriefInput, realOnes: readonly number[], syntheticOnes: readonly number[]): BriefCluster[] {
  if (realOnes.length === 0) return [];
  const { real, synthetic, features, seed } = input;
  const members = [
    ...realOnes.map((row) => ({ ...real.rows[row], from: 'real' as const, at: row })),
    ...syntheticOnes.map((row) => ({
      ...{ ...synthetic.rows[row], from: 'synthetic' as const },
      at: real.rows.length + row,
    })),
  ];
  const count = { real: realOnes.length, synthetic: syntheticOnes.length };
  const rows = selectRows(
    features,
    members.map(({ at }) => at),
  );
  // Each side weighs the same, or the clusters would be those of the generator alone. Of too many rows every n-th is learnt from.
  const step = Math.ceil(members.length / settings.mostFitted);
  const fitted = [...members.keys()].filter((i) => i < count.real || i % step === 0);
  const fittedSynthetic = fitted.length - count.real;
  const clusters = input.clusters ?? clustersFor(count.real);
  const mass = fitted.map((i) => (i < count.real ? 1 / count.real : 1 / fittedSynthetic));
  const { centroids, count: made } = kMeans(step === 1 ? rows : selectRows(rows, fitted), mass, { clusters, seed });
  const { clusterOf, cosine } = assign(rows, centroids, made);

  const found = Array.from({ length: made }, (_, cluster): BriefCluster => {
    const inside = [...members.keys()].filter((i) => clusterOf[i] === cluster).sort((a, b) => cosine[b] - cosine[a]);
    const [realInside, syntheticInside] = [inside.filter((i) => i < count.real), inside.filter((i) => i >= count.real)];
    const ratio = shareRatio(
      { rows: realInside.length, of: count.real },
      { rows: syntheticInside.length, of: count.synthetic },
    );
    const textOf = (i: number): string => members[i].text;
    const outside = [...members.keys()].filter((i) => clusterOf[i] !== cluster);
    const theme = overusedPhrases(inside.map(textOf), outside.map(textOf), {
      ...{ longest: 1, most: settings.themeWords, leastRows: 2 },
      listed: ({ z }) => z >= settings.themeFromZ,
    });
    const examples = [...distinct(realInside, textOf), ...distinct(syntheticInside, textOf)];
    return {
      theme: theme.words.map(({ phrase }) => phrase),
      realRows: realInside.length,
      syntheticRows: syntheticInside.length,
      ratio,
      standing: count.synthetic === 0 ? 'lacking' : standingOf(ratio),
      atRealShare: Math.round((realInside.length / count.real) * count.synthetic),
      examples: examples.map((i) => ({ line: members[i].line, text: members[i].text, from: members[i].from })),
    };
  });
  return found.sort((a, b) => b.ratio.ratio - a.ratio.ratio);
}

/** The first few rows whose texts differ. */
function distinct(rows: readonly number[], textOf: (row: number) => string): number[] {
  const seen = new Set<string>();
  const kept: number[] = [];
  for (const row of rows) {
    if (kept.length === settings.examples) break;
    const text = textOf(row);
    if (seen.has(text)) continue;
    seen.add(text);
    kept.push(row);
  }
  return kept;
}

/** Clusters that so many real rows of a label bear. */
export function clustersFor(realRows: number): number {
  return Math.max(1, Math.min(settings.mostClusters, Math.floor(Math.sqrt(realRows / 2))));
}

function lengthsOf(texts: readonly string[]): Lengths | undefined {
  if (texts.length === 0) return undefined;
  const words = texts.map((text) => tokenize(text).length);
  const at = (q: number): number => Math.round(quantile(words, q));
  return { low: at(0.1), median: at(0.5), high: at(0.9) };
}
