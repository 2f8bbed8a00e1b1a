import { describe, expect, it } from 'vitest';
import { say } from '../../../src/core/table/sentence.ts';
import {
  learningCurve,
  learningCurveAdvice,
  type CurveMeasurement,
} from '../../../src/core/weighting/learningCurve.ts';

/** 100 rows of each of two labels. */
const labels = Array.from({ length: 200 }, (_, row) => row % 2);

/** Logits that are wrong about the first so many rows of each label: macro-F1 is 1 − wrong / 100. */
function logits(wrong: number): Float64Array {
  return Float64Array.from(
    labels.flatMap((label, row) => {
      const says = row < 2 * wrong ? 1 - label : label;
      return says === 0 ? [1, -1] : [-1, 1];
    }),
  );
}

/** F1(m) = 0.9 − 1/√m at m = 25, 100, 400. */
const measured: CurveMeasurement[] = [
  { rows: 400, logits: [logits(15), logits(15)] },
  { rows: 25, logits: [logits(30), logits(30)] },
  { rows: 100, logits: [logits(20), logits(20)] },
];
const input = { measured, labels, classCount: 2, kind: 'probe', used: 'probe', seed: 1 } as const;

describe('learning curve', () => {
  it('goes by the number of rows, with what was measured there', () => {
    const { points } = learningCurve(input);
    expect(points.map(({ rows }) => rows)).toEqual([25, 100, 400]);
    [0.7, 0.8, 0.85].forEach((f1, i) => {
      expect(points[i].macroF1).toBeCloseTo(f1, 12);
      expect(points[i].accuracy).toBeCloseTo(f1, 12);
      expect([points[i].low, points[i].high]).toEqual([points[i].macroF1, points[i].macroF1]);
      // A temperature that makes the top label as sure as it is right.
      expect(points[i].logLoss).toBeCloseTo(-(f1 * Math.log(f1) + (1 - f1) * Math.log(1 - f1)), 6);
    });
  });

  it('is continued by a − b/√m', () => {
    const { projected } = learningCurve(input);
    // Of 100 further rows the models would see as many as they see of these: 400 of 200.
    expect(projected?.rows).toBe(100);
    expect(projected?.gain).toBeCloseTo(100 * (1 / Math.sqrt(400) - 1 / Math.sqrt(600)), 10);
    expect(learningCurve({ ...input, further: 200 }).projected?.gain).toBeCloseTo(
      100 * (1 / Math.sqrt(400) - 1 / Math.sqrt(800)),
      10,
    );
  });

  it('is surer of its projection the more rows judge it', () => {
    const fourfold = (of: ArrayLike<number>): number[] => [0, 1, 2, 3].flatMap(() => Array.from(of));
    const judged = learningCurve({
      ...input,
      labels: fourfold(labels),
      measured: measured.map(({ rows, logits: of }) => ({
        rows,
        logits: of.map((one) => Float64Array.from(fourfold(one))),
      })),
    }).projected;
    const perStep = (error: number | undefined, after: number): number =>
      (error ?? NaN) / (1 / Math.sqrt(400) - 1 / Math.sqrt(after));
    // A share's standard error falls with the root of the rows; 200 resamples leave 5 % of noise in each of the two.
    const ratio = perStep(learningCurve(input).projected?.error, 600) / perStep(judged?.error, 450);
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThan(2.3);
  });

  it('counts the spread of repeats in full', () => {
    const uneven = measured.map((of) => (of.rows === 400 ? { ...of, logits: [logits(10), logits(20)] } : of));
    const even = learningCurve(input).projected;
    const found = learningCurve({ ...input, measured: uneven }).projected;
    expect(found?.gain).toBeCloseTo(even?.gain ?? NaN, 10);
    // Slopes of the repeats: x = (0.2, 0.1, 0.05), F1 of the last point ± 0.05.
    const x = [0.2, 0.1, 0.05].map((value) => value - 0.35 / 3);
    const change = (0.05 * x[2]) / x.reduce((sum, value) => sum + value ** 2, 0);
    const step = 100 * (1 / Math.sqrt(400) - 1 / Math.sqrt(600));
    const sd = Math.abs(step * change) * Math.SQRT2;
    expect(found?.error).toBeGreaterThan(sd);
    expect(found?.error).toBeLessThan(Math.hypot(sd, 2 * (even?.error ?? NaN)));
  });

  it('is not continued from two points', () => {
    expect(learningCurve({ ...input, measured: measured.slice(0, 2) }).projected).toBeUndefined();
    expect(learningCurve({ ...input, measured: [] })).toEqual({
      points: [],
      kind: 'probe',
      used: 'probe',
      projected: undefined,
    });
  });
});

describe('advice on labelling more', () => {
  const advice = (gain: number, error: number, used: 'probe' | 'fine-tuned' = 'probe'): string =>
    say(learningCurveAdvice({ points: [], kind: 'probe', used, projected: { rows: 100, gain, error } }));

  it('says what it would bring, that it is little, or that nobody knows', () => {
    expect(advice(1.53, 0.58)).toBe(
      '100 more labelled rows would add about 1.5 ± 0.6 points of macro-F1 to the quality checker.',
    );
    expect(advice(0.4, 0.3)).toBe(
      '100 more labelled rows would add little to the quality checker: about 0.4 ± 0.3 points of macro-F1.',
    );
    expect(advice(-0.01, 0.3)).toContain('about 0.0 ± 0.3 points');
    expect(advice(-0.6, 1.8)).toBe(
      '100 more labelled rows may add −0.6 ± 1.8 points of macro-F1 to the quality checker, or nothing: the real rows are too few to tell.',
    );
    expect(say(learningCurveAdvice({ points: [], kind: 'probe', used: 'probe' }))).toBe(
      'Too few real rows to tell what more of them would bring.',
    );
  });

  it('says where another kind of checker was measured than is used', () => {
    expect(advice(1.5, 0.5, 'fine-tuned')).toBe(
      '100 more labelled rows would add about 1.5 ± 0.5 points of macro-F1 to the quality checker. Measured with logistic regression on embeddings in place of the fine-tuned checker.',
    );
  });
});
