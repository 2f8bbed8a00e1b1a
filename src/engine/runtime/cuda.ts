import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.ts';
import { serialize } from '../graph/onnx.ts';
import { CpuTrainingState } from './cpuTraining.ts';
import { cudaEnvironment, cudaReason } from './cudaLibraries.ts';
import type { Device } from './device.ts';
import { DeviceFailedError } from './deviceFailed.ts';
import { takeMasksAsBits, withBits } from './dropoutBits.ts';
import { HostProgram, type HostSession } from './hostProgram.ts';
import { sessionOptions } from './webgpuOptions.ts';

export interface CudaOptions {
  /** For people: which GPU it is. */
  readonly name?: string;
  /** ONNX Runtime's execution providers, the first that has a kernel; CUDA, then the processor, unless given. */
  readonly providers?: NonNullable<ort.InferenceSession.SessionOptions['executionProviders']>;
}

/** What moved over the bus. */
interface Moved {
  up: number;
  down: number;
}

/**
 * An NVIDIA GPU through ONNX Runtime's CUDA execution provider. onnxruntime-node 1.30 hands over nothing that stays on
 * this device, so weights live with the processor, which applies AdamW: they go up at every pass, gradients come down.
 * Nothing is opened before the first graph; where a library or a GPU is missing, opening that fails.
 */
export function cudaDevice({ name = 'CUDA', providers = ['cuda', 'cpu'] }: CudaOptions = {}): Device {
  const moved: Moved = { up: 0, down: 0 };
  const open = async (graph: Graph): Promise<HostSession> => {
    for (const [variable, value] of Object.entries(cudaEnvironment)) process.env[variable] ??= value;
    const options = { ...sessionOptions, executionProviders: providers };
    return new CudaSession(await orFailed(name, ort.InferenceSession.create(serialize(graph), options)), name, moved);
  };
  return {
    kind: 'cuda',
    name,
    threads: 1,
    load: async (graph) => new HostProgram(await open(graph)),
    train: async (graph, initial) => {
      const own = graph.graph.copy();
      takeMasksAsBits(own, graph.dropoutSites);
      return new CpuTrainingState(await open(own), graph, initial, {
        traffic: moved,
        inputs: (feeds) => withBits(feeds, graph.dropoutSites),
      });
    },
  };
}

/** A session that counts what goes through it, and whose failures are the device's: the graphs are ours, and tested. */
class CudaSession implements HostSession {
  constructor(
    private readonly session: HostSession,
    private readonly name: string,
    private readonly moved: Moved,
  ) {}

  async run(...[feeds, fetches]: Parameters<HostSession['run']>): ReturnType<HostSession['run']> {
    this.moved.up += bytesOf(feeds);
    const running = fetches === undefined ? this.session.run(feeds) : this.session.run(feeds, fetches);
    const results = await orFailed(this.name, running);
    this.moved.down += bytesOf(results);
    return results;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function bytesOf(tensors: Readonly<Record<string, ort.Tensor>>): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + (data as Uint8Array).byteLength, 0);
}

async function orFailed<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw new DeviceFailedError(name, new Error(cudaReason(thrown), { cause: thrown }));
  }
}
