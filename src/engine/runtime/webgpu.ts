import type { Graph } from '../graph/graph.ts';
import type { Device, HostTensor, HostTensors, Program } from './device.ts';
import { GpuSession, DeviceCounters } from './gpuSession.ts';
import { GpuTools } from './gpuTools.ts';
import { heldByAll, largestInGraph, largestInTraining, tryArray } from './largestArray.ts';
import { sessionOptions } from './webgpuOptions.ts';
import { WebGpuTrainingState } from './webgpuTraining.ts';

export interface WebGpuOptions {
  /** For people: which adapter it is, as far as was found out. */
  readonly name?: string;
}

/**
 * A GPU through ONNX Runtime's WebGPU execution provider (Direct3D 12, Metal or Vulkan): the adapter that it prefers.
 * Nothing is opened before the first graph; where there is no adapter, opening that fails. A model with an array that is
 * too large for the adapter is refused with a ModelTooLargeError before anything of it is opened.
 */
export function webgpuDevice({ name = 'WebGPU' }: WebGpuOptions = {}): Device {
  let tools: Promise<GpuTools> | undefined;
  let held = heldByAll;
  const holds = async (bytes: number): Promise<void> => {
    if (bytes <= held) return;
    await tryArray(bytes, name);
    held = bytes;
  };
  return {
    kind: 'webgpu',
    name,
    threads: 1,
    load: async (graph) => {
      await holds(largestInGraph(graph));
      return WebGpuProgram.open(graph);
    },
    train: async (graph, initial) => {
      await holds(largestInTraining(graph));
      // Kept open from the first training on: the last session to close would take compiled pipelines with it.
      const opened = await (tools ??= GpuTools.open(sessionOptions));
      return WebGpuTrainingState.open(opened, graph, initial);
    },
  };
}

class WebGpuProgram implements Program {
  private constructor(private readonly session: GpuSession) {}

  static async open(graph: Graph): Promise<WebGpuProgram> {
    return new WebGpuProgram(await GpuSession.open(graph, sessionOptions, new DeviceCounters()));
  }

  async run(feeds: HostTensors): Promise<Record<string, HostTensor>> {
    const { onHost } = await this.session.run(feeds);
    return onHost;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
