/**
 * The map of a dataset's rows: what the data worker tells of it, and host ⇄ map view. Columns of many rows are typed arrays,
 * little-endian, in base64: messages are JSON on their way to a webview, and a number in JSON takes five times the room.
 */
import type { RowActionId } from '../core/table/actions.ts';
import type { Verdict } from '../core/weighting/verdicts.ts';
import type { WeightControls } from './data.ts';

/** Points of a scatter, one entry per point; the real rows come last. */
export interface PointColumns {
  readonly count: number;
  /** How many of them are real rows. */
  readonly real: number;
  /** float32, [count · 2]: x and y. */
  readonly places: string;
  /** int32: the number of a synthetic row; the 1-based line of a real one, 0 where it is not known. */
  readonly rows: string;
  /** int16: index in `labelNames`; −1: none. */
  readonly labels: string;
  /** int8: index in `verdictNames`; −1: none, as for every real row. */
  readonly verdicts: string;
  /** float32: w; NaN: none. */
  readonly weights: string;
  readonly labelNames: readonly string[];
  readonly verdictNames: readonly Verdict[];
}

/** A group of rows alike; see `core/map/regions.ts`. */
export interface MapRegion {
  readonly theme: readonly string[];
  readonly realRows: number;
  readonly syntheticRows: number;
  readonly standing: 'lacking' | 'flooded' | 'level';
  /** Share of the real rows over share of the synthetic ones. */
  readonly ratio: number;
}

/** The rows of a score run laid out by their embeddings; places are 0 to 1. */
export interface EmbeddingPoints extends PointColumns {
  /** Folder of the run. */
  readonly run: string;
  /** Rows that the run scored; more than there are points where only some are on the map. */
  readonly scored: number;
  /** int16: index in `regions`; −1: none. */
  readonly regionOf: string;
  readonly regions: readonly MapRegion[];
  /** Real rows of the map and of the real file as it is: the file is another one where the first are not known by line. */
  readonly realKnown: boolean;
  /** Why the map could not be kept for the next time, one line. */
  readonly notKept?: string;
}

/** Why there is no map. */
export type MapMissing =
  /** The file has not been scored. */
  | 'scores'
  /** The scores were made without an encoder. */
  | 'encoder'
  /** The run is large, and of a version that kept no embeddings of such. */
  | 'embeddings'
  /** Too few rows to lay out. */
  | 'rows'
  /** It has not been made yet, or that was cancelled. */
  | 'unmade';

/** What the epochs of a training say of each row: x is variability, 0 to 0.5, y is confidence, 0 to 1. */
export interface DynamicsPoints extends PointColumns {
  /** Folder of the training. */
  readonly run: string;
  readonly epochs: number;
  /** float32: share of the epochs in which the label was the likeliest. */
  readonly correctness: string;
  /** Whether the loss gave weights that changed from epoch to epoch. */
  readonly hasWeights: boolean;
  /** Rows of the training whose text is no longer in the file. */
  readonly gone: number;
}

/** A row over the epochs of a training. */
export interface Trajectory {
  readonly row: number;
  /** By epoch: P̂θ(y|x) in training, 0 to 1. */
  readonly probability: readonly number[];
  /** By epoch: the weight that the row had. */
  readonly weight?: readonly number[];
}

/** Trajectories that are told at most. */
export const mostTrajectories = 100;

/** The text of a point. */
export interface PointText {
  readonly source: 'real' | 'synthetic';
  /** 1-based. */
  readonly line: number;
  readonly label: string;
  /** The beginning, on one line. */
  readonly text: string;
}

/** Calls of the data worker about maps. */
export type MapDataApi = {
  /** The map of the run that is shown. `make`: where it is not known yet, make it, which is told by `mapping` and takes a while. */
  map: {
    params: { path: string; make: boolean; controls: WeightControls };
    result: EmbeddingPoints | { readonly missing: MapMissing };
  };
  /** Stops making the map; `map` then answers `unmade`. */
  cancelMap: { params: { path: string }; result: null };
  /** The training dynamics of a run; null where it kept none. */
  dynamics: { params: { path: string; run: string; controls: WeightControls }; result: DynamicsPoints | null };
  trajectories: {
    params: { path: string; run: string; rows: readonly number[] };
    result: readonly Trajectory[];
  };
  /** The text of a synthetic row by number, or of a real one by line; null where it is gone. */
  pointText: {
    params: { path: string; source: 'real' | 'synthetic'; at: number };
    result: PointText | null;
  };
  /** Remembers rows, so that the filter `is:picked` finds them; they stay picked when lines move. */
  pick: { params: { path: string; rows: readonly number[] }; result: null };
};

/** While a map is made. */
export interface Mapping {
  readonly path: string;
  /** 0 to 1. */
  readonly fraction: number;
}

/** A training that can be shown. */
export interface MapTraining {
  readonly folder: string;
  /** ISO 8601. */
  readonly created: string;
  /** A name of `lossTitles`, or `dimp-score` for the training of a score run. */
  readonly loss: string;
  readonly seed: number;
  /** Whether it kept its dynamics: runs of earlier versions did not. */
  readonly hasDynamics: boolean;
}

export interface MapState {
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  /** Why the files cannot be read, one line. */
  readonly fault?: string;
  /** Whether the data have been read. */
  readonly ready: boolean;
  /** Folder of the score run that is shown, and whether its scores are a preview. */
  readonly run?: string;
  readonly preview: boolean;
  /** Newest first. */
  readonly trainings: readonly MapTraining[];
  /** The training that was asked for last, e.g. from the runs view; each asking has another `id`. */
  readonly asked?: { readonly run: string; readonly id: string };
  /** Grows whenever rows, scores, decisions or labels changed: ask for the points again. */
  readonly revision: number;
  /** Names the state of the file that row numbers belong to; see `act`. */
  readonly numbering: number;
  /** A `numbering` means the same only within one session: a view of another window's life counts anew. */
  readonly session: string;
}

export type MapApi = {
  ready: { params: Record<string, never>; result: MapState };
  points: {
    params: { make: boolean };
    result: (EmbeddingPoints | { readonly missing: MapMissing }) & { readonly numbering: number };
  };
  cancel: { params: Record<string, never>; result: null };
  dynamics: {
    params: { run: string };
    result: (DynamicsPoints & { readonly numbering: number }) | null;
  };
  trajectories: { params: { run: string; rows: readonly number[] }; result: readonly Trajectory[] };
  text: { params: { source: 'real' | 'synthetic'; at: number }; result: PointText | null };
  /** Carries out a row action on rows; answers with how many changed. `numbering`: of the points they were seen among. */
  act: {
    params: { action: RowActionId; rows: readonly number[]; numbering: number };
    result: { rows: number };
  };
  /** Shows the weights panel with these rows only. */
  showRows: { params: { rows: readonly number[]; numbering: number }; result: null };
  openLine: { params: { source: 'real' | 'synthetic'; line: number }; result: null };
  /** Ways on from an empty view. */
  command: { params: { name: 'score' | 'train' | 'showLog' }; result: null };
};

export type MapEvents = { state: MapState; mapping: { readonly fraction: number } };
