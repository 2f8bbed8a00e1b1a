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
  readonly onRun?: (run: { readonly folder: string; readonly resumed: boolean; readonly device: string }) => void;
  /** After each epoch of the classifier. */
  readonly onEvaluation?: (evaluation: EpochEvaluation) => void;
  /** A training of the job goes on from a checkpoint. */
  readonly onResumed?: (resumed: ResumedTraining) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/** Settings of every job that computes. */
export interface ComputeOptions {
  readonly device?: 'auto' | DeviceKind;
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
export function describeDevice({ kind, name, threads }: Device): string {
  return kind === 'cpu' ? `cpu: ${name}, ${String(threads)} threads` : `${kind}: ${name}`;
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
