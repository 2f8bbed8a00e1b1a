import type { Graph } from '../graph/graph.ts';
import { gradientName, type TrainingGraph } from '../training/trainingGraph.ts';
import type {
  HostTensor,
  HostTensors,
  MicroBatchResult,
  StateSnapshot,
  Traffic,
  TrainingState,
  UpdateSettings,
} from './device.ts';
import { DeviceFailedError } from './deviceFailed.ts';
import { takeMasksAsBits, withBits } from './dropoutBits.ts';
import { GpuSession, type GpuTensor } from './gpuSession.ts';
import { GpuTools, type ParameterTensors } from './gpuTools.ts';
import { microBatchResult } from './microBatchResult.ts';
import { elementsOf, joined, packParameters, parts, usePacks, type Pack } from './packs.ts';
import { squaresGraph, squaresInput } from './updateGraphs.ts';
import { sessionOptions } from './webgpuOptions.ts';

interface PackState {
  readonly pack: Pack;
  tensors: ParameterTensors;
  /** What was gathered since the last update. */
  gradient?: GpuTensor;
}

/**
 * Weights in training on a GPU. Weights, gradients and moments stay in its memory: up go the batch, dropout masks and a
 * few constants, down come the loss, the rows' losses, logits, and one number per pack for the gradient's norm.
 * AdamW runs pack by pack, so that old and new weights lie side by side for one pack only.
 */
export class WebGpuTrainingState implements TrainingState {
  private constructor(
    private readonly session: GpuSession,
    private readonly squares: GpuSession,
    private readonly tools: GpuTools,
    private readonly graph: TrainingGraph,
    private readonly states: readonly PackState[],
  ) {}

  /** Compiles the graph and copies the first weights to the device. */
  static async open(
    tools: GpuTools,
    graph: TrainingGraph,
    initial: ReadonlyMap<string, Float32Array>,
  ): Promise<WebGpuTrainingState> {
    const packs = packParameters(graph.parameters);
    const stay = new Set(packs.map(({ input }) => gradientName(input)));
    const session = await GpuSession.open(trainingOnGpu(graph), sessionOptions, tools.counters, (output) =>
      stay.has(output),
    );
    const squares = await GpuSession.open(
      squaresGraph(packs.map(({ matrix }) => matrix)),
      sessionOptions,
      tools.counters,
    );
    const states: PackState[] = [];
    for (const pack of packs) {
      const first = joined(pack, (parameter) => {
        const data = initial.get(parameter.name);
        if (data?.length !== elementsOf(parameter))
          throw new Error(`initial value of ${parameter.name} is missing or of the wrong size`);
        return data;
      });
      const zeros = new Float32Array(pack.elements);
      const tensors = {
        value: await tools.upload(first),
        mean: await tools.upload(zeros),
        variance: await tools.upload(zeros),
      };
      states.push({ pack, tensors });
    }
    return new WebGpuTrainingState(session, squares, tools, graph, states);
  }

  get traffic(): Traffic {
    return this.tools.counters;
  }

  get bytes(): number {
    return this.states.reduce((sum, { pack }) => sum + 4 * 4 * pack.elements, 0);
  }

  async accumulate(feeds: HostTensors, uniqueIds: Int32Array): Promise<MicroBatchResult> {
    const weights = this.states.map(({ pack, tensors }) => [pack.input, tensors.value.as(pack.shape)] as const);
    const { onDevice, onHost } = await this.session.run({
      ...withBits(feeds, this.graph.dropoutSites),
      ...Object.fromEntries(weights),
    });
    const left = new Set(Object.values(onDevice));
    try {
      for (const state of this.states) {
        const found = onDevice[gradientName(state.pack.input)]!;
        const gradient = await this.whole(state.pack, found, feeds, uniqueIds);
        left.delete(found);
        left.add(gradient);
        state.gradient = state.gradient === undefined ? gradient : await this.tools.add(state.gradient, gradient);
        left.delete(gradient);
      }
    } finally {
      // Where memory runs out in between, what was not added yet is nobody's.
      for (const tensor of left) tensor.dispose();
    }
    const numbers = (name: string): Float32Array => onHost[name]!.data as Float32Array;
    return microBatchResult(this.graph, numbers);
  }

  discard(): void {
    for (const state of this.states) {
      state.gradient?.dispose();
      state.gradient = undefined;
    }
  }

  async update(settings: UpdateSettings): Promise<number> {
    const { step, learningRate, beta1, beta2, epsilon, weightDecay, clipNorm, gradientScale = 1 } = settings;
    const norm = (await this.gradientNorm()) * gradientScale;
    if (!Number.isFinite(norm)) {
      this.discard();
      return norm;
    }
    const constants = await this.tools.constants({
      // As torch.nn.utils.clip_grad_norm_, with its 1e-6.
      'gradient scale': gradientScale * (clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1),
      decay: 1 - learningRate * weightDecay,
      'one minus beta1': 1 - beta1,
      beta2,
      'one minus beta2': 1 - beta2,
      'step size': learningRate / (1 - beta1 ** step),
      'root correction': Math.sqrt(1 - beta2 ** step),
      epsilon,
    });
    for (const state of this.states) {
      const decays = state.pack.decay && weightDecay !== 0;
      state.tensors = await this.tools.adamw(state.tensors, gathered(state), constants, decays);
      state.gradient = undefined;
    }
    for (const tensor of Object.values(constants)) tensor.dispose();
    return norm;
  }

  async gradients(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.read(gathered);
  }

  async values(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.read(({ tensors }) => tensors.value);
  }

  async snapshot(): Promise<StateSnapshot> {
    return {
      value: await this.values(),
      mean: await this.read(({ tensors }) => tensors.mean),
      variance: await this.read(({ tensors }) => tensors.variance),
    };
  }

  async restore(snapshot: StateSnapshot): Promise<void> {
    for (const state of this.states) {
      const fresh = async (key: 'value' | 'mean' | 'variance'): Promise<GpuTensor> => {
        const data = joined(state.pack, (parameter) => {
          const saved = snapshot[key].get(parameter.name);
          if (saved?.length !== elementsOf(parameter)) throw new Error(`checkpoint lacks ${key} of ${parameter.name}`);
          return saved;
        });
        return this.tools.upload(data);
      };
      const old = state.tensors;
      state.tensors = { value: await fresh('value'), mean: await fresh('mean'), variance: await fresh('variance') };
      for (const tensor of Object.values(old) as GpuTensor[]) tensor.dispose();
    }
  }

  async release(): Promise<void> {
    for (const { tensors, gradient } of this.states) {
      for (const tensor of Object.values(tensors) as GpuTensor[]) tensor.dispose();
      gradient?.dispose();
    }
    await this.tools.drain().catch((thrown: unknown) => {
      // A device that is lost has nothing left to do; why it was lost was told by whatever failed before.
      if (!(thrown instanceof DeviceFailedError)) throw thrown;
    });
    await this.squares.release();
    await this.session.release();
  }

  private async gradientNorm(): Promise<number> {
    const feeds = this.states.map((state, i) => {
      return [squaresInput(i), gathered(state).as(state.pack.matrix)] as const;
    });
    const { onHost } = await this.squares.run(Object.fromEntries(feeds));
    const squares = onHost['squares']!.data as Float32Array;
    return Math.sqrt(squares.reduce((sum, x) => sum + x, 0));
  }

  private async read(which: (state: PackState) => GpuTensor): Promise<Map<string, Float32Array>> {
    const arrays = new Map<string, Float32Array>();
    for (const state of this.states) {
      const all = await this.tools.download(which(state));
      for (const [name, data] of parts(state.pack, all)) arrays.set(name, data);
    }
    // In the order of the model, which is that of every device.
    return new Map(this.graph.parameters.map(({ name }) => [name, arrays.get(name)!]));
  }

  /** A pack's gradient, whole also where the graph gives it by rows of a table. */
  private async whole(
    { parameters, shape }: Pack,
    found: GpuTensor,
    feeds: HostTensors,
    uniqueIds: Int32Array,
  ): Promise<GpuTensor> {
    const rowsOf = parameters[0]?.rowsOf;
    if (rowsOf === undefined) return found;
    const input: HostTensor | undefined = {
      words: undefined,
      positions: feeds['position_ids'],
      tokenTypes: feeds['token_type_range'],
    }[rowsOf];
    const ids = rowsOf === 'words' ? uniqueIds : (input!.data as Int32Array);
    return this.tools.spread(found, ids, shape[0]!);
  }
}

/** The training graph as a GPU takes it: small parameters in packs, dropout masks as one byte per element. */
export function trainingOnGpu({ graph, dropoutSites, parameters }: TrainingGraph): Graph {
  const own = graph.copy();
  takeMasksAsBits(own, dropoutSites);
  usePacks(own, packParameters(parameters));
  return own;
}

function gathered({ gradient, pack }: PackState): GpuTensor {
  if (gradient === undefined) throw new Error(`no gradient of ${pack.input} was gathered since the last update`);
  return gradient;
}
