import { describe, expect, it } from 'vitest';
import { keptChoice, mostKeptRows, readViewState, type ViewState } from '../../../webview/map/viewState.ts';

const initial = readViewState(undefined);

describe('what the map remembers', () => {
  it('is read back as it was written', () => {
    const state: ViewState = {
      ...{ dataset: '/w/synthetic.jsonl', tab: 'dynamics', training: '/w/train', asked: 'second', cancelled: '/w/run' },
      colours: { embeddings: 'weight', dynamics: 'verdict' },
      chosen: { session: 'one', numbering: 5, synthetic: [3, 4], real: [7] },
      frames: {
        embeddings: { of: '/w/run', scaleX: 900, scaleY: 800, left: -20, top: 700, width: 640, height: 480 },
        dynamics: undefined,
      },
    };
    expect(readViewState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('falls back part by part where something else was kept', () => {
    expect(
      readViewState({
        ...{ tab: 'other', asked: 3, cancelled: {}, colours: 7 },
        chosen: { session: 'one', numbering: 5, synthetic: ['3'], real: [] },
        frames: { embeddings: { of: '/w/run', scaleX: 0, scaleY: 1, left: 0, top: 0, width: 10, height: 10 } },
      }),
    ).toEqual(initial);
  });

  it('is no choice of more rows than can be kept', () => {
    const rows = (count: number): Set<number> => new Set(Array.from({ length: count }, (_, i) => i));
    expect(keptChoice({ synthetic: rows(2), real: rows(1) }, 5, 'one')).toEqual({
      ...{ session: 'one', numbering: 5, synthetic: [0, 1], real: [0] },
    });
    expect(keptChoice({ synthetic: rows(mostKeptRows), real: rows(0) }, 5, 'one')?.synthetic).toHaveLength(20_000);
    expect(keptChoice({ synthetic: rows(mostKeptRows), real: rows(1) }, 5, 'one')).toBeUndefined();
    expect(keptChoice({ synthetic: rows(0), real: rows(0) }, 5, 'one')).toBeUndefined();
    expect(keptChoice({ synthetic: rows(1), real: rows(0) }, 5, undefined)).toBeUndefined();
  });
});
