import type { CurvePoint } from '../core/metrics/thinnedCurve.ts';
import type { Device } from '../engine/runtime/device.ts';
import type { Checkpoint } from '../store/checkpoint.ts';

/** What a job tells while it runs. */
export interface Progress {
  /** What is being done, e.g. "quality checker, fold 2 of 5". */
  readonly stage: string;
  /** Units of the stage done, and of how many: rows, optimizer steps, or megabytes of a download. */
  readonly done: number;
  readonly total: number;
  readonly unit: 'rows' | 'steps' | 'MB';
  /** Training loss of the last step, while training. */
  readonly loss?: number;
  /** Rows that went through an encoder in this stage so far: forward, or with unit `steps` forward and backward. */
  readonly encoderRows?: number;
  /** Bytes that the last step moved to a GPU and back. */
  readonly moved?: { readonly up: number; readonly down: number };
}

/** What is known after an epoch of the classifier. */
export interface EpochEvaluation {
  /** Epochs done. */
  readonly epoch: number;
  /** Mean loss over the epoch's rows. */
  readonly trainLoss: number;
  /** On the dev rows; absent without them. */
  readonly accuracy?: number;
  readonly macroF1?: number;
  readonly logLoss?: number;
}

/** A training that goes on where an earlier try was interrupted: what went before, as its checkpoint has it. */
export interface ResumedTraining {
  /** As in {@link Progress}. */
  readonly stage: string;
  /** Optimizer steps done, and of how many. */
  readonly step: number;
  readonly steps: number;
  /** Rows that went forward and backward in these steps. */
  readonly encoderRows: number;
  /** Training loss by step, thinned out. */
  readonly losses: readonly CurvePoint[];
  /** What was known after each epoch. */
  readonly epochs: readonly EpochEvaluation[];
}

/** Keeps results of finished stages and checkpoints of unfinished ones, by name. */
export interface StageStore {
  load(name: string): Promise<Checkpoint | undefined>;
  save(name: string, checkpoint: Checkpoint): Promise<void>;
  remove(name: string): Promise<void>;
}

/** What every part of a job works with. */
export interface Workspace {
  readonly device: Device;
  readonly stages: StageStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onEvaluation?: (evaluation: EpochEvaluation) => void;
  readonly onResumed?: (resumed: ResumedTraining) => void;
  /** Seconds between checkpoints of a training; 0: after each step. */
  readonly checkpointSeconds: number;
  /** Rows that went through an encoder so far; each part adds its own. */
  readonly passes: { forward: number; backward: number };
}

/** A store that forgets with the process: for tests, and where resuming is not wanted. */
export function memoryStages(): StageStore {
  const kept = new Map<string, Checkpoint>();
  return {
    load: (name) => Promise.resolve(kept.get(name)),
    save: (name, checkpoint) => {
      const tensors = new Map(
        [...checkpoint.tensors].map(([key, t]) => [key, { ...t, data: t.data.slice() } as typeof t]),
      );
      kept.set(name, { meta: structuredClone(checkpoint.meta), tensors });
      return Promise.resolve();
    },
    remove: (name) => {
      kept.delete(name);
      return Promise.resolve();
    },
  };
}

/** A store that keeps nothing at all: every stage is computed. */
export const noStages: StageStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
