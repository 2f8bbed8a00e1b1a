import { kernelBinary } from './binary.generated.ts';

interface KernelExports {
  adamw(
    ...args: [
      p: number,
      g: number,
      m: number,
      v: number,
      n: number,
      gradientScale: number,
      decay: number,
      oneMinusBeta1: number,
      beta2: number,
      oneMinusBeta2: number,
      stepSize: number,
      rootCorrection: number,
      epsilon: number,
    ]
  ): void;
  sumOfSquares(x: number, n: number): number;
  dropoutMask(out: number, n: number, keyLow: number, keyHigh: number, threshold: number, keep: number): void;
}

const pageBytes = 65536;
const alignment = 64;

/** Bytes a slab needs for float32 arrays of these lengths. */
export function slabBytes(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + align(length * 4), 0);
}

/** Largest slab by choice. Electron's allocator aborts on very large blocks, and WebAssembly memories end at 4 GiB. */
const maxSlabBytes = 2 ** 29;

/**
 * Cuts a list of sizes into runs of neighbours that share a slab: as many as fit into 512 MiB, at least one.
 * @param sizes Bytes of each item.
 * @returns Items `start` to `end` (excluded) and their sum.
 */
export function groupIntoSlabs(sizes: readonly number[]): { start: number; end: number; bytes: number }[] {
  const groups: { start: number; end: number; bytes: number }[] = [];
  sizes.forEach((size, i) => {
    const last = groups.at(-1);
    if (last !== undefined && last.bytes + size <= maxSlabBytes) {
      last.end = i + 1;
      last.bytes += size;
    } else groups.push({ start: i, end: i + 1, bytes: size });
  });
  return groups;
}

/**
 * A block of memory that WebAssembly loops and ONNX Runtime both work on in place: nothing is copied between them.
 * It never grows, since growing would detach the arrays handed out.
 */
export class Slab {
  private readonly memory: WebAssembly.Memory;
  private readonly kernels: KernelExports;
  private used = 0;

  /** @param bytes Capacity; see {@link slabBytes}. Below 4 GiB. */
  constructor(bytes: number) {
    const pages = Math.max(1, Math.ceil(bytes / pageBytes));
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(compiled(), { env: { memory: this.memory } });
    this.kernels = instance.exports as unknown as KernelExports;
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** A zero-filled array inside the slab. */
  allocate(length: number): Float32Array {
    const array = new Float32Array(this.memory.buffer, this.used, length);
    this.used += align(length * 4);
    return array;
  }

  /** Forgets what was allocated, to hand the same memory out again; contents stay. */
  reset(): void {
    this.used = 0;
  }

  /** One AdamW step on one parameter. See assembly/kernels.ts. All four arrays are of this slab. */
  adamw(
    arrays: { value: Float32Array; gradient: Float32Array; mean: Float32Array; variance: Float32Array },
    c: AdamWConstants & { decay: number },
  ): void {
    const { value, gradient, mean, variance } = arrays;
    this.kernels.adamw(
      this.pointer(value),
      this.pointer(gradient),
      this.pointer(mean),
      this.pointer(variance),
      value.length,
      c.gradientScale,
      c.decay,
      1 - c.beta1,
      c.beta2,
      1 - c.beta2,
      c.stepSize,
      c.rootCorrection,
      c.epsilon,
    );
  }

  /** Σ x². */
  sumOfSquares(x: Float32Array): number {
    return this.kernels.sumOfSquares(this.pointer(x), x.length);
  }

  /** Fills `out` with a dropout mask: 1/(1−p) where kept, 0 where dropped. See assembly/kernels.ts. */
  dropoutMask(out: Float32Array, key: readonly [number, number], probability: number): void {
    const threshold = Math.round(probability * 65536);
    this.kernels.dropoutMask(this.pointer(out), out.length, key[0], key[1], threshold, 1 / (1 - probability));
  }

  private pointer(array: Float32Array): number {
    if (array.buffer !== this.memory.buffer) throw new Error('array is not of this slab');
    return array.byteOffset;
  }
}

/** What an AdamW step needs beside the arrays; `stepSize` = lr/(1−β1ᵗ), `rootCorrection` = √(1−β2ᵗ). */
export interface AdamWConstants {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly stepSize: number;
  readonly rootCorrection: number;
  readonly epsilon: number;
}

let module: WebAssembly.Module | undefined;

// Compiled once per process: the module is immutable, so this is a cache, not state.
function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBinary), (char) => char.charCodeAt(0)));
  return module;
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
