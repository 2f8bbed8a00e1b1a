/**
 * Rows on a plane, so that rows whose embeddings are alike lie beside each other: UMAP (McInnes, Healy and Melville 2018,
 * arXiv 1802.03426) by the library umap-js, over cosine distance, from principal coordinates as the start. Equal rows and
 * seeds give equal places. Pure.
 */
import { UMAP } from 'umap-js';
import { Random } from '../../base/random.ts';
import { principalCoordinates } from './principalAxes.ts';
import { fewestOnMap, layoutSettings } from './settings.ts';

export { fewestOnMap, layoutSettings } from './settings.ts';

/** Share of the work that finding neighbours is, roughly: it cannot be watched. */
const neighboursShare = 0.3;

/**
 * Lays rows out.
 *
 * @param values [rows, width], rows of length 1; at least {@link fewestOnMap} rows.
 * @returns A generator that yields how far it is, 0 to 1, and at last [rows · 2]: x and y of each row, 0 to 1, in equal
 *   scale, centred.
 * @throws RangeError where there are too few rows.
 */
export function* layOut(values: Float32Array, width: number, seed: number): Generator<number, Float32Array, undefined> {
  const rows = values.length / width;
  if (rows < fewestOnMap) throw new RangeError(`${rows} rows cannot be laid out, it takes ${fewestOnMap}`);
  const random = new Random(seed, 'map');
  const umap = new UMAP({
    nNeighbors: Math.min(layoutSettings.neighbours, rows - 1),
    minDist: layoutSettings.minDistance,
    distanceFn: cosineDistance as unknown as (a: number[], b: number[]) => number,
    random: () => random.uniform(),
  });
  yield 0;
  // The library indexes rows and asks for their lengths, no more: views save a copy of everything.
  const vectors = Array.from({ length: rows }, (_, row) => values.subarray(row * width, (row + 1) * width));
  const epochs = umap.initializeFit(vectors as unknown as number[][]);
  const places = umap.getEmbedding();
  placeAtStart(places, values, width, seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    yield neighboursShare + ((1 - neighboursShare) * epoch) / epochs;
    umap.step();
  }
  return framed(places);
}

/** 1 − cosine of rows of length 1; rounding must not make a copy's distance negative. */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return Math.max(0, 1 - sum);
}

/** In place: the optimisation works in these arrays. A random start would scatter what belongs together. */
function placeAtStart(places: number[][], values: Float32Array, width: number, seed: number): void {
  const start = principalCoordinates(values, width, 2, seed);
  const most = start.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  const scale = most > 0 ? layoutSettings.startScale / most : 0;
  const random = new Random(seed, 'start of the map');
  places.forEach((place, row) => {
    for (const axis of [0, 1])
      place[axis] = scale * start[2 * row + axis] + layoutSettings.startNoise * random.normal();
  });
}

/** Into the unit square. */
function framed(places: readonly (readonly number[])[]): Float32Array {
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  for (const place of places) {
    for (const axis of [0, 1]) {
      low[axis] = Math.min(low[axis], place[axis]);
      high[axis] = Math.max(high[axis], place[axis]);
    }
  }
  const size = Math.max(high[0] - low[0], high[1] - low[1]) || 1;
  const framedPlaces = new Float32Array(2 * places.length);
  places.forEach((place, row) => {
    for (const axis of [0, 1]) {
      framedPlaces[2 * row + axis] = 0.5 + (place[axis] - (low[axis] + high[axis]) / 2) / size;
    }
  });
  return framedPlaces;
}
