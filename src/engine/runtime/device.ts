import type { Graph } from '../graph/graph.ts';
import type { TrainingGraph } from '../training/trainingGraph.ts';
import type { DeviceFailedError } from './deviceFailed.ts';

export type DeviceKind = 'cpu' | 'webgpu' | 'cuda';

/** A tensor in the host's memory. Devices read `data` in place while they run: it must not change meanwhile. */
export interface HostTensor {
  readonly dtype: 'float32' | 'int32' | 'int64';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

/** Yes or no per element in the host's memory, one byte each. */
export interface HostBits {
  readonly dtype: 'bool';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export type HostTensors = Readonly<Record<string, HostTensor>>;

/** A graph made ready to run on a device. */
export interface Program {
  /**
   * Runs the graph once. Every input is fed; every output comes back in memory of its own.
   * @param options `mayBeCut`: where memory runs out the caller comes back with fewer rows, so that no other device needs to
   *   take over.
   */
  run(feeds: HostTensors, options?: { readonly mayBeCut?: boolean }): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

/** Constants of one AdamW update. */
export interface UpdateSettings {
  /** 1-based number of this update: the exponent of the bias corrections. */
  readonly step: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are scaled down to this global L2 norm; 0 leaves them. */
  readonly clipNorm: number;
  /** What the gathered gradients are multiplied by before anything else, 1 unless given: undoes a loss scale. */
  readonly gradientScale?: number;
}

/** Weights and both moments, by parameter name: all that an interrupted training needs of the device. */
export interface StateSnapshot {
  readonly value: ReadonlyMap<string, Float32Array>;
  readonly mean: ReadonlyMap<string, Float32Array>;
  readonly variance: ReadonlyMap<string, Float32Array>;
  /** Of a training in half precision. */
  readonly lossScale?: LossScale;
}

/** What losses are multiplied by, so that small gradients do not vanish in half precision. */
export interface LossScale {
  readonly scale: number;
  /** Updates since the scale last changed. */
  readonly updates: number;
}

/** What one micro-batch gives back to the host. */
export interface MicroBatchResult {
  /** Σ of the rows' losses, times the scale that was fed. */
  readonly loss: number;
  /** [batch] each row's loss. */
  readonly rowLoss: Float32Array;
  /** [batch] each row's weight as the loss used it; undefined where the loss has none. */
  readonly rowWeight?: Float32Array;
  /** [batch, labels] */
  readonly logits: Float32Array;
}

/** Bytes that crossed between the host and a device so far. */
export interface Traffic {
  /** Host to device. */
  readonly up: number;
  /** Device to host. */
  readonly down: number;
}

/** Weights in training, wherever they live: beside the processor, or on a GPU that they never leave. */
export interface TrainingState {
  /**
   * Padded tokens that go through at once, at most: nothing can be stopped in the middle of a pass. Absent where passes
   * are short whatever they hold. A single row goes through whole.
   */
  readonly tokensAtOnce?: number;
  /** Forward and backward; gradients add up until the next update. */
  accumulate(feeds: HostTensors, uniqueIds: Int32Array): Promise<MicroBatchResult>;
  /** Forgets what was gathered since the last update. */
  discard(): void;
  /**
   * Clips the gathered gradients and applies AdamW. Returns their global L2 norm before clipping; where that is not finite
   * nothing is applied, and what was gathered is forgotten.
   */
  update(settings: UpdateSettings): Promise<number>;
  /**
   * Called after an update whose gradients were not finite: true where a smaller loss scale may help, which is set, and the
   * batch is to be gathered again. Absent where losses are not scaled.
   */
  lowerLossScale?(): boolean;
  /** What was gathered since the last update; on the CPU live views. */
  gradients(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Weights as they stand. On the CPU these are live views: copy what must outlast the next update. */
  values(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Weights and moments, on the CPU as live views. */
  snapshot(): Promise<StateSnapshot>;
  /** Replaces weights and moments. */
  restore(snapshot: StateSnapshot): Promise<void>;
  /** Bytes of weights, gradients and moments. */
  readonly bytes: number;
  /** Bytes moved so far between the host and a device with memory of its own; absent where both are one. */
  readonly traffic?: Traffic;
  release(): Promise<void>;
}

/** Lines on what a device could not do, for people. */
export interface Remarks {
  /** In the order in which they were made. */
  readonly lines: readonly string[];
  add(line: string): void;
}

/** A processor or a GPU that can run graphs. */
export interface Device {
  readonly kind: DeviceKind;
  /** What matrix products are computed in: float32 where absent. */
  readonly precision?: 'float16';
  /** For people: which device it is. */
  readonly name: string;
  readonly threads: number;
  load(graph: Graph): Promise<Program>;
  /** @param initial Every parameter's first value, by name. */
  train(graph: TrainingGraph, initial: ReadonlyMap<string, Float32Array>): Promise<TrainingState>;
  /** What the user is told of the device while it works, and the run's record keeps; absent where nothing can happen. */
  readonly remarks?: Remarks;
  /** Lets another device do the work from now on; absent where there is none. See guardedDevice.ts. May throw: see there. */
  giveUp?(error: DeviceFailedError): void;
}
