import { describe, expect, it } from 'vitest';
import { cartography } from '../../../src/core/metrics/cartography.ts';

/** P̂θ(y|x) by epoch, rows beside each other. */
function of(
  epochs: readonly (readonly number[])[],
  correct: readonly (readonly number[])[],
): Parameters<typeof cartography>[0] {
  return {
    epochs: epochs.length,
    rows: epochs[0].length,
    logProbability: Float64Array.from(epochs.flat(), Math.log),
    correct: correct.flat(),
  };
}

describe('cartography', () => {
  it('is mean, standard deviation and share of right answers over the epochs', () => {
    // Easy, hard, ambiguous; 0.9, 0.5, 0.1: mean 0.5, variance (0.16 + 0 + 0.16) / 3.
    const found = cartography(
      of(
        [
          [0.9, 0.1, 0.9],
          [0.9, 0.1, 0.5],
          [0.9, 0.1, 0.1],
        ],
        [
          [1, 0, 1],
          [1, 0, 1],
          [1, 0, 0],
        ],
      ),
    );
    expect([...found.confidence].map((x) => x.toFixed(6))).toEqual(['0.900000', '0.100000', '0.500000']);
    expect(found.variability[0]).toBeCloseTo(0, 7);
    expect(found.variability[1]).toBeCloseTo(0, 7);
    expect(found.variability[2]).toBeCloseTo(Math.sqrt(0.32 / 3), 6);
    expect([...found.correctness]).toEqual([1, 0, Math.fround(2 / 3)]);
  });

  it('has variability 0.5 at most: probabilities that jump between 0 and 1', () => {
    const { confidence, variability } = cartography(of([[1], [0], [1], [0]], [[1], [0], [1], [0]]));
    expect([confidence[0], variability[0]]).toEqual([0.5, 0.5]);
  });

  it('leaves out epochs of which nothing is known, and says so of rows of which nothing is', () => {
    const { confidence, variability, correctness } = cartography({
      ...{ epochs: 2, rows: 2 },
      logProbability: [NaN, NaN, Math.log(0.25), NaN],
      correct: [0, 0, 1, 0],
    });
    expect([confidence[0], variability[0], correctness[0]]).toEqual([0.25, 0, 1]);
    expect([confidence[1], variability[1], correctness[1]]).toEqual([NaN, NaN, NaN]);
  });
});
