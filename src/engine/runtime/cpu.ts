import { availableParallelism, cpus } from 'node:os';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.ts';
import { serialize } from '../graph/onnx.ts';
import { CpuTrainingState } from './cpuTraining.ts';
import type { Device } from './device.ts';
import { HostProgram } from './hostProgram.ts';

export interface CpuOptions {
  /** Threads inside one operation. Default: every core. Results are bit-identical for the same number. */
  readonly threads?: number;
  /**
   * Whether ONNX Runtime takes its memory in large blocks that it keeps. Default: yes, except under Electron, whose
   * allocator aborts the process on blocks of about 2 GiB. Results do not depend on it.
   */
  readonly arena?: boolean;
}

/** The CPU through ONNX Runtime's default execution provider. */
export function cpuDevice(options: CpuOptions = {}): Device {
  const { threads = availableParallelism(), arena = process.versions['electron'] === undefined } = options;
  const open = async (graph: Graph): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(serialize(graph), sessionOptions(threads, arena));
  return {
    kind: 'cpu',
    name: cpus()[0]?.model.trim() ?? 'CPU',
    threads,
    load: async (graph) => new HostProgram(await open(graph)),
    train: async (graph, initial) => new CpuTrainingState(await open(graph.graph), graph, initial),
  };
}

function sessionOptions(threads: number, arena: boolean): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Shapes differ from batch to batch; a memory pattern would be kept for each.
    enableMemPattern: false,
    enableCpuMemArena: arena,
    logSeverityLevel: 3,
  };
}
