import type { Device, DeviceKind } from '../engine/runtime/device.ts';
import type { DownloadProgress } from '../engine/hub/download.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Estimate } from './estimate.ts';
import type { EpochEvaluation, Progress, ResumedTraining, StageStore, Workspace } from './workspace.ts';

/** What a job needs of whoever started it: a terminal, an editor, a test. */
export interface JobContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** One line for the user that is no error: what was found, resumed, left out. */
  readonly notice: (line: string) => void;
  /** Rows of the input that are left out, as `path:line:column: message`, before anything is computed. */
  readonly onRowErrors?: (lines: readonly string[]) => void;
  /** Told what a long job will cost before it begins; throws to stop it. */
  readonly approve?: (estimate: Estimate) => Promise<void>;
  /** Told the run's folder as soon as it is known, and whether an earlier try goes on in it. */
  readonly onRun?: (run: BegunRun) => void;
  /** After each epoch of the classifier. */
  readonly onEvaluation?: (evaluation: EpochEvaluation) => void;
  /** A training of the job goes on from a checkpoint. */
  readonly onResumed?: (resumed: ResumedTraining) => void;
  /** Before each training of a comparison, and after the last: `compare.json` tells what came of those that are done. */
  readonly onCompared?: (progress: ComparedSoFar) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/** How far a comparison is. */
export interface ComparedSoFar {
  /** Trainings whose outcome is known, of how many; a method with a seed is one, with the checkers that it needs. */
  readonly done: number;
  readonly total: number;
  /** What is trained next; absent after the last one. */
  readonly next?: { readonly method: string; readonly seed: number };
}

/** A run whose work begins, or goes on. */
export interface BegunRun {
  readonly folder: string;
  readonly resumed: boolean;
  readonly device: string;
  /** Rows that went through the encoder in what earlier tries have saved, which is not done again. */
  readonly passes: { readonly forward: number; readonly backward: number };
}

/** Settings of every job that computes. */
export interface ComputeOptions {
  readonly device?: 'auto' | DeviceKind;
  /** What a GPU computes matrix products in; float32 unless given. */
  readonly precision?: 'float32' | 'float16';
  /** Threads inside one operation; every core unless given. */
  readonly threads?: number;
  /** Seconds between checkpoints of a training. */
  readonly checkpointSeconds?: number;
}

const defaultCheckpointSeconds = 60;

/** Versions of what computes, for `run.json`. */
export const versions: Readonly<Record<string, string>> = {
  counterweight: manifest.version,
  node: process.versions.node,
  onnxruntime: manifest.dependencies['onnxruntime-node'],
};

/** A device in `run.json`: results are the same bits on the same device with the same number of threads. */
export function describeDevice({ kind, name, threads, precision }: Device): string {
  const half = precision === undefined ? '' : `, ${precision}`;
  return kind === 'cpu' ? `cpu: ${name}, ${String(threads)} threads${half}` : `${kind}: ${name}${half}`;
}

/** What the parts of a job work with. */
export function workspace(
  device: Device,
  stages: StageStore,
  passes: Workspace['passes'],
  context: JobContext,
  { checkpointSeconds = defaultCheckpointSeconds }: ComputeOptions,
): Workspace {
  const { signal, onProgress, onEvaluation, onResumed } = context;
  return { device, stages, passes, signal, onProgress, onEvaluation, onResumed, checkpointSeconds };
}
