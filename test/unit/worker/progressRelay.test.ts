import { describe, expect, it } from 'vitest';
import type { JobProgress } from '../../../src/protocol/jobs.ts';
import { progressRelay, type RawProgress } from '../../../src/worker/job/progressRelay.ts';

/** A relay whose clock the test moves. */
function relayAt(): { at(ms: number, progress: RawProgress): void; flush(): void; seen: JobProgress[] } {
  const seen: JobProgress[] = [];
  let time = 0;
  const relay = progressRelay(
    (progress) => seen.push(progress),
    () => time,
  );
  return {
    seen,
    flush: relay.flush,
    at: (ms, progress) => {
      time = ms;
      relay.show(progress);
    },
  };
}

const step = (done: number, total = 100): RawProgress => ({
  ...{ stage: 'training', done, total, unit: 'steps', encoderRows: done * 32 },
});

describe('progressRelay', () => {
  it('passes ten a second at most, but the first and the last of a stage always', () => {
    const { at, seen } = relayAt();
    for (let i = 1; i <= 100; i++) at(i * 10, step(i));
    expect(seen.map(({ done }) => done)).toEqual([1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100]);
  });

  it('tells what it held back of a stage before another begins, and at the end', () => {
    const { at, flush, seen } = relayAt();
    at(0, step(1));
    at(10, step(2));
    at(20, { stage: 'scoring', done: 8, total: 16, unit: 'rows' });
    at(30, { stage: 'scoring', done: 12, total: 16, unit: 'rows' });
    flush();
    flush();
    expect(seen.map(({ stage, done }) => [stage, done])).toEqual([
      ['training', 1],
      ['training', 2],
      ['scoring', 8],
      ['scoring', 12],
    ]);
  });

  it('takes a stage of the same name that starts over for a new one', () => {
    const { at, seen } = relayAt();
    at(0, step(5));
    at(1, step(6));
    at(2, step(1));
    expect(seen.map(({ done }) => done)).toEqual([5, 6, 1]);
  });

  it('gives rates over the last five seconds, of units and of encoder rows', () => {
    const { at, seen } = relayAt();
    at(0, step(0));
    at(400, step(1));
    // Too soon to tell.
    expect(seen.at(-1)).toEqual(step(1));
    for (let s = 1; s <= 10; s++) at(s * 1000, step(s * 2));
    // 2 steps a second of 32 rows.
    expect(seen.at(-1)?.rate).toBeCloseTo(2, 5);
    expect(seen.at(-1)?.rowRate).toBeCloseTo(64, 4);
    // Then half as fast for longer than the window: the past is forgotten.
    for (let s = 1; s <= 6; s++) at(10_000 + s * 1000, step(20 + s));
    expect(seen.at(-1)?.rate).toBeCloseTo(1, 5);
    expect(seen.at(-1)?.rowRate).toBeCloseTo(32, 4);
  });

  it('has no row rate where no encoder is at work', () => {
    const { at, seen } = relayAt();
    at(0, { stage: 'neighbours', done: 0, total: 9, unit: 'rows' });
    at(1000, { stage: 'neighbours', done: 3, total: 9, unit: 'rows' });
    expect(seen.at(-1)).toEqual({ stage: 'neighbours', done: 3, total: 9, unit: 'rows', rate: 3 });
  });
});
