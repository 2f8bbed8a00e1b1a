import { defineConfig } from 'vitest/config';
import { softwareGpu } from './scripts/softwareGpu.mjs';

// The processes that run test files inherit it: libraries are looked up where a process was told at its start.
Object.assign(process.env, softwareGpu());

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/parity/**/*.test.ts'],
    // ONNX Runtime uses every core by itself; test files that run it side by side only slow each other down.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
