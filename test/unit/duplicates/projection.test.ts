import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { mainDirections } from '../../../src/core/duplicates/projection.ts';

it('finds orthonormal directions, also of rows that have fewer than are asked for', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (seed, rank, count) => {
      const random = new Random(seed, 'rows');
      const width = 6;
      const base = Array.from({ length: rank * width }, () => random.normal());
      const values = new Float32Array(40 * width);
      for (let row = 0; row < 40; row++) {
        for (let r = 0; r < rank; r++) {
          const factor = random.normal();
          for (let k = 0; k < width; k++) values[row * width + k] += factor * base[r * width + k];
        }
      }
      const found = mainDirections(values, width, count);
      for (let a = 0; a < count; a++) {
        for (let b = 0; b <= a; b++) {
          let product = 0;
          for (let k = 0; k < width; k++) product += found[a * width + k] * found[b * width + k];
          expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
        }
      }
    }),
    { numRuns: 50 },
  );
});

it('puts the directions of most variation first in what they explain', () => {
  const random = new Random(1, 'rows');
  const width = 20;
  const values = Float32Array.from({ length: 500 * width }, (_, i) => random.normal() * (i % width < 3 ? 10 : 0.1));
  const found = mainDirections(values, width, 3);
  // All of the three directions lies in the three coordinates that vary.
  for (let d = 0; d < 3; d++) {
    const inside = [0, 1, 2].reduce((sum, k) => sum + found[d * width + k] ** 2, 0);
    expect(inside).toBeGreaterThan(0.999);
  }
});
