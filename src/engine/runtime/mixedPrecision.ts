/**
 * Any device in mixed precision: its graphs are rewritten (graph/halfPrecision.ts), and losses are scaled up while gradients
 * are computed, so that small ones do not vanish in half precision (Micikevicius et al. 2018, section 3.2). The scale is
 * chosen as by PyTorch's GradScaler, except that a batch whose gradients overflow is not skipped but gathered again with half
 * the scale: every batch counts, and the number of updates is that of single precision.
 */
import type { Graph } from '../graph/graph.ts';
import { useHalfPrecision } from '../graph/halfPrecision.ts';
import type { TrainingGraph } from '../training/trainingGraph.ts';
import type {
  Device,
  HostTensors,
  LossScale,
  MicroBatchResult,
  StateSnapshot,
  Traffic,
  TrainingState,
  UpdateSettings,
} from './device.ts';

/** GradScaler's defaults. */
const first: LossScale = { scale: 2 ** 16, updates: 0 };
const updatesToGrow = 2000;

/** The same device in mixed precision. */
export function inMixedPrecision(device: Device): Device {
  const rewritten = (graph: Graph): Graph => {
    const own = graph.copy();
    useHalfPrecision(own);
    return own;
  };
  const { kind, name, threads } = device;
  return {
    ...{ kind, name, threads, precision: 'float16' },
    load: (graph) => device.load(rewritten(graph)),
    train: async (graph, initial) => {
      const inner: TrainingGraph = { ...graph, graph: rewritten(graph.graph) };
      return new ScaledTrainingState(await device.train(inner, initial));
    },
  };
}

/** Weights in training whose losses are scaled up on their way in, and gradients down on their way out. */
export class ScaledTrainingState implements TrainingState {
  private lossScale = first;

  constructor(private readonly inner: TrainingState) {}

  async accumulate(feeds: HostTensors, uniqueIds: Int32Array): Promise<MicroBatchResult> {
    const { scale } = this.lossScale;
    const given = feeds['scale'];
    if (!(given?.data instanceof Float32Array)) throw new Error('the batch has no scale of its losses');
    const scaled = { ...given, data: given.data.map((x) => x * scale) };
    const result = await this.inner.accumulate({ ...feeds, scale: scaled }, uniqueIds);
    return { ...result, loss: result.loss / scale };
  }

  discard(): void {
    this.inner.discard();
  }

  async update(settings: UpdateSettings): Promise<number> {
    const { scale, updates } = this.lossScale;
    const norm = await this.inner.update({ ...settings, gradientScale: (settings.gradientScale ?? 1) / scale });
    if (Number.isFinite(norm))
      this.lossScale = updates + 1 < updatesToGrow ? { scale, updates: updates + 1 } : { scale: scale * 2, updates: 0 };
    return norm;
  }

  lowerLossScale(): boolean {
    const { scale } = this.lossScale;
    if (scale <= 1) return false;
    this.lossScale = { scale: scale / 2, updates: 0 };
    return true;
  }

  async gradients(): Promise<ReadonlyMap<string, Float32Array>> {
    const { scale } = this.lossScale;
    const scaled = await this.inner.gradients();
    return new Map([...scaled].map(([name, data]) => [name, data.map((x) => x / scale)]));
  }

  values(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.inner.values();
  }

  async snapshot(): Promise<StateSnapshot> {
    return { ...(await this.inner.snapshot()), lossScale: this.lossScale };
  }

  async restore(snapshot: StateSnapshot): Promise<void> {
    await this.inner.restore(snapshot);
    this.lossScale = snapshot.lossScale ?? first;
  }

  get bytes(): number {
    return this.inner.bytes;
  }

  get traffic(): Traffic | undefined {
    return this.inner.traffic;
  }

  release(): Promise<void> {
    return this.inner.release();
  }
}
