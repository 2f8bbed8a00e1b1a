import type { InferenceSession } from 'onnxruntime-node';

/** How every session on WebGPU is opened. */
export const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['webgpu'],
  // What is left to the processor is arithmetic on shapes.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  enableCpuMemArena: process.versions['electron'] === undefined,
  // What goes wrong is thrown as well, and told in one line.
  logSeverityLevel: 4,
};
