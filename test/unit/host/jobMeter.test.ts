import { describe, expect, it } from 'vitest';
import { JobMeter, rateText } from '../../../src/host/jobs/jobMeter.ts';

const estimate = { ask: false, seconds: 300, memoryBytes: 0, diskBytes: 0, forwardRows: 3000, backwardRows: 2000 };

/** A meter whose clock the test moves. */
function meterAt() {
  let time = 0;
  const meter = new JobMeter(() => time);
  return {
    meter,
    at: (seconds: number) => {
      time = seconds;
      return meter;
    },
  };
}
const steps = (done: number, total: number, encoderRows: number, rate?: number) => ({
  ...{ stage: 'quality checker, fold 1 of 5', done, total, unit: 'steps' as const, encoderRows, rate },
});

describe('JobMeter', () => {
  it('shows stage, share and rate, and of a short job the time left in the stage', () => {
    const { meter } = meterAt();
    expect(meter.shown).toEqual({});
    meter.note('Starting');
    expect(meter.shown).toEqual({ stage: 'Starting' });
    meter.progress({ stage: 'near-duplicates', done: 250, total: 1000, unit: 'rows', rate: 50 });
    expect(meter.shown).toEqual({ stage: 'Near-duplicates', fraction: 0.25, rate: '50 rows/s', secondsLeft: 15 });
  });

  it('trusts the estimate at first, then the pace', () => {
    const { meter, at } = meterAt();
    at(5).estimate(estimate);
    // The work: 2000 rows forward and backward, 3000 forward at a third: 3000 in all.
    at(6).progress(steps(1, 100, 30));
    expect(meter.shown.secondsLeft).toBeCloseTo(300 * (1 - 30 / 3000), 6);
    // A third of the work in 200 s instead of 100: twice as slow as estimated.
    at(205).progress(steps(50, 100, 1000));
    expect(meter.shown.secondsLeft).toBeCloseTo(400, 6);
  });

  it('adds rows up over stages, forward ones at a third, and over a stage that comes again', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    meter.progress(steps(50, 100, 600));
    meter.progress({ stage: 'evaluation', done: 300, total: 300, unit: 'rows', encoderRows: 300 });
    meter.progress(steps(100, 100, 1200));
    meter.progress({ stage: 'evaluation', done: 150, total: 300, unit: 'rows', encoderRows: 150 });
    meter.progress({ stage: 'evaluation', done: 300, total: 300, unit: 'rows', encoderRows: 300 });
    // What no encoder does is no work of the estimate.
    at(100).progress({ stage: 'neighbours', done: 1, total: 300, unit: 'rows' });
    // 600 + 100 + 600 + 100.
    expect(meter.shown.secondsLeft).toBeCloseTo((100 * (3000 - 1400)) / 1400, 6);
  });

  it('keeps apart what a stage of one name counts in rows and in steps', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    meter.progress(steps(30, 60, 480));
    meter.progress({ ...steps(40, 40, 40), unit: 'rows' });
    at(100).progress(steps(31, 60, 496));
    expect(meter.shown.secondsLeft).toBeCloseTo((100 * (3000 - 496 - 40 / 3)) / (496 + 40 / 3), 6);
  });

  it('does not count the time that the answer took', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    at(1000).approved();
    at(1100).progress(steps(50, 100, 1000));
    expect(meter.shown.secondsLeft).toBeCloseTo(200, 6);
  });

  it('takes off what an earlier try has done of a training', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    // Of 3000 rows of work, 1000 lie before the checkpoint.
    meter.resumed({ encoderRows: 1000 });
    at(100).progress(steps(75, 100, 1000));
    expect(meter.shown.secondsLeft).toBeCloseTo(100, 6);
  });

  it('takes off all that earlier tries of the run have saved, and the training in it only once', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    // Of 3000 rows of work, 1400 forward and backward and 300 forward were saved: 1500 are left.
    meter.begun({ forward: 300, backward: 1400 });
    meter.progress({ stage: 'quality checker, fold 4 of 5', done: 0, total: 100, unit: 'steps', encoderRows: 0 });
    expect(meter.shown.secondsLeft).toBeCloseTo(150, 6);
    meter.resumed({ encoderRows: 600 });
    at(100).progress(steps(75, 100, 500));
    expect(meter.shown.secondsLeft).toBeCloseTo(200, 6);
  });

  it('has nothing left where the run had saved more than was estimated', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    meter.begun({ forward: 9000, backward: 1000 });
    at(1).progress({ stage: 'scoring', done: 100, total: 400, unit: 'rows', encoderRows: 100, rate: 50 });
    expect(meter.shown.secondsLeft).toBe(0);
  });

  it('does not take the pace of the longest rows, which come first, for that of a forward pass', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    at(10).progress({ stage: 'scoring', done: 30, total: 3000, unit: 'rows', encoderRows: 30, rate: 3 });
    expect(meter.shown.secondsLeft).toBeCloseTo(300 * (1 - 10 / 3000), 6);
  });

  it('goes by the steps of the last stage once it trains, evaluations between them included', () => {
    let time = 0;
    const meter = new JobMeter(
      () => time,
      (stage) => stage.startsWith('classifier'),
    );
    const classifier = (done: number) => ({ ...steps(done, 300, (done - 120) * 32, 2), stage: 'classifier, imp' });
    // Most of the estimate's work was done before the window was reloaded.
    meter.estimate({ ...estimate, seconds: 3000 });
    meter.progress(classifier(121));
    time = 5;
    meter.progress(classifier(131));
    expect(meter.shown.secondsLeft).toBeCloseTo(0.5 * 169, 6);
    // An evaluation of ten seconds: the next ones will take as long.
    meter.progress({ stage: 'evaluation', done: 400, total: 400, unit: 'rows', encoderRows: 400 });
    time = 15;
    meter.progress(classifier(141));
    expect(meter.shown.secondsLeft).toBeCloseTo((15 / 20) * 159, 6);
  });

  it('never ends before the stage does', () => {
    const { meter, at } = meterAt();
    at(0).estimate(estimate);
    at(100).progress(steps(10, 1000, 3000, 0.5));
    expect(meter.shown.secondsLeft).toBeCloseTo(1980, 6);
  });
});

describe('JobMeter of a comparison', () => {
  const training = { stage: 'seed 1, classifier, ce', done: 30, total: 180, unit: 'steps' as const, rate: 10 };

  it('shows the share of its trainings, and of one without an estimate the time by their pace', () => {
    const { meter, at } = meterAt();
    at(10).compared({ done: 0, total: 8 });
    meter.progress(training);
    // Nothing is known of how long the others take: not the time left in the stage.
    expect(meter.shown).toMatchObject({ stage: 'Seed 1, classifier, ce', fraction: 0, secondsLeft: undefined });
    at(50).compared({ done: 2, total: 8 });
    expect(meter.shown).toMatchObject({ fraction: 0.25, secondsLeft: 6 * 20 });
    // A third of the next one has gone by, then more than there was to be.
    at(57);
    expect(meter.shown.secondsLeft).toBeCloseTo(5 * 20 + 13, 6);
    at(90);
    expect(meter.shown.secondsLeft).toBe(100);
  });

  it('does not take what was done before for its pace', () => {
    const { meter, at } = meterAt();
    at(0).compared({ done: 6, total: 8 });
    meter.progress(training);
    expect(meter.shown).toMatchObject({ fraction: 0.75, secondsLeft: undefined });
    at(30).compared({ done: 7, total: 8 });
    expect(meter.shown.secondsLeft).toBe(30);
  });
});

describe('rateText', () => {
  it.each([
    [{ unit: 'steps', rate: 0.8, rowRate: 25.6 }, '26 rows/s'],
    [{ unit: 'rows', rate: 212.4 }, '212 rows/s'],
    [{ unit: 'MB', rate: 3.26 }, '3.3 MB/s'],
    [{ unit: 'steps', rate: 0 }, undefined],
    [{ unit: 'steps' }, undefined],
  ] as const)('%j: %s', (progress, text) => {
    expect(rateText({ stage: 's', done: 1, total: 2, ...progress })).toBe(text);
  });
});
