/** Host ⇄ training view: a live view while a classifier is trained, then its results. */
import type { JobView } from './panel.ts';
import type { SetScores, TrainRequest } from './jobs.ts';

/** What the losses are called, in the words of the paper. */
export const lossTitles: Readonly<Record<TrainRequest['loss'], string>> = {
  imp: 'IMP-Loss',
  dimp: 'DIMP-Loss',
  filter: 'Filter',
  quality: 'Quality only',
  ce: 'CE-Loss',
  focal: 'Focal loss',
  random: 'Random weights',
};

/** The title of a loss; its own name where it is unknown. */
export function lossTitle(loss: string): string {
  return Object.hasOwn(lossTitles, loss) ? lossTitles[loss as TrainRequest['loss']] : loss;
}

export interface TrainingRunRow {
  readonly folder: string;
  readonly created: string;
  readonly loss: string;
  readonly data: string;
  readonly seed: number;
  /** Whether it is the run that the view is about. */
  readonly current: boolean;
  readonly dev?: SetScores;
  readonly test?: SetScores;
  /** The numbers with the rows that were left out as copies of training rows; absent where none was. */
  readonly devAll?: SetScores;
  readonly testAll?: SetScores;
  /** Equal where two runs differ in their seed only: same rows, same settings. */
  readonly group: string;
  /** Equal where two runs were measured on the same rows; absent without such a file. */
  readonly devRows?: string;
  readonly testRows?: string;
  /** Base names of the files. */
  readonly devFile?: string;
  readonly testFile?: string;
  /** Folder of the model; absent where there is none (any more). */
  readonly model?: string;
}

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

export interface EpochPoint {
  readonly epoch: number;
  readonly accuracy?: number;
  readonly macroF1?: number;
  readonly logLoss?: number;
}

/** What changes while a classifier is trained. */
export interface TrainingLive {
  readonly job?: JobView;
  /** Training loss by step, of the classifier; thinned out to a few hundred points, each the mean of its steps. */
  readonly losses: readonly LossPoint[];
  /** Steps of the classifier done, and of how many. */
  readonly step?: number;
  readonly steps?: number;
  /** Dev numbers by epoch. */
  readonly epochs: readonly EpochPoint[];
  readonly stepsPerEpoch?: number;
}

export interface TrainingState extends TrainingLive {
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  readonly loss: string;
  /** Epochs that it will train. */
  readonly epochCount?: number;
  readonly bestEpoch?: number;
  readonly seed?: number;
  readonly data?: string;
  readonly device?: string;
  /** Base name of the file whose rows choose the epoch; absent without one. */
  readonly devFile?: string;
  readonly testFile?: string;
  /** Whose scores give or gave the weights, one sentence; absent where that is not known, and without weights. */
  readonly scores?: string;
  /** What the job will cost, measured in its first steps. */
  readonly estimate?: { readonly seconds: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** This dataset's runs, newest first. */
  readonly runs: readonly TrainingRunRow[];
  /** Folder of the run that the view is about, once there is one. */
  readonly run?: string;
  /** How that run ended; absent while its job runs, and without a run. */
  readonly ended?: 'done' | 'cancelled' | 'failed' | 'interrupted';
  /** Why it failed, one line. */
  readonly error?: string;
  /** The finished model. */
  readonly model?: string;
  /** Whether its rows are pairs of texts. */
  readonly pairs?: boolean;
  readonly warnings: readonly string[];
}

export type TrainingApi = {
  ready: { params: Record<string, never>; result: TrainingState };
  cancel: { params: Record<string, never>; result: null };
  /** Answers the job's question: it may begin. */
  begin: { params: Record<string, never>; result: null };
  openModel: { params: { folder: string }; result: null };
  classify: {
    params: { text: string; textPair?: string };
    result: { labels: readonly string[]; probabilities: readonly number[] };
  };
  showLog: { params: Record<string, never>; result: null };
  /** Takes up the unfinished run again. */
  resume: { params: Record<string, never>; result: null };
  /** Asks what to train next on this dataset, and trains it; with `seed` the same once more, otherwise seeded. */
  again: { params: { seed: boolean }; result: null };
  /** Makes the view about another run of the dataset. */
  show: { params: { folder: string }; result: null };
};

export type TrainingEvents = { state: TrainingState; live: TrainingLive };
