import { describe, expect, it } from 'vitest';
import { ShownRun } from '../../../src/host/shownRun.ts';
import type { RunFacts } from '../../../src/protocol/data.ts';
import { CallError } from '../../../src/protocol/rpc.ts';

const facts = (folder: string): RunFacts => ({ folder }) as RunFacts;
const damaged = (): Promise<never> =>
  Promise.reject(new CallError('attach', { kind: 'user', message: 'scores.jsonl:3: not JSON' }));

describe('the run that a dataset shows', () => {
  it('keeps the fault of a damaged run until a run was read', async () => {
    const shown = new ShownRun();
    await shown.show(() => Promise.resolve(facts('/old')), undefined);
    await shown.show(damaged, '/bad');
    // The worker has let the old one go.
    expect([shown.facts, shown.fault, shown.asked]).toEqual([undefined, 'scores.jsonl:3: not JSON', '/bad']);
    await shown.show(damaged, shown.asked);
    expect(shown.fault).toBe('scores.jsonl:3: not JSON');
    await shown.show((run) => Promise.resolve(facts(run ?? 'newest')), shown.asked);
    expect([shown.facts, shown.fault]).toEqual([facts('/bad'), undefined]);
  });

  it('is gone with another run, or with none', async () => {
    const shown = new ShownRun();
    await shown.show(damaged, undefined);
    await shown.show(() => Promise.resolve(null), undefined);
    expect([shown.facts, shown.fault]).toEqual([undefined, undefined]);
  });

  it('leaves a defect to whoever asked', async () => {
    const shown = new ShownRun();
    await shown.show(() => Promise.resolve(facts('/run')), '/run');
    const defect = new CallError('attach', { kind: 'defect', message: 'x is undefined', stack: 's' });
    await expect(shown.show(() => Promise.reject(defect), '/run')).rejects.toBe(defect);
    expect([shown.facts, shown.fault]).toEqual([facts('/run'), undefined]);
  });
});
