import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { denseMatrix } from '../../../src/core/probe/features.ts';
import { measureLearningCurve, type LearningCurveInput } from '../../../src/jobs/learningCurve.ts';

/** Rows of two labels in many dimensions, apart in one of them: more rows tell the one from the others. */
function input(rows: number, width = 20): LearningCurveInput {
  const random = new Random(5, 'rows');
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const values = Float32Array.from({ length: rows * width }, (_, at) => {
    const noise = 0.5 * random.normal();
    return at % width === 0 ? noise + (labels[Math.floor(at / width)] === 0 ? -0.45 : 0.45) : noise;
  });
  return {
    ...{ features: denseMatrix(values, rows, width), labels, classCount: 2, folds: 5 },
    ...{ kind: 'probe', used: 'fine-tuned', seed: 3 },
  };
}

test('a quarter, half, three quarters and all of the rows outside a fold; better with more; the same again', async () => {
  const curve = await measureLearningCurve(input(200));
  expect(curve.points.map(({ rows }) => rows)).toEqual([40, 80, 120, 160]);
  expect([curve.kind, curve.used]).toEqual(['probe', 'fine-tuned']);
  const [first, last] = [curve.points[0], curve.points[3]];
  expect(last.macroF1).toBeGreaterThan(first.macroF1 + 0.02);
  expect(last.logLoss).toBeLessThan(first.logLoss);
  for (const { low, macroF1, high } of curve.points) {
    expect(low).toBeLessThan(macroF1);
    expect(high).toBeGreaterThan(macroF1);
  }
  expect(curve.projected?.gain).toBeGreaterThan(0);
  expect(curve.projected?.error).toBeGreaterThan(0);
  expect(await measureLearningCurve(input(200))).toEqual(curve);
});

test('sizes with fewer than two rows a label are left out; from one or two sizes nothing is projected', async () => {
  const { points, projected } = await measureLearningCurve(input(8));
  // 6 rows outside a fold of two: half are 3, too few.
  expect(points.map(({ rows }) => rows)).toEqual([5, 6]);
  expect(projected).toBeUndefined();
  expect((await measureLearningCurve(input(2))).points).toEqual([]);
});

test('ends where it is told to', async () => {
  await expect(measureLearningCurve({ ...input(40), signal: AbortSignal.abort() })).rejects.toThrow(/cancel/i);
});
