import { describe, expect, it } from 'vitest';
import { ScoreChain } from '../../../src/host/score/scoreChain.ts';
import type { ScoreRequest } from '../../../src/protocol/jobs.ts';
import { memento } from './memento.ts';

const request = (effort: ScoreRequest['effort'], synthetic = '/a'): Pick<ScoreRequest, 'files' | 'effort'> => {
  return { files: { synthetic, real: '/real' }, effort };
};

describe('the scores after a preview', () => {
  it('follow it once', async () => {
    const chain = new ScoreChain(memento());
    await chain.owe('/a', 'standard');
    expect(await chain.ended(request('preview', '/b'), 'done')).toBeUndefined();
    expect(await chain.ended(request('preview'), 'done')).toBe('standard');
    expect(await chain.ended(request('preview'), 'done')).toBeUndefined();
  });

  it('follow the preview that was resumed after a crash, and after a reload of the window', async () => {
    const kept = memento();
    const chain = new ScoreChain(kept);
    await chain.owe('/a', 'paper');
    expect(await chain.ended(request('preview'), 'failed')).toBeUndefined();
    expect(await new ScoreChain(kept).ended(request('preview'), 'done')).toBe('paper');
  });

  it('do not follow where the user stops the preview, or scores otherwise', async () => {
    const chain = new ScoreChain(memento());
    await chain.owe('/a', 'standard');
    expect(await chain.ended(request('preview'), 'cancelled')).toBeUndefined();
    expect(await chain.ended(request('preview'), 'done')).toBeUndefined();
    await chain.owe('/a', 'standard');
    await chain.forget('/a');
    expect(await chain.ended(request('preview'), 'done')).toBeUndefined();
    await chain.owe('/a', 'standard');
    expect(await chain.ended(request('standard'), 'done')).toBeUndefined();
    expect(await chain.ended(request('preview'), 'done')).toBeUndefined();
  });
});
