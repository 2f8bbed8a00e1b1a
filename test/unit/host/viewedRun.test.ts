import { describe, expect, it } from 'vitest';
import type { LiveComparison } from '../../../src/host/compare/liveComparisons.ts';
import { viewedRun } from '../../../src/host/viewedRun.ts';
import type { JobView } from '../../../src/protocol/panel.ts';
import { listed, trainRecord } from './runs.ts';

const [newer, older] = ['b', 'a'].map((id) => listed(id, trainRecord({ kind: 'compare' })));

function live(state: JobView['state'], run?: string): LiveComparison {
  return { job: { view: { state } }, run } as LiveComparison;
}

describe('the run that a view is about', () => {
  it.each(['queued', 'running', 'cancelling', 'done', 'cancelled', 'failed'] as const)(
    'is the one of this window, which is %s, unless an older run was asked for',
    (state) => {
      const mine = live(state, newer.folder);
      const runs = [newer, older];
      for (const asked of [undefined, newer.folder])
        expect(viewedRun(asked, mine, runs)).toEqual({ live: mine, run: newer });
      expect(viewedRun(older.folder, mine, runs)).toEqual({ live: undefined, run: older });
    },
  );

  it('is the newest run where this window made none, or the one that was asked for', () => {
    expect(viewedRun(undefined, undefined, [newer, older])).toEqual({ live: undefined, run: newer });
    expect(viewedRun(older.folder, undefined, [newer, older])).toEqual({ live: undefined, run: older });
    expect(viewedRun(undefined, undefined, [])).toEqual({ live: undefined, run: undefined });
  });

  it('is another one where the run of an ended job was deleted', () => {
    const ended = live('done', newer.folder);
    for (const asked of [undefined, newer.folder]) {
      expect(viewedRun(asked, ended, [older])).toEqual({ live: undefined, run: older });
      expect(viewedRun(asked, ended, [])).toEqual({ live: undefined, run: undefined });
    }
  });

  it('is another one where the run that was asked for was deleted', () => {
    expect(viewedRun(older.folder, undefined, [newer])).toEqual({ live: undefined, run: newer });
    const running = live('running', newer.folder);
    expect(viewedRun(older.folder, running, [newer])).toEqual({ live: running, run: newer });
  });

  it('stays the job of this window where it has no run yet, or ended without one', () => {
    for (const mine of [live('running'), live('running', newer.folder), live('cancelled'), live('failed')]) {
      expect(viewedRun(undefined, mine, [older])).toEqual({ live: mine, run: undefined });
      expect(viewedRun(older.folder, mine, [older])).toEqual({ live: undefined, run: older });
    }
  });
});
