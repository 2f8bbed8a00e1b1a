import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { Slab, slabBytes } from '../../../src/engine/kernels/kernels.ts';
import { sameBits } from './support.ts';

/** Whole SIMD blocks, remainders of every size, and less than a block. */
const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 66, 67, 1000, 1001];

interface State {
  value: Float32Array;
  gradient: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
}

const keys = ['value', 'gradient', 'mean', 'variance'] as const;

function allocate(slab: Slab, length: number): State {
  const [value, gradient, mean, variance] = keys.map(() => slab.allocate(length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { value, gradient, mean, variance };
}

// 1 − learningRate · weightDecay is exact in float32: its rounding, which PyTorch has too, is not what is tested.
const options = {
  ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ learningRate: 2 ** -10, weightDecay: 2 ** -3, gradientScale: 0.5 },
};

function constants(step: number): Parameters<Slab['adamw']>[1] {
  const { beta1, beta2, epsilon, learningRate, weightDecay, gradientScale } = options;
  return {
    ...{ beta1, beta2, epsilon, gradientScale, decay: 1 - learningRate * weightDecay },
    stepSize: learningRate / (1 - beta1 ** step),
    rootCorrection: Math.sqrt(1 - beta2 ** step),
  };
}

/** AdamW (Loshchilov & Hutter 2019, algorithm 2) in float64, written from the paper: moments corrected, then the step. */
function reference(
  value: readonly number[],
  gradients: readonly (readonly number[])[],
): { w: number; m: number; v: number }[] {
  const { beta1, beta2, epsilon, learningRate, weightDecay, gradientScale } = options;
  return value.map((start, i) => {
    let [w, m, v] = [start, 0, 0];
    gradients.forEach((gradient, at) => {
      const g = gradient[i]! * gradientScale;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const [mHat, vHat] = [m / (1 - beta1 ** (at + 1)), v / (1 - beta2 ** (at + 1))];
      w = w - learningRate * weightDecay * w - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
    });
    return { w, m, v };
  });
}

describe('adamw', () => {
  it.each(lengths)('30 steps against float64, %i elements', (length) => {
    const random = new Random(length, 'adamw');
    const draw = (deviation: number): number[] =>
      Array.from({ length }, () => Math.fround(deviation * random.normal()));
    const slab = new Slab(slabBytes([length, length, length, length, 16]));
    const state = allocate(slab, length);
    const guard = slab.allocate(16).fill(7);
    const start = draw(0.5);
    state.value.set(start);
    // Gradients of very different sizes, as those of embeddings and of layer norms are.
    const steps = Array.from({ length: 30 }, () => draw(1).map((x, i) => Math.fround(x * 10 ** -(i % 6))));
    steps.forEach((gradient, at) => {
      state.gradient.set(gradient);
      slab.adamw(state, constants(at + 1));
      expect([...state.gradient]).toEqual(gradient);
    });
    const wanted = reference(start, steps);
    expect(Math.max(...wanted.map(({ w }, i) => Math.abs(w - start[i]!)))).toBeGreaterThan(1e-3);
    wanted.forEach(({ w, m, v }, i) => {
      // 30 times two roundings of a weight of about 1, each by up to 6e-8.
      expect(Math.abs(state.value[i]! - w)).toBeLessThan(8e-7 * Math.max(1, Math.abs(w)));
      expect(Math.abs(state.mean[i]! - m)).toBeLessThan(2e-6 * Math.sqrt(v));
      expect(Math.abs(state.variance[i]! / v - 1)).toBeLessThan(1e-6);
    });
    expect([...guard], 'memory after the arrays').toEqual(Array<number>(16).fill(7));
  });

  it('an element gets the same bits in a SIMD block as in the remainder', () => {
    const long = 64;
    for (const short of [1, 2, 3, 5, 6, 7, 61, 62, 63]) {
      const [a, b] = [long, short].map((length) => {
        const random = new Random(3, 'same');
        const slab = new Slab(slabBytes(Array<number>(4).fill(length)));
        const state = allocate(slab, length);
        for (let step = 1; step <= 5; step++) {
          for (let i = 0; i < long; i++) {
            const [w, g] = [random.normal(), random.normal()];
            if (i >= length) continue;
            if (step === 1) state.value[i] = w;
            state.gradient[i] = g;
          }
          slab.adamw(state, constants(step));
        }
        return state;
      }) as [State, State];
      for (const key of keys) expect(sameBits(a[key].slice(0, short), b[key].slice()), key).toBe(true);
    }
  });

  it('without gradient and decay a weight keeps its bits, also the smallest', () => {
    const slab = new Slab(slabBytes([5, 5, 5, 5]));
    const state = allocate(slab, 5);
    state.value.set([1e-40, -3, 0.1, 1e30, -1e-45]);
    const before = state.value.slice();
    for (let step = 1; step <= 3; step++) slab.adamw(state, { ...constants(step), decay: 1 });
    expect(sameBits(state.value, before)).toBe(true);
  });

  it('refuses an array of other memory', () => {
    const slab = new Slab(1024);
    const state = { ...allocate(slab, 4), mean: new Float32Array(4) };
    expect(() => {
      slab.adamw(state, constants(1));
    }).toThrow(/not of this slab/);
  });
});

describe('sumOfSquares', () => {
  it.each([0, ...lengths])('%i elements', (length) => {
    const random = new Random(length, 'squares');
    const slab = new Slab(slabBytes([length, 16]));
    const x = slab.allocate(length);
    slab.allocate(16).fill(1e9); // not to be counted
    for (let i = 0; i < length; i++) x[i] = random.normal();
    const wanted = x.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(slab.sumOfSquares(x) - wanted)).toBeLessThanOrEqual(1e-14 * wanted);
  });

  it('is summed in float64: neither overflows nor loses small terms', () => {
    const slab = new Slab(slabBytes([1003]));
    const x = slab.allocate(1003).fill(1e-3);
    x[0] = 1e30;
    expect(slab.sumOfSquares(x) / Math.fround(1e30) ** 2).toBeCloseTo(1, 12);
    x[0] = 100;
    expect(slab.sumOfSquares(x)).toBeCloseTo(1e4 + 1002 * Math.fround(1e-3) ** 2, 9);
    x[501] = NaN;
    expect(slab.sumOfSquares(x)).toBeNaN();
  });
});
