import { describe, expect, it, vi } from 'vitest';
import { Latest } from '../../../webview/weights/latest.ts';

/** A task whose runs end when the test says so. */
function controlled() {
  const runs: { input: number; answer: (output: string) => void; fail: (error: Error) => void }[] = [];
  const done: [string, number, boolean][] = [];
  const failed: [unknown, number][] = [];
  let idle = 0;
  const latest = new Latest<number, string>(
    (input) =>
      new Promise((answer, fail) => {
        runs.push({ input, answer, fail });
      }),
    (output, input, newest) => {
      done.push([output, input, newest]);
    },
    (thrown, input) => failed.push([thrown, input]),
    () => idle++,
  );
  return { latest, runs, done, failed, idle: () => idle, pause: () => new Promise((resolve) => setTimeout(resolve)) };
}

describe('Latest', () => {
  it('runs one at a time and skips what was superseded', async () => {
    const { latest, runs, done, idle, pause } = controlled();
    latest.request(1);
    latest.request(2);
    latest.request(3);
    expect(runs.map(({ input }) => input)).toEqual([1]);
    expect(latest.superseded).toBe(true);
    runs[0].answer('one');
    await pause();
    expect(runs.map(({ input }) => input)).toEqual([1, 3]);
    expect(idle()).toBe(0);
    runs[1].answer('three');
    await pause();
    expect(done).toEqual([
      ['one', 1, false],
      ['three', 3, true],
    ]);
    expect(latest.pending).toBe(false);
    expect(idle()).toBe(1);
  });

  it('goes on after a failure', async () => {
    const { latest, runs, done, failed, pause } = controlled();
    latest.request(1);
    latest.request(2);
    runs[0].fail(new Error('no'));
    await pause();
    runs[1].answer('two');
    await pause();
    expect(failed).toEqual([[new Error('no'), 1]]);
    expect(done).toEqual([['two', 2, true]]);
  });

  it('waits for a pause in what is asked', () => {
    vi.useFakeTimers();
    try {
      const { latest, runs } = controlled();
      latest.request(1, 100);
      vi.advanceTimersByTime(60);
      latest.request(2, 100);
      vi.advanceTimersByTime(60);
      expect(runs).toEqual([]);
      vi.advanceTimersByTime(40);
      expect(runs.map(({ input }) => input)).toEqual([2]);
    } finally {
      vi.useRealTimers();
    }
  });
});
