import type * as ort from 'onnxruntime-node';
import { groupIntoSlabs, Slab, slabBytes } from '../kernels/kernels.ts';
import { gradientName, type TrainingGraph, type TrainingParameter } from '../training/trainingGraph.ts';
import type {
  HostBits,
  HostTensor,
  HostTensors,
  MicroBatchResult,
  StateSnapshot,
  Traffic,
  TrainingState,
  UpdateSettings,
} from './device.ts';
import type { HostSession } from './hostProgram.ts';
import { microBatchResult } from './microBatchResult.ts';
import { toOrt } from './ortTensor.ts';

interface ParameterState {
  readonly spec: TrainingParameter;
  readonly slab: Slab;
  readonly value: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** Rows of `gradient` that are not zero, for tables whose gradient comes by rows. */
  touched: Set<number>;
  /** Where the gradient of a further micro-batch lands before it is added. Made when first needed. */
  scratch?: Float32Array;
}

/**
 * Operations of a forward and backward pass, 6 for each parameter and token: a second of a slow machine. Micro-batches of
 * long rows are cut to it, so that a training can be stopped soon. Cut below `leastTokens` they would take longer: by a
 * fifth at 256 tokens, not measurably at 512 (MiniLM, one thread).
 */
const [operationsAtOnce, leastTokens] = [50e9, 512];

/** A device beside the processor that computes the passes. */
export interface Beside {
  /** What moved so far. */
  readonly traffic: Traffic;
  /** The batch as the session takes it. */
  inputs(feeds: HostTensors): Readonly<Record<string, HostTensor | HostBits>>;
}

/**
 * Weights in training on the CPU. Weights, gradients and moments lie in WebAssembly memories: ONNX Runtime reads weights
 * and writes gradients there in place, and one fused loop applies AdamW: measured, that beats AdamW as ONNX nodes.
 * The passes may be computed by a device that keeps nothing between them.
 */
export class CpuTrainingState implements TrainingState {
  private readonly states: ParameterState[];
  private readonly weightFeeds: Record<string, ort.Tensor>;
  private readonly slabs: Slab[];
  private pending = 0;
  readonly tokensAtOnce?: number;

  constructor(
    private readonly session: HostSession,
    private readonly graph: TrainingGraph,
    initial: ReadonlyMap<string, Float32Array>,
    private readonly beside?: Beside,
  ) {
    this.states = allocate(graph.parameters);
    this.slabs = [...new Set(this.states.map((state) => state.slab))];
    for (const { spec, value } of this.states) {
      const data = initial.get(spec.name);
      if (data?.length !== value.length)
        throw new Error(`initial value of ${spec.name} is missing or of the wrong size`);
      value.set(data);
    }
    const met = this.states.filter(({ spec }) => spec.rowsOf === undefined);
    const perToken = 6 * met.reduce((sum, { value }) => sum + value.length, 0);
    if (beside === undefined) this.tokensAtOnce = Math.max(leastTokens, Math.floor(operationsAtOnce / perToken));
    this.weightFeeds = Object.fromEntries(
      this.states.map(({ spec, value }) => [spec.name, toOrt({ dtype: 'float32', shape: spec.shape, data: value })]),
    );
  }

  get traffic(): Traffic | undefined {
    return this.beside?.traffic;
  }

  get bytes(): number {
    return this.slabs.reduce((sum, slab) => sum + slab.bytes, 0);
  }

  async accumulate(feeds: HostTensors, uniqueIds: Int32Array): Promise<MicroBatchResult> {
    const inputs: Record<string, ort.Tensor> = { ...this.weightFeeds };
    for (const [name, tensor] of Object.entries(this.beside?.inputs(feeds) ?? feeds)) inputs[name] = toOrt(tensor);
    const first = this.pending++ === 0;
    // null: ONNX Runtime allocates the result.
    const fetches: Record<string, ort.Tensor | null> = { loss: null, 'row loss': null, logits: null };
    if (this.graph.hasRowWeight) fetches['row weight'] = null;
    for (const state of this.states) {
      const { spec } = state;
      fetches[gradientName(spec.name)] =
        spec.rowsOf === undefined
          ? toOrt({ dtype: 'float32', shape: spec.shape, data: first ? state.gradient : scratchOf(state) })
          : null;
    }
    const results = await this.session.run(inputs, fetches);

    const numbers = (name: string): Float32Array => results[name]!.data as Float32Array;
    for (const state of this.states) {
      const { spec, gradient } = state;
      if (spec.rowsOf !== undefined) {
        if (first) clearRows(state);
        addRows(state, numbers(gradientName(spec.name)), this.rowsOf(state, feeds, uniqueIds));
      } else if (!first) {
        const scratch = scratchOf(state);
        for (let i = 0; i < gradient.length; i++) gradient[i]! += scratch[i]!;
      }
    }
    return microBatchResult(this.graph, numbers);
  }

  discard(): void {
    // The next micro-batch writes over what is there.
    this.pending = 0;
  }

  update(settings: UpdateSettings): Promise<number> {
    let squares = 0;
    for (const { slab, gradient } of this.states) squares += slab.sumOfSquares(gradient);
    const { gradientScale: given = 1, clipNorm } = settings;
    const norm = Math.sqrt(squares) * given;
    this.pending = 0;
    if (!Number.isFinite(norm)) return Promise.resolve(norm);
    // As torch.nn.utils.clip_grad_norm_, with its 1e-6.
    const gradientScale = given * (clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1);
    const { step, learningRate, beta1, beta2, epsilon } = settings;
    const constants = {
      gradientScale,
      beta1,
      beta2,
      epsilon,
      stepSize: learningRate / (1 - beta1 ** step),
      rootCorrection: Math.sqrt(1 - beta2 ** step),
    };
    for (const state of this.states) {
      const decay = state.spec.decay ? 1 - learningRate * settings.weightDecay : 1;
      state.slab.adamw(state, { ...constants, decay });
    }
    return Promise.resolve(norm);
  }

  gradients(): Promise<ReadonlyMap<string, Float32Array>> {
    return Promise.resolve(this.arrays('gradient'));
  }

  values(): Promise<ReadonlyMap<string, Float32Array>> {
    return Promise.resolve(this.arrays('value'));
  }

  snapshot(): Promise<StateSnapshot> {
    const [value, mean, variance] = [this.arrays('value'), this.arrays('mean'), this.arrays('variance')];
    return Promise.resolve({ value, mean, variance });
  }

  restore(snapshot: StateSnapshot): Promise<void> {
    for (const state of this.states) {
      for (const key of ['value', 'mean', 'variance'] as const) {
        const data = snapshot[key].get(state.spec.name);
        if (data?.length !== state[key].length) throw new Error(`checkpoint lacks ${key} of ${state.spec.name}`);
        state[key].set(data);
      }
    }
    return Promise.resolve();
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private arrays(key: 'value' | 'gradient' | 'mean' | 'variance'): Map<string, Float32Array> {
    return new Map(this.states.map((state) => [state.spec.name, state[key]]));
  }

  private rowsOf(state: ParameterState, feeds: HostTensors, uniqueIds: Int32Array): Int32Array {
    switch (state.spec.rowsOf) {
      case 'words':
        return uniqueIds;
      case 'positions':
        return feeds['position_ids']!.data as Int32Array;
      case 'tokenTypes':
        return feeds['token_type_range']!.data as Int32Array;
      case undefined:
        throw new Error(`the gradient of ${state.spec.name} does not come by rows`);
    }
  }
}

/** Packs parameters into slabs, in order, each parameter's four arrays in one slab. */
function allocate(parameters: readonly TrainingParameter[]): ParameterState[] {
  const lengths = parameters.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const sizes = lengths.map((length) => slabBytes([length, length, length, length]));
  return groupIntoSlabs(sizes).flatMap(({ start, end, bytes }) => {
    const slab = new Slab(bytes);
    return parameters.slice(start, end).map((spec, i) => {
      const array = (): Float32Array => slab.allocate(lengths[start + i]!);
      const [value, gradient, mean, variance] = [array(), array(), array(), array()];
      return { spec, slab, value, gradient, mean, variance, touched: new Set<number>() };
    });
  });
}

function scratchOf(state: ParameterState): Float32Array {
  state.scratch ??= new Float32Array(state.gradient.length);
  return state.scratch;
}

function clearRows(state: ParameterState): void {
  const width = state.spec.shape[1]!;
  for (const row of state.touched) state.gradient.fill(0, row * width, (row + 1) * width);
  state.touched.clear();
}

function addRows(state: ParameterState, rows: Float32Array, ids: Int32Array): void {
  const width = state.spec.shape[1]!;
  ids.forEach((id, i) => {
    state.touched.add(id);
    const target = state.gradient.subarray(id * width, (id + 1) * width);
    const source = rows.subarray(i * width, (i + 1) * width);
    for (let j = 0; j < width; j++) target[j]! += source[j]!;
  });
}
