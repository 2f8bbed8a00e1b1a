import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import {
  type CsrMatrix,
  type DenseMatrix,
  addTransposedProduct,
  denseMatrix,
  multiply,
  selectRows,
} from '../../../src/core/probe/features.ts';
import { minimise } from '../../../src/core/probe/lbfgs.ts';
import {
  ABSENT_LABEL_INTERCEPT,
  fitLogisticRegression,
  logisticLogits,
} from '../../../src/core/probe/logisticRegression.ts';
import { logSoftmax } from '../../../src/core/weighting/softmax.ts';
import { readFixture } from '../../fixtures/core/read.ts';

interface Case {
  rowCount: number;
  columnCount: number;
  classCount: number;
  C: number;
  features: number[];
  labels: number[];
  weights: number[] | null;
  coefficients: number[];
  intercepts: number[];
  fresh: number[];
  probabilities: number[];
}

function toCsr({ rowCount, columnCount, values }: DenseMatrix): CsrMatrix {
  const rowStart = new Int32Array(rowCount + 1);
  const columns: number[] = [];
  const kept: number[] = [];
  for (let i = 0; i < rowCount; i++) {
    for (let j = 0; j < columnCount; j++) {
      if (values[i * columnCount + j] === 0) continue;
      columns.push(j);
      kept.push(values[i * columnCount + j]);
    }
    rowStart[i + 1] = columns.length;
  }
  return {
    kind: 'csr',
    rowCount,
    columnCount,
    rowStart,
    columns: Int32Array.from(columns),
    values: Float64Array.from(kept),
  };
}

describe('logistic regression against scikit-learn', () => {
  for (const reference of readFixture<Case[]>('logistic.json')) {
    const { rowCount, columnCount: d, classCount, C, labels, weights } = reference;
    const dense = denseMatrix(Float64Array.from(reference.features), rowCount, d);
    const sampleWeights = weights ?? undefined;

    for (const features of [dense, toCsr(dense)]) {
      it(`${classCount} classes, C = ${C}${weights ? ', sample weights' : ''}, ${features.kind}, default tolerance`, () => {
        const model = fitLogisticRegression(features, labels, classCount, { C, sampleWeights });
        expect(model.converged).toBe(true);
        // scikit-learn keeps one vector for two classes: the difference of ours.
        const coefficients =
          classCount === 2 ? model.coefficients.slice(d).map((w, j) => w - model.coefficients[j]) : model.coefficients;
        const intercepts =
          classCount === 2 ? [model.intercepts[1] - model.intercepts[0]] : Array.from(model.intercepts);
        coefficients.forEach((w, i) => expect(Math.abs(w - reference.coefficients[i])).toBeLessThan(1e-4));
        intercepts.forEach((b, i) => expect(Math.abs(b - reference.intercepts[i])).toBeLessThan(1e-4));
        const logP = logSoftmax(
          logisticLogits(model, denseMatrix(Float64Array.from(reference.fresh), 5, d)),
          5,
          classCount,
        );
        logP.forEach((value, i) => expect(Math.abs(Math.exp(value) - reference.probabilities[i])).toBeLessThan(1e-4));
      });
    }

    it(`${classCount} classes: a tight tolerance brings the coefficients to 1e-6`, () => {
      const model = fitLogisticRegression(dense, labels, classCount, { C, sampleWeights, tolerance: 1e-10 });
      const coefficients =
        classCount === 2 ? model.coefficients.slice(d).map((w, j) => w - model.coefficients[j]) : model.coefficients;
      coefficients.forEach((w, i) => expect(Math.abs(w - reference.coefficients[i])).toBeLessThan(1e-6));
    });
  }
});

describe('logistic regression, properties', () => {
  const random = new Random(3);
  const features = denseMatrix(
    Float64Array.from({ length: 61 * 7 }, () => random.normal()),
    61,
    7,
  );
  const labels = Array.from({ length: 61 }, (_, i) =>
    features.values[7 * i] + random.normal() > 0.3 ? 1 : i % 5 === 0 ? 2 : 0,
  );

  it('an integer weight equals repeating the row', () => {
    const weights = labels.map((_, i) => 1 + (i % 3));
    const repeated = labels.flatMap((_, i) => new Array<number>(weights[i]).fill(i));
    const weighted = fitLogisticRegression(features, labels, 3, { sampleWeights: weights, tolerance: 1e-10 });
    const copied = fitLogisticRegression(
      selectRows(features, repeated),
      repeated.map((row) => labels[row]),
      3,
      { tolerance: 1e-10 },
    );
    weighted.coefficients.forEach((w, i) => expect(w).toBeCloseTo(copied.coefficients[i], 7));
  });

  it('strong regularisation leaves only the priors, in the intercepts', () => {
    const model = fitLogisticRegression(features, labels, 3, { C: 1e-9, tolerance: 1e-12 });
    const logP = logSoftmax(logisticLogits(model, selectRows(features, [0])), 1, 3);
    for (let label = 0; label < 3; label++) {
      expect(Math.exp(logP[label])).toBeCloseTo(labels.filter((y) => y === label).length / 61, 6);
    }
  });

  it('float32 features and float64 features agree to their precision', () => {
    const single = denseMatrix(Float32Array.from(features.values), 61, 7);
    const a = fitLogisticRegression(single, labels, 3);
    const b = fitLogisticRegression(features, labels, 3);
    a.coefficients.forEach((w, i) => expect(Math.abs(w - b.coefficients[i])).toBeLessThan(1e-4));
  });

  it('a label without rows gets next to no probability, and the others are fitted as if it did not exist', () => {
    const two = labels.map((label) => (label === 2 ? 0 : label));
    const withGap = fitLogisticRegression(
      features,
      two.map((label) => label * 2),
      3,
    );
    const without = fitLogisticRegression(features, two, 2);
    expect(Array.from(withGap.coefficients.slice(0, 7))).toEqual(Array.from(without.coefficients.slice(0, 7)));
    expect(withGap.intercepts[1]).toBe(ABSENT_LABEL_INTERCEPT);
    const logP = logSoftmax(logisticLogits(withGap, features), 61, 3);
    for (let row = 0; row < 61; row++) {
      expect(logP[3 * row + 1]).toBeLessThan(-30);
      expect(Number.isFinite(logP[3 * row + 1])).toBe(true);
    }
    const one = fitLogisticRegression(features, new Array<number>(61).fill(1), 3);
    expect(Math.exp(logSoftmax(logisticLogits(one, features), 61, 3)[1])).toBeCloseTo(1, 15);
  });

  it('starting from the solution takes no steps', () => {
    for (const classCount of [2, 3]) {
      const y = labels.map((label) => label % classCount);
      const first = fitLogisticRegression(features, y, classCount, { tolerance: 1e-8 });
      const again = fitLogisticRegression(features, y, classCount, { tolerance: 1e-7, start: first });
      expect(first.iterations).toBeGreaterThan(3);
      expect(again.iterations).toBe(0);
    }
  });

  it('refuses wrong shapes, labels and weights', () => {
    expect(() => fitLogisticRegression(features, [0, 1], 2)).toThrow(RangeError);
    expect(() => fitLogisticRegression(features, labels, 2)).toThrow(RangeError);
    expect(() => fitLogisticRegression(features, labels, 3, { C: 0 })).toThrow(RangeError);
    expect(() => fitLogisticRegression(features, labels, 3, { sampleWeights: labels.map(() => 0) })).toThrow(
      RangeError,
    );
    expect(() => denseMatrix(new Float64Array(5), 2, 3)).toThrow(RangeError);
  });
});

describe('features', () => {
  it('products of dense and sparse rows agree with the definition, for row counts around the blocking', () => {
    const random = new Random(4);
    for (const n of [1, 3, 4, 5, 9]) {
      const [d, m] = [6, 3];
      const dense = denseMatrix(
        Float64Array.from({ length: n * d }, () => (random.uniform() < 0.5 ? 0 : random.normal())),
        n,
        d,
      );
      const weights = Float64Array.from({ length: m * d }, () => random.normal());
      const residual = Float64Array.from({ length: n * m }, () => random.normal());
      for (const features of [dense, toCsr(dense)]) {
        const out = new Float64Array(n * m);
        multiply(features, weights, m, out);
        const transposed = new Float64Array(m * d).fill(1);
        addTransposedProduct(features, residual, m, transposed);
        for (let k = 0; k < m; k++) {
          for (let i = 0; i < n; i++) {
            let sum = 0;
            for (let j = 0; j < d; j++) sum += dense.values[i * d + j] * weights[k * d + j];
            expect(out[i * m + k]).toBeCloseTo(sum, 12);
          }
          for (let j = 0; j < d; j++) {
            let sum = 1;
            for (let i = 0; i < n; i++) sum += residual[i * m + k] * dense.values[i * d + j];
            expect(transposed[k * d + j]).toBeCloseTo(sum, 12);
          }
        }
      }
    }
  });

  it('selects rows in order, with repetition', () => {
    const dense = denseMatrix(Float32Array.from([1, 0, 2, 3, 0, 0]), 3, 2);
    const picked = selectRows(dense, [2, 0, 0]) as DenseMatrix;
    expect(Array.from(picked.values)).toEqual([0, 0, 1, 0, 1, 0]);
    expect(picked.values).toBeInstanceOf(Float32Array);
    expect(selectRows(toCsr(dense), [2, 0, 0])).toEqual(toCsr(denseMatrix(Float64Array.from(picked.values), 3, 2)));
  });
});

describe('L-BFGS', () => {
  it('finds the minimum of an ill-conditioned quadratic', () => {
    const scale = [1, 1e2, 1e4];
    const centre = [3, -2, 1];
    const result = minimise(
      new Float64Array(3),
      (x, gradient) => {
        let value = 0;
        for (let i = 0; i < 3; i++) {
          gradient[i] = scale[i] * (x[i] - centre[i]);
          value += (scale[i] * (x[i] - centre[i]) ** 2) / 2;
        }
        return value;
      },
      { tolerance: 1e-8, maxIterations: 200 },
    );
    expect(result.converged).toBe(true);
    result.x.forEach((value, i) => expect(value).toBeCloseTo(centre[i], 7));
  });

  it('says when the iterations were not enough', () => {
    const result = minimise(
      Float64Array.of(5),
      (x, gradient) => {
        gradient[0] = 4 * x[0] ** 3;
        return x[0] ** 4;
      },
      { tolerance: 1e-12, maxIterations: 2 },
    );
    expect(result).toMatchObject({ converged: false, iterations: 2 });
  });
});
