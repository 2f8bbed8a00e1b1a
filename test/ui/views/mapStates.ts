/** Maps as the host would send them. */
import { Random } from '../../../src/base/random.ts';
import type { Verdict } from '../../../src/core/weighting/verdicts.ts';
import type { DynamicsPoints, EmbeddingPoints, MapMissing, MapRegion, MapState } from '../../../src/protocol/map.ts';

/** A state, and what the host answers in it. */
export interface MapScene {
  readonly state: MapState;
  readonly points: EmbeddingPoints | { readonly missing: MapMissing };
  readonly dynamics?: DynamicsPoints;
}

/** The answers of the host by method. */
export function answersOf({ state, points, dynamics }: MapScene): object {
  const { numbering } = state;
  return {
    ready: state,
    points: { ...points, numbering },
    dynamics: dynamics === undefined ? null : { ...dynamics, numbering },
    trajectories: [
      { row: 0, probability: [0.55, 0.82, 0.93], weight: [0.9, 1.1, 1.3] },
      { row: 1, probability: [0.3, 0.5, 0.9], weight: [1.4, 0.6, 0.2] },
    ],
    text: {
      ...{ source: 'synthetic', line: 7, label: 'spam' },
      text: 'Claim your prize </script><script>hostile()</script> before midnight',
    },
  };
}

const verdictNames: readonly Verdict[] = ['misaligned', 'redundant', 'unsure', 'informative', 'ok'];

function packed({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** Groups of rows around places, of synthetic and real rows. */
export const groups = [
  { at: [0.2, 0.25], spread: 0.05, synthetic: 260, real: 12 },
  { at: [0.75, 0.3], spread: 0.07, synthetic: 220, real: 60 },
  { at: [0.45, 0.8], spread: 0.06, synthetic: 8, real: 48 },
] as const;

interface Group {
  readonly at: readonly [number, number];
  readonly spread: number;
  readonly synthetic: number;
  readonly real: number;
}

/** @param labels One for each group. */
function embeddings(labels: readonly string[], of: readonly Group[] = groups): EmbeddingPoints {
  const random = new Random(7, 'map states');
  const [synthetic, real] = [sum(of.map((group) => group.synthetic)), sum(of.map((group) => group.real))];
  const count = synthetic + real;
  const places = new Float32Array(2 * count);
  const labelIds = new Int16Array(count);
  const regionOf = new Int16Array(count);
  let i = 0;
  for (const side of ['synthetic', 'real'] as const) {
    of.forEach((group, region) => {
      for (let k = 0; k < group[side]; k++, i++) {
        places[2 * i] = group.at[0] + group.spread * random.normal();
        places[2 * i + 1] = group.at[1] + group.spread * random.normal();
        labelIds[i] = region % labels.length;
        regionOf[i] = region;
      }
    });
  }
  const isReal = (point: number): boolean => point >= synthetic;
  const themes = [['prize', 'claim'], ['meeting', 'agenda', 'room'], ['<b onclick=hostile()>refund</b>']];
  const regions = of.map((group, region): MapRegion => {
    const ratio = (group.real + 0.5) / real / ((group.synthetic + 0.5) / synthetic);
    const standing = ratio > 1.5 ? 'lacking' : ratio < 0.7 ? 'flooded' : 'level';
    return { theme: themes[region % 3], realRows: group.real, syntheticRows: group.synthetic, standing, ratio };
  });
  return {
    ...{ count, real, labelNames: labels, verdictNames, run: '/w/.counterweight/synthetic.jsonl/20260131T142233Z-imp' },
    ...{ scored: synthetic, regions, realKnown: true },
    places: packed(places),
    rows: packed(Int32Array.from({ length: count }, (_, point) => (isReal(point) ? point - synthetic + 1 : point))),
    labels: packed(labelIds),
    verdicts: packed(
      Int8Array.from({ length: count }, (_, point) => (isReal(point) ? -1 : [4, 4, 4, 0, 1, 2, 3][point % 7])),
    ),
    weights: packed(
      Float32Array.from({ length: count }, (_, point) => (isReal(point) ? NaN : 10 ** (1.2 * Math.sin(point) - 0.2))),
    ),
    regionOf: packed(regionOf),
  };
}

function dynamics(hasWeights: boolean): DynamicsPoints {
  const random = new Random(8, 'map states');
  const count = 480;
  const places = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const confidence = i % 9 === 0 ? 0.1 + 0.1 * random.uniform() : 0.55 + 0.4 * random.uniform();
    places[2 * i] = Math.sqrt(confidence * (1 - confidence)) * random.uniform();
    places[2 * i + 1] = confidence;
  }
  return {
    ...{ count, real: 0, labelNames: ['ham', 'spam'], verdictNames, epochs: 3, hasWeights, gone: 3 },
    run: trainings[0].folder,
    places: packed(places),
    rows: packed(Int32Array.from({ length: count }, (_, i) => i)),
    labels: packed(Int16Array.from({ length: count }, (_, i) => i % 2)),
    verdicts: packed(Int8Array.from({ length: count }, (_, i) => (i % 9 === 0 ? 0 : 4))),
    weights: packed(Float32Array.from({ length: count }, (_, i) => (i % 9 === 0 ? 0.05 : 1.1))),
    correctness: packed(Float32Array.from({ length: count }, (_, i) => (i % 9 === 0 ? 0 : i % 4 === 0 ? 2 / 3 : 1))),
  };
}

const trainings = [
  {
    ...{ folder: '/w/.counterweight/synthetic.jsonl/20260131T150000Z-dimp', created: '2026-01-31T15:00:00.000Z' },
    ...{ loss: 'dimp', seed: 42, hasDynamics: true },
  },
  {
    ...{ folder: '/w/.counterweight/synthetic.jsonl/20260130T100000Z-ce', created: '2026-01-30T10:00:00.000Z' },
    ...{ loss: 'ce', seed: 1, hasDynamics: false },
  },
];

const state: MapState = {
  dataset: '/home/ada/projects/mail/synthetic.jsonl',
  ...{ ready: true, run: '/w/run', preview: false, trainings, revision: 3, numbering: 5, session: 'one' },
};

/** Asked for by the runs view: the map opens on the training. */
const ofTraining: MapState = { ...state, asked: { run: trainings[0].folder, id: 'first' } };
const mail = embeddings(['ham', 'spam']);

export const states = {
  embeddings: { state, points: mail },
  hostile: {
    state: { ...state, dataset: '/data/<img src=x onerror=hostile()>\u202e.jsonl', preview: true },
    points: {
      ...embeddings(['<b onclick=hostile()>bold</b>', `a label that goes on ${'and on '.repeat(20)}`, 'spam']),
      ...{ scored: 90_000, realKnown: false, notKept: 'Cannot write /w/map: the disk is full; free some space.' },
    },
  },
  unscored: { state: { ...state, run: undefined, trainings: [] }, points: { missing: 'scores' } },
  tfidf: { state: { ...state, preview: true }, points: { missing: 'encoder' } },
  reading: { state: { ...state, ready: false, run: undefined, trainings: [] }, points: { missing: 'scores' } },
  dynamics: { state: ofTraining, points: mail, dynamics: dynamics(true) },
  oldTraining: { state: { ...state, asked: { run: trainings[1].folder, id: 'first' } }, points: mail },
  noTraining: { state: { ...state, trainings: [], asked: { run: '/gone', id: 'first' } }, points: mail },
  absentTraining: {
    state: { ...state, asked: { run: '/w/unfinished', id: 'first' } },
    ...{ points: mail, dynamics: dynamics(true) },
  },
} satisfies Readonly<Record<string, MapScene>>;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
