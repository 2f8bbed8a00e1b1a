import type { Checkpoint } from '../../../src/store/checkpoint.ts';

/** A state of about 2 MB in which every value follows from the step: a mixture of two states is recognised. */
export function stateOf(step: number): Checkpoint {
  return {
    meta: { step, history: Array.from({ length: 10 }, (_, i) => step + i / 8) },
    tensors: new Map([
      ['weights', { dtype: 'float32', shape: [500, 1000], data: new Float32Array(500_000).fill(step + 0.25) }],
      ['order', { dtype: 'int32', shape: [1000], data: new Int32Array(1000).map((_, i) => step - i) }],
      ['mask', { dtype: 'uint8', shape: [3, 5], data: new Uint8Array(15).fill(step % 256) }],
    ]),
  };
}
