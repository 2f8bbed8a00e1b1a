/**
 * Spherical k-means (Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", 2001) with
 * k-means++ seeding (Arthur and Vassilvitskii, 2007), over embeddings or TF-IDF rows alike.
 */
import { Random } from '../../base/random.ts';
import { addTransposedProduct, multiply, selectRows, type Features } from '../probe/features.ts';

export interface KMeansSettings {
  /** Clusters at most; fewer come out where rows are fewer or alike. */
  readonly clusters: number;
  readonly seed: number;
  /** Seedings that are tried; the best one is kept. Default 4. */
  readonly tries?: number;
  /** Passes at most of each try. Default 50. */
  readonly passes?: number;
}

export interface Clustering {
  /** Clusters, none of them empty. */
  readonly count: number;
  /** [rows] 0 … count − 1. */
  readonly clusterOf: Int32Array;
  /** [count · columns] the clusters' directions, of length 1. */
  readonly centroids: Float64Array;
  /** [rows] cosine with the own cluster's centroid, −1 to 1. */
  readonly cosine: Float64Array;
  /** Σ mass · (1 − cosine): what k-means makes small. */
  readonly objective: number;
}

/**
 * Groups rows by direction.
 * @param features Rows of length 1 (or all zero, which belong nowhere and go to the first cluster).
 * @param mass [rows] how much each row counts, ≥ 0; not all 0.
 */
export function kMeans(features: Features, mass: ArrayLike<number>, settings: KMeansSettings): Clustering {
  const { clusters, seed, tries = 4, passes = 50 } = settings;
  if (mass.length !== features.rowCount) throw new RangeError(`${mass.length} masses for ${features.rowCount} rows`);
  if (!(clusters >= 1)) throw new RangeError(`k-means needs at least one cluster, not ${clusters}`);
  let best: Clustering | undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    const random = new Random(seed, `k-means, try ${attempt}`);
    const found = descend(features, mass, plusPlus(features, mass, clusters, random), passes);
    if (best === undefined || found.objective < best.objective - 1e-12) best = found;
  }
  if (best === undefined) throw new RangeError('k-means needs at least one try');
  return best;
}

/** Puts rows to the centroids nearest to them; the earlier one wins a tie. */
export function assign(
  features: Features,
  centroids: Float64Array,
  count: number,
): Pick<Clustering, 'clusterOf' | 'cosine'> {
  const cosines = new Float64Array(features.rowCount * count);
  multiply(features, centroids, count, cosines);
  const clusterOf = new Int32Array(features.rowCount);
  const cosine = new Float64Array(features.rowCount);
  for (let row = 0; row < features.rowCount; row++) {
    let best = 0;
    for (let k = 1; k < count; k++) if (cosines[row * count + k] > cosines[row * count + best]) best = k;
    clusterOf[row] = best;
    cosine[row] = cosines[row * count + best];
  }
  return { clusterOf, cosine };
}

/** Rows far from all chosen ones are likely chosen next: with probability ∝ mass · squared distance. */
function plusPlus(features: Features, mass: ArrayLike<number>, clusters: number, random: Random): Float64Array {
  const { rowCount, columnCount } = features;
  const isZero = Array.from({ length: rowCount }, (_, row) => isZeroRow(features, row));
  const chances = Float64Array.from({ length: rowCount }, (_, row) => (isZero[row] ? 0 : mass[row]));
  const distance = new Float64Array(rowCount).fill(Infinity);
  const chosen: Float64Array[] = [];
  const cosines = new Float64Array(rowCount);
  while (chosen.length < clusters) {
    const row = draw(chances, random);
    if (row < 0) break;
    const centroid = denseRow(features, row);
    chosen.push(centroid);
    multiply(features, centroid, 1, cosines);
    for (let i = 0; i < rowCount; i++) {
      // Squared Euclidean distance of two rows of length 1; rounding must not make a copy of a chosen row likely.
      const squared = 2 - 2 * cosines[i];
      distance[i] = Math.min(distance[i], squared < 1e-9 ? 0 : squared);
      chances[i] = isZero[i] ? 0 : mass[i] * distance[i];
    }
  }
  // Nothing but zero rows: one cluster without a direction holds them.
  if (chosen.length === 0) return new Float64Array(columnCount);
  const all = new Float64Array(chosen.length * columnCount);
  chosen.forEach((centroid, k) => all.set(centroid, k * columnCount));
  return all;
}

function descend(features: Features, mass: ArrayLike<number>, first: Float64Array, passes: number): Clustering {
  const { rowCount, columnCount } = features;
  let count = first.length / Math.max(1, columnCount);
  let centroids = first;
  let found = assign(features, centroids, count);
  for (let pass = 0; pass < passes; pass++) {
    const moved = meansOf(features, mass, found.clusterOf, count);
    ({ centroids, count } = moved);
    const next = assign(features, centroids, count);
    const same = moved.dropped === 0 && next.clusterOf.every((cluster, row) => cluster === found.clusterOf[row]);
    found = next;
    if (same) break;
  }
  let objective = 0;
  for (let row = 0; row < rowCount; row++) objective += mass[row] * (1 - found.cosine[row]);
  // The last pass may have emptied a cluster.
  const used = [...new Set(found.clusterOf)].sort((a, b) => a - b);
  const renamed = new Map(used.map((cluster, k) => [cluster, k]));
  const kept = new Float64Array(used.length * columnCount);
  used.forEach((cluster, k) => {
    kept.set(centroids.subarray(cluster * columnCount, (cluster + 1) * columnCount), k * columnCount);
  });
  return {
    count: used.length,
    clusterOf: found.clusterOf.map((cluster) => renamed.get(cluster) ?? 0),
    centroids: kept,
    cosine: found.cosine,
    objective,
  };
}

/** The directions of the clusters' weighted sums; a cluster without one goes. */
function meansOf(
  features: Features,
  mass: ArrayLike<number>,
  clusterOf: Int32Array,
  count: number,
): { centroids: Float64Array; count: number; dropped: number } {
  const { columnCount } = features;
  const belongs = new Float64Array(features.rowCount * count);
  clusterOf.forEach((cluster, row) => (belongs[row * count + cluster] = mass[row]));
  const sums = new Float64Array(count * columnCount);
  addTransposedProduct(features, belongs, count, sums);
  const directions: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const sum = sums.subarray(k * columnCount, (k + 1) * columnCount);
    const length = Math.sqrt(sum.reduce((squares, x) => squares + x * x, 0));
    if (length > 1e-12) directions.push(sum.map((x) => x / length));
  }
  if (directions.length === 0) return { centroids: new Float64Array(columnCount), count: 1, dropped: 0 };
  const centroids = new Float64Array(directions.length * columnCount);
  directions.forEach((direction, k) => centroids.set(direction, k * columnCount));
  return { centroids, count: directions.length, dropped: count - directions.length };
}

/** An index with probability ∝ its chance; −1 where all are 0. */
function draw(chances: Float64Array, random: Random): number {
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  if (!(total > 0)) return -1;
  let left = random.uniform() * total;
  let last = -1;
  for (let i = 0; i < chances.length; i++) {
    if (chances[i] <= 0) continue;
    last = i;
    left -= chances[i];
    if (left < 0) return i;
  }
  return last;
}

function denseRow(features: Features, row: number): Float64Array {
  const own = selectRows(features, [row]);
  if (own.kind === 'dense') return Float64Array.from(own.values);
  const dense = new Float64Array(features.columnCount);
  own.columns.forEach((column, at) => (dense[column] = own.values[at]));
  return dense;
}

function isZeroRow(features: Features, row: number): boolean {
  if (features.kind === 'csr') return features.rowStart[row] === features.rowStart[row + 1];
  const { columnCount } = features;
  for (let j = row * columnCount; j < (row + 1) * columnCount; j++) if (features.values[j] !== 0) return false;
  return true;
}
