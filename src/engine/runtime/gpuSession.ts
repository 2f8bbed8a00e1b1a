/**
 * ONNX Runtime sessions whose results may stay in the memory of a GPU. What must be known of onnxruntime-node 1.30 is
 * known here: its `getData` of a tensor on the GPU aborts the process, so what is to be read comes out of a session whose
 * output lies on the host; and a tensor on the GPU may be handed in again under another shape of the same size.
 */
import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.ts';
import { useStandardOperators } from '../graph/lower.ts';
import { serialize } from '../graph/onnx.ts';
import type { HostBits, HostTensor, Traffic } from './device.ts';
import { DeviceFailedError } from './deviceFailed.ts';
import { fromOrt, toOrt } from './ortTensor.ts';

/** What moved, and what lies on the device. */
export class DeviceCounters implements Traffic {
  up = 0;
  down = 0;
  /** Tensors on the device that were not disposed. */
  tensors = 0;
}

/** A tensor of float32 in the device's memory. Not freed by itself: call {@link dispose} once, when no run needs it. */
export class GpuTensor {
  constructor(
    private readonly tensor: ort.Tensor,
    private readonly counters: DeviceCounters,
  ) {
    counters.tensors++;
  }

  get shape(): readonly number[] {
    return this.tensor.dims;
  }

  /** The same memory under another shape, for one run. It does not keep the memory alive. */
  as(shape: readonly number[]): ort.Tensor {
    return ort.Tensor.fromGpuBuffer(this.tensor.gpuBuffer, { dataType: 'float32', dims: shape });
  }

  /** The tensor as a run's input. */
  get whole(): ort.Tensor {
    return this.tensor;
  }

  dispose(): void {
    this.tensor.dispose();
    this.counters.tensors--;
  }
}

/** What a run gives back: tensors that stayed on the device, and results on the host. */
export interface GpuResults {
  readonly onDevice: Readonly<Record<string, GpuTensor>>;
  readonly onHost: Readonly<Record<string, HostTensor>>;
}

/** The graph as a GPU runs it: FusedMatMul, for which WebGPU has no kernel, is written out. */
export function withKernels(graph: Graph): Graph {
  const own = graph.copy();
  useStandardOperators(own);
  return own;
}

/** One graph on a GPU. */
export class GpuSession {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly counters: DeviceCounters,
  ) {}

  /**
   * Compiles a graph, rewritten {@link withKernels}; the graph itself is left alone.
   * @param stay Outputs that stay on the device.
   * @throws DeviceFailedError
   */
  static async open(
    graph: Graph,
    options: ort.InferenceSession.SessionOptions,
    counters: DeviceCounters,
    stay: (output: string) => boolean = () => false,
  ): Promise<GpuSession> {
    const own = withKernels(graph);
    const preferredOutputLocation = Object.fromEntries(
      own.outputs.map(({ name }) => [name, stay(name) ? ('gpu-buffer' as const) : ('cpu' as const)]),
    );
    const file = serialize(own);
    const session = await orFailed(ort.InferenceSession.create(file, { ...options, preferredOutputLocation }));
    return new GpuSession(session, counters);
  }

  /**
   * Runs the graph once. Inputs on the device are left there and not disposed.
   * @throws DeviceFailedError
   */
  async run(feeds: Readonly<Record<string, HostTensor | HostBits | ort.Tensor>>): Promise<GpuResults> {
    const inputs: Record<string, ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) {
      if ('location' in tensor) inputs[name] = tensor;
      else {
        inputs[name] = toOrt(tensor);
        this.counters.up += tensor.data.byteLength;
      }
    }
    const onDevice: Record<string, GpuTensor> = {};
    const onHost: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(await orFailed(this.session.run(inputs)))) {
      if (tensor.location === 'gpu-buffer') onDevice[name] = new GpuTensor(tensor, this.counters);
      else {
        const host = fromOrt(tensor);
        onHost[name] = host;
        this.counters.down += host.data.byteLength;
      }
    }
    return { onDevice, onHost };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** What ONNX Runtime throws is the device's failure: the graphs are ours, and tested. */
async function orFailed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw new DeviceFailedError('the GPU', thrown);
  }
}
