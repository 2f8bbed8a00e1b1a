import { describe, expect, it } from 'vitest';
import { Slab, slabBytes } from '../../../src/engine/kernels/kernels.ts';
import type { DropoutSite } from '../../../src/engine/models/encoder.ts';
import { DropoutMasks } from '../../../src/engine/training/dropoutMasks.ts';
import { sameBits } from './support.ts';

/** The generator as its documentation states it, in 32-bit integer arithmetic of plain JavaScript. */
function documented(length: number, [low, high]: readonly [number, number], probability: number): Float32Array {
  const mix = (x: number): number => {
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return x ^ (x >>> 16);
  };
  const threshold = Math.round(probability * 65536);
  return Float32Array.from({ length }, (_, i) => {
    const word = mix(mix((i >> 1) + low) ^ high);
    const bits = i % 2 === 0 ? word & 0xffff : word >>> 16;
    return bits >= threshold ? 1 / (1 - probability) : 0;
  });
}

function fill(length: number, key: readonly [number, number], probability: number): Float32Array {
  const slab = new Slab(slabBytes([length, 16]));
  const out = slab.allocate(length);
  const guard = slab.allocate(16).fill(7);
  slab.dropoutMask(out, key, probability);
  expect([...guard], 'memory after the mask').toEqual(Array<number>(16).fill(7));
  return out.slice();
}

const sites: readonly DropoutSite[] = [
  { name: 'embeddings', shape: ['tokens', 16], probability: 0.1 },
  { name: 'layer.0.probabilities', shape: ['batch', 2, 'sequence', 'sequence'], probability: 0.1 },
  { name: 'layer.0.output', shape: ['tokens', 16], probability: 0.1 },
  { name: 'layer.1.output', shape: ['tokens', 16], probability: 0.1 },
  { name: 'head', shape: ['batch', 16], probability: 0.5 },
];

/** Every site's mask, copied. */
function draw(seed: number, step: number, batch = 32, sequence = 32): Map<string, Float32Array> {
  const masks = new DropoutMasks(sites, seed).draw(step, batch, sequence);
  return new Map(Object.entries(masks).map(([name, { data }]) => [name, (data as Float32Array).slice()]));
}

const dropped = (mask: Float32Array): number[] => [...mask].map((x) => (x === 0 ? 1 : 0));

/** Pearson correlation of two indicator vectors, in standard deviations of what chance gives (1/√n). */
function correlation(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  const mean = (x: readonly number[]): number => x.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    both += (a[i]! - meanA) * (b[i]! - meanB);
    squaresA += (a[i]! - meanA) ** 2;
    squaresB += (b[i]! - meanB) ** 2;
  }
  return (both / Math.sqrt(squaresA * squaresB)) * Math.sqrt(n);
}

describe('the mask generator', () => {
  it.each([1, 2, 3, 7, 8, 9, 15, 16, 17, 1023, 1024])('gives the documented bits, %i elements', (length) => {
    for (const key of [
      [0, 0],
      [1, -1],
      [0x7ffffffe, 12345],
      [-5, 0x55555555],
    ] as const) {
      for (const p of [0.1, 0.25, 0.5]) expect(sameBits(fill(length, key, p), documented(length, key, p))).toBe(true);
    }
  });

  it('gives an element the same value whatever the length: SIMD blocks equal the scalar remainder', () => {
    const long = fill(64, [11, 22], 0.5);
    for (let length = 1; length < 64; length++) {
      expect(sameBits(fill(length, [11, 22], 0.5), long.slice(0, length)), String(length)).toBe(true);
    }
  });

  it.each([0.05, 0.1, 0.2, 0.3, 0.5, 0.9])('drops a share of %s, and scales what is kept by 1/(1 − p)', (p) => {
    const n = 200_000;
    for (const key of [
      [1, 2],
      [3, 4],
      [-77, 99],
    ] as const) {
      const mask = fill(n, key, p);
      const kept = mask.filter((x) => x !== 0);
      for (const x of new Set(kept)) expect(x).toBe(Math.fround(1 / (1 - p)));
      expect(Math.abs(kept.length - n * (1 - p))).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    }
  });

  it('p = 0 keeps everything as it is', () => {
    expect(fill(100, [1, 2], 0)).toEqual(new Float32Array(100).fill(1));
  });
});

describe('dropout masks', () => {
  it('shapes follow the batch', () => {
    const masks = new DropoutMasks(sites, 1).draw(0, 3, 5);
    expect(Object.values(masks).map((mask) => mask.shape)).toEqual([
      [15, 16],
      [3, 2, 5, 5],
      [15, 16],
      [15, 16],
      [3, 16],
    ]);
    for (const { shape, data } of Object.values(masks)) expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
  });

  it('are a pure function of seed, step and site: what was drawn before does not matter', () => {
    const masks = new DropoutMasks(sites, 9);
    for (const step of [0, 1, 2, 5]) masks.draw(step, 64, 7);
    const again = masks.draw(3, 32, 32);
    const fresh = draw(9, 3);
    for (const [name, mask] of fresh) expect(sameBits(again[name]!.data as Float32Array, mask), name).toBe(true);
  });

  it('one site does not depend on which others there are', () => {
    const alone = new DropoutMasks([sites[2]!], 9).draw(3, 32, 32);
    for (const [name, { data }] of Object.entries(alone)) {
      expect(sameBits(data as Float32Array, draw(9, 3).get(name)!)).toBe(true);
    }
  });

  it('differ between seeds, steps and sites, uncorrelated', () => {
    const drawn: [string, number[]][] = [];
    for (const seed of [0, 1, 2, 42, -1]) {
      for (const step of [0, 1, 2, 3]) {
        for (const [name, mask] of draw(seed, step)) {
          if (!name.endsWith('head'))
            drawn.push([`seed ${String(seed)}, step ${String(step)}, ${name}`, dropped(mask)]);
        }
      }
    }
    // 80 masks, 3160 pairs: by chance the largest of as many normal deviates is about 3.9; 5.5 happens once in 10,000 tries.
    for (let i = 0; i < drawn.length; i++) {
      for (let j = 0; j < i; j++) {
        const [[a, x], [b, y]] = [drawn[i]!, drawn[j]!];
        expect(Math.abs(correlation(x, y)), `${a}; ${b}`).toBeLessThan(5.5);
      }
    }
  });

  it('neighbours within a mask, along a row, down a column and across steps, are uncorrelated', () => {
    const steps = [0, 1, 2, 3, 4, 5, 6, 7].map((step) => dropped(draw(42, step).get('mask of layer.0.output')!));
    for (const mask of steps) {
      for (const lag of [1, 2, 3, 4, 8, 16, 32, 512]) {
        expect(Math.abs(correlation(mask, mask.slice(lag))), `lag ${String(lag)}`).toBeLessThan(4.5);
      }
    }
    // Each element over steps: how often it was dropped in many steps has the binomial's variance.
    const many = Array.from({ length: 200 }, (_, step) => dropped(draw(7, step, 8, 8).get('mask of head')!));
    const counts = many[0]!.map((_, i) => many.reduce((sum, mask) => sum + mask[i]!, 0));
    const variance = counts.reduce((sum, x) => sum + (x - 100) ** 2, 0) / counts.length;
    // Var = 200/4 = 50; its own standard error over 128 elements is 50·√(2/128).
    expect(Math.abs(variance - 50)).toBeLessThan(5 * 50 * Math.sqrt(2 / 128));
  });
});
