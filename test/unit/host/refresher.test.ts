import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refresher } from '../../../src/host/diagnostics/refresher.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that ends when told to. */
function work(): { run: () => Promise<void>; finish: () => Promise<void>; readonly runs: number } {
  const ends: (() => void)[] = [];
  let runs = 0;
  return {
    run: () => {
      runs++;
      return new Promise((resolve) => ends.push(resolve));
    },
    finish: async () => {
      ends.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    },
    get runs() {
      return runs;
    },
  };
}

describe('refresher', () => {
  it('runs once for many askings, after the last', async () => {
    const { run, ...rest } = work();
    const counted = vi.fn(run);
    const refresher = new Refresher(counted, 150);
    for (let i = 0; i < 5; i++) {
      refresher.ask();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(counted).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(50);
    expect(counted).toHaveBeenCalledTimes(1);
    await rest.finish();
    await vi.advanceTimersByTimeAsync(1000);
    expect(counted).toHaveBeenCalledTimes(1);
  });

  it('never runs twice at the same time, and makes up for what was asked meanwhile', async () => {
    const task = work();
    const refresher = new Refresher(task.run, 150);
    refresher.ask();
    await vi.advanceTimersByTimeAsync(150);
    refresher.ask();
    await vi.advanceTimersByTimeAsync(1000);
    refresher.ask();
    await vi.advanceTimersByTimeAsync(1000);
    expect(task.runs).toBe(1);
    await task.finish();
    await vi.advanceTimersByTimeAsync(150);
    expect(task.runs).toBe(2);
    await task.finish();
    await vi.advanceTimersByTimeAsync(1000);
    expect(task.runs).toBe(2);
  });

  it('does nothing any more once it is disposed of', async () => {
    const task = work();
    const refresher = new Refresher(task.run, 150);
    refresher.ask();
    refresher.dispose();
    refresher.ask();
    await vi.advanceTimersByTimeAsync(1000);
    expect(task.runs).toBe(0);
  });
});
