import { describe, expect, it } from 'vitest';
import { mostPoints } from '../../../src/core/metrics/thinnedCurve.ts';
import { LiveCurves } from '../../../src/host/train/liveCurves.ts';
import type { JobProgress } from '../../../src/protocol/jobs.ts';

const step = (done: number, loss: number, total = 300): JobProgress => ({
  stage: 'classifier, imp',
  unit: 'steps',
  ...{ done, total, loss },
});

describe('live curves', () => {
  it('draws the steps of the classifier, not those of its checkers', () => {
    const curves = new LiveCurves(3);
    curves.progress({ ...step(5, 9), stage: 'quality checker, fold 1 of 5' });
    curves.progress({ stage: 'evaluation', unit: 'rows', done: 10, total: 400 });
    curves.progress(step(1, 0.7));
    curves.progress(step(2, 0.6));
    expect(curves.view).toEqual({
      losses: [
        { step: 1, loss: 0.7 },
        { step: 2, loss: 0.6 },
      ],
      ...{ step: 2, steps: 300, epochs: [], stepsPerEpoch: 100 },
    });
  });

  it('stays small and keeps the mean when there are very many steps', () => {
    const curves = new LiveCurves();
    const total = 100_000;
    let sum = 0;
    for (let i = 1; i <= total; i++) {
      const loss = Math.sin(i) + 1;
      sum += loss;
      curves.progress(step(i, loss, total));
    }
    const { losses } = curves.view;
    expect(losses.length).toBeLessThanOrEqual(mostPoints);
    expect(losses.length).toBeGreaterThan(mostPoints / 2 - 1);
    expect(losses.at(-1)?.step).toBe(total);
    expect(losses.every(({ step: at }, i) => i === 0 || at > losses[i - 1].step)).toBe(true);
    // Each point stands for 256 steps, the last for what is left.
    const weights = losses.map(({ step: at }, i) => at - (i === 0 ? 0 : losses[i - 1].step));
    const weighted = losses.reduce((all, { loss }, i) => all + loss * weights[i], 0);
    expect(weighted / total).toBeCloseTo(sum / total, 9);
  });

  it('begins anew with a job that does', () => {
    const curves = new LiveCurves();
    for (const i of [10, 20, 30]) curves.progress(step(i, 1));
    curves.progress(step(5, 2));
    expect(curves.view.losses).toEqual([{ step: 5, loss: 2 }]);
  });

  it('goes on where a resumed job does', () => {
    const curves = new LiveCurves();
    curves.progress(step(120, 0.4));
    expect(curves.view).toMatchObject({ losses: [{ step: 120, loss: 0.4 }], step: 120 });
  });

  it('shows what went before from the checkpoint on, and goes on with it', () => {
    const curves = new LiveCurves(3);
    const resumed = {
      ...{ stage: 'classifier, imp', step: 120, steps: 300, encoderRows: 3840 },
      losses: [
        { step: 64, value: 0.9, count: 64 },
        { step: 120, value: 0.5, count: 56 },
      ],
      epochs: [{ epoch: 1, accuracy: 0.8, macroF1: 0.7, logLoss: 0.4, trainLoss: 0.9 }],
    };
    curves.resumed({ ...resumed, stage: 'quality checker, fold 1 of 5' });
    expect(curves.view).toMatchObject({ losses: [], epochs: [] });
    curves.resumed(resumed);
    // Eight more steps fill the last point, which stands for 64 like the one before.
    for (let i = 121; i <= 129; i++) curves.progress(step(i, 1.3));
    const { losses, ...rest } = curves.view;
    expect(losses.map(({ step: at }) => at)).toEqual([64, 128, 129]);
    expect(losses[1].loss).toBeCloseTo((56 * 0.5 + 8 * 1.3) / 64, 12);
    expect(rest).toMatchObject({ step: 129, steps: 300, stepsPerEpoch: 100, epochs: [{ epoch: 1, accuracy: 0.8 }] });
  });

  it('learns the steps of an epoch from the first epoch where it was not told', () => {
    const curves = new LiveCurves();
    curves.progress(step(100, 0.5));
    expect(curves.view.stepsPerEpoch).toBeUndefined();
    curves.evaluation({ epoch: 1, accuracy: 0.8 });
    expect(curves.view.stepsPerEpoch).toBe(100);
  });

  it('replaces the epochs that a resumed job trains again', () => {
    const curves = new LiveCurves();
    curves.evaluation({ epoch: 1, accuracy: 0.7 });
    curves.evaluation({ epoch: 2, accuracy: 0.8 });
    curves.evaluation({ epoch: 2, accuracy: 0.82 });
    expect(curves.view.epochs).toEqual([
      { epoch: 1, accuracy: 0.7 },
      { epoch: 2, accuracy: 0.82 },
    ]);
  });

  it('draws no loss that is not finite', () => {
    const curves = new LiveCurves();
    curves.progress(step(1, NaN));
    expect(curves.view).toMatchObject({ losses: [], step: 1 });
  });
});
