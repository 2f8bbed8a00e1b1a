import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Leases } from '../../../src/host/leases.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const shown = new Set<string>();
  const expired: string[] = [];
  const leases = new Leases({
    graceMs: 1000,
    isShown: (key) => shown.has(key),
    expire: (key) => expired.push(key),
  });
  return { leases, shown, expired };
}

describe('Leases', () => {
  it('lets go of what was used once, after the grace', async () => {
    const { leases, expired } = setUp();
    await leases.during('a', () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(999);
    expect(expired).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(expired).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(expired).toEqual(['a']);
  });

  it('begins the grace anew with every use, and never ends it under one, even one that fails', async () => {
    const { leases, expired } = setUp();
    await leases.during('a', () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(900);
    let fail!: (thrown: Error) => void;
    const long = leases.during('a', () => new Promise<void>((_, reject) => (fail = reject)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(expired).toEqual([]);
    fail(new Error('no'));
    await expect(long).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(1000);
    expect(expired).toEqual(['a']);
  });

  it('keeps what several hold until the last one lets go, each once', async () => {
    const { leases, expired } = setUp();
    const [first, second] = [leases.hold('a'), leases.hold('a')];
    first.dispose();
    first.dispose();
    await vi.advanceTimersByTimeAsync(5000);
    expect(expired).toEqual([]);
    second.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    expect(expired).toEqual(['a']);
  });

  it('keeps what is in a tab, and begins the grace when the tab is closed', async () => {
    const { leases, shown, expired } = setUp();
    shown.add('a');
    await leases.during('a', () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(5000);
    shown.delete('a');
    leases.look(['a']);
    await vi.advanceTimersByTimeAsync(500);
    // Other tabs come and go: this is no new grace.
    leases.look(['a']);
    await vi.advanceTimersByTimeAsync(499);
    expect(expired).toEqual([]);
    // Opened again in time.
    shown.add('a');
    leases.look(['a']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(expired).toEqual([]);
    shown.delete('a');
    leases.look(['a']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(expired).toEqual(['a']);
  });

  it('expires nothing that was closed meanwhile, nor after its own end', async () => {
    const { leases, expired } = setUp();
    await leases.during('a', () => Promise.resolve());
    await leases.during('b', () => Promise.resolve());
    leases.forget('a');
    await vi.advanceTimersByTimeAsync(500);
    leases.dispose();
    await vi.advanceTimersByTimeAsync(5000);
    expect(expired).toEqual([]);
  });
});
