import { describe, expect, it } from 'vitest';
import { JobLedger } from '../../../src/host/jobs/ledger.ts';
import type { JobRequest } from '../../../src/host/services.ts';
import { memento } from './memento.ts';

const request: JobRequest = {
  kind: 'train',
  request: { files: { synthetic: '/s', real: '/r' }, loss: 'imp', clipMax: Infinity },
};
const job = (folder: string) => ({ title: `Training ${folder}`, request, folder });

describe('JobLedger', () => {
  it('takes a job of which nothing more is heard for interrupted, over the life of the window', async () => {
    const state = memento();
    await new JobLedger(state).begun(job('/a'));
    expect(new JobLedger(state).all).toEqual([{ ...job('/a'), interrupted: true }]);
  });

  it('forgets what is done, keeps what was stopped, newest first, a resumed one once', async () => {
    const ledger = new JobLedger(memento());
    for (const folder of ['/a', '/b', '/c', '/a']) await ledger.begun(job(folder));
    await ledger.stopped('/b');
    await ledger.forget('/c');
    expect(ledger.all.map(({ folder, interrupted }) => [folder, interrupted])).toEqual([
      ['/a', true],
      ['/b', false],
    ]);
  });

  it('keeps a bound of the weights that JSON has no number for', async () => {
    const ledger = new JobLedger(memento());
    await ledger.begun(job('/a'));
    expect(ledger.all[0].request).toEqual(request);
  });

  it('keeps such a bound of a comparison too', async () => {
    const compare: JobRequest = {
      kind: 'compare',
      request: {
        files: { synthetic: '/s', real: '/r', test: '/t' },
        ...{ methods: ['ce', 'imp-2'], seeds: [1], overrides: { gamma: 1, clipMax: Infinity } },
      },
    };
    const ledger = new JobLedger(memento());
    await ledger.begun({ ...job('/a'), request: compare });
    expect(ledger.all[0].request).toEqual(compare);
  });

  it('keeps the newest twenty', async () => {
    const ledger = new JobLedger(memento());
    for (let i = 0; i < 25; i++) await ledger.begun(job(`/${String(i)}`));
    expect(ledger.all.map(({ folder }) => folder)).toEqual(Array.from({ length: 20 }, (_, i) => `/${String(24 - i)}`));
  });
});
