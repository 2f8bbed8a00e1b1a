import { describe, expect, it } from 'vitest';
import {
  clipOfSlider,
  isUnbounded,
  noLimit,
  received,
  sliderOfClip,
  unboundedSlider,
} from '../../../webview/weights/clip.ts';
import { mergeOccasions } from '../../../webview/weights/occasions.ts';
import { initialState, readViewState } from '../../../webview/weights/viewState.ts';

describe('what the panel remembers', () => {
  it('is read back as it was written', () => {
    const state = {
      ...initialState,
      path: '/a/b.jsonl',
      filter: 'weight<1',
      verdicts: ['misaligned'],
      labels: ['ham'],
      brush: [-1, 0] as const,
      sort: { column: 'weightLow', descending: false } as const,
      anchor: { row: 12, offset: -3 },
      lead: 14,
      details: false,
      side: 'sureness' as const,
      overview: true,
      detailsWidth: 500,
    };
    expect(readViewState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('falls back part by part where something else was kept', () => {
    expect(readViewState(undefined)).toEqual(initialState);
    expect(readViewState('text')).toEqual(initialState);
    expect(
      readViewState({
        filter: 3,
        sort: { column: 'nothing' },
        brush: [1],
        verdicts: [1, 'ok'],
        anchor: {},
        lead: null,
      }),
    ).toEqual({ ...initialState, verdicts: ['ok'] });
  });
});

describe('the largest weight', () => {
  it('goes from 1 to 100 and then has no limit', () => {
    expect(clipOfSlider(0)).toBe(1);
    expect(clipOfSlider(sliderOfClip(2))).toBe(2);
    expect(clipOfSlider(unboundedSlider - 1)).toBe(100);
    expect(clipOfSlider(unboundedSlider)).toBe(noLimit);
    expect(sliderOfClip(Infinity)).toBe(unboundedSlider);
    expect(sliderOfClip(0.5)).toBe(0);
  });

  it('survives JSON, which makes null of Infinity', () => {
    const controls = { gamma: 1, clipMax: Infinity, misalignedBelow: 0.2 };
    const sent = JSON.parse(JSON.stringify(controls)) as typeof controls;
    expect(received(sent)).toEqual({ ...controls, clipMax: noLimit });
    expect(isUnbounded((JSON.parse(JSON.stringify(received(sent))) as typeof controls).clipMax)).toBe(true);
    expect(received({ ...controls, clipMax: 2 }).clipMax).toBe(2);
  });
});

it('lets the occasion count that decides more', () => {
  const act = { kind: 'act', rows: [1], removes: true, isVoid: () => false } as const;
  expect(mergeOccasions(undefined, { kind: 'filter' })).toEqual({ kind: 'filter' });
  expect(mergeOccasions(act, { kind: 'revision' })).toBe(act);
  expect(mergeOccasions({ kind: 'controls' }, { kind: 'revision' })).toEqual({ kind: 'revision' });
  expect(mergeOccasions(act, undefined)).toBe(act);
});
