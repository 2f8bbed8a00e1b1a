import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { denseMatrix, selectRows } from '../../../src/core/probe/features.ts';
import { fitLogisticRegression, logisticLogits } from '../../../src/core/probe/logisticRegression.ts';
import { chooseC, outOfFold, predictMeanOfFolds } from '../../../src/core/probe/outOfFold.ts';
import { assignFolds } from '../../../src/core/sampling.ts';

const random = new Random(11);
const n = 90;
const d = 8;
const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
const features = denseMatrix(
  Float64Array.from({ length: n * d }, (_, i) => random.normal() + (i % d === labels[Math.floor(i / d)] ? 1.5 : 0)),
  n,
  d,
);
const foldOf = assignFolds({ labels, classCount: 3, folds: 3, seed: 1 });

describe('out-of-fold probe', () => {
  it('predicts every row with the model that was trained on the other folds', () => {
    const { logits, models } = outOfFold({ features, labels, classCount: 3, foldOf, folds: 3 });
    for (let fold = 0; fold < 3; fold++) {
      const others = [...labels.keys()].filter((row) => foldOf[row] !== fold);
      const byHand = fitLogisticRegression(
        selectRows(features, others),
        others.map((row) => labels[row]),
        3,
      );
      expect(models[fold].coefficients).toEqual(byHand.coefficients);
      const expected = logisticLogits(byHand, features);
      for (const row of labels.keys()) {
        if (foldOf[row] !== fold) continue;
        for (let c = 0; c < 3; c++) expect(logits[3 * row + c]).toBeCloseTo(expected[3 * row + c], 12);
      }
    }
  });

  it('with one fold predicts in-sample', () => {
    const { logits, models } = outOfFold({ features, labels, classCount: 3, foldOf: new Int32Array(n), folds: 1 });
    expect(models).toHaveLength(1);
    expect(logits).toEqual(logisticLogits(fitLogisticRegression(features, labels, 3), features));
  });

  it('other rows get the mean of the fold models’ probabilities, each at the temperature', () => {
    const { models } = outOfFold({ features, labels, classCount: 3, foldOf, folds: 3 });
    const fresh = selectRows(features, [0, 5]);
    const logP = predictMeanOfFolds(models, fresh, 2);
    for (let row = 0; row < 2; row++) {
      for (let c = 0; c < 3; c++) {
        let mean = 0;
        for (const model of models) {
          const e = Array.from(logisticLogits(model, fresh).slice(3 * row, 3 * row + 3), (z) => Math.exp(z / 2));
          mean += e[c] / (e[0] + e[1] + e[2]) / 3;
        }
        expect(Math.exp(logP[3 * row + c])).toBeCloseTo(mean, 13);
      }
    }
  });
});

describe('choice of C', () => {
  it('takes the smallest out-of-fold loss of the grid, and its models are those of a fresh fit', () => {
    const chosen = chooseC({ features, labels, classCount: 3, folds: 3, seed: 1 });
    const smallest = chosen.losses.reduce((a, b) => (b.logLoss < a.logLoss ? b : a));
    expect(chosen.C).toBe(smallest.C);
    expect(chosen.C).toBeGreaterThan(0.1 - 1e-12);
    expect(chosen.C).toBeLessThan(300);
    expect(chosen.foldOf).toEqual(foldOf);
    const fresh = outOfFold({ features, labels, classCount: 3, foldOf, folds: 3, settings: { C: chosen.C } });
    fresh.logits.forEach((z, i) => expect(Math.abs(z - chosen.logits[i])).toBeLessThan(1e-3));
  });

  it('prefers strong regularisation where the labels are noise', () => {
    const noise = Int32Array.from({ length: n }, () => random.integer(3));
    const { C, losses } = chooseC({ features, labels: noise, classCount: 3, folds: 5, seed: 1 });
    expect(C).toBe(0.1);
    // The search ends once the loss has risen twice in a row.
    expect(losses.map((tried) => tried.C)).toEqual([0.1, 0.3, 1]);
  });

  it('needs two folds', () => {
    expect(() => chooseC({ features, labels, classCount: 3, folds: 1, seed: 1 })).toThrow(RangeError);
  });
});
