import { describe, expect, it } from 'vitest';
import { unboundedWeight } from '../../../src/protocol/data.ts';
import {
  clipOfSlider,
  isUnbounded,
  noLimit,
  received,
  sliderOfClip,
  unboundedSlider,
} from '../../../webview/weights/clip.ts';
import { mergeOccasions } from '../../../webview/weights/occasions.ts';
import { capAtPlace, capOf, offPlace, placeOfCap } from '../../../webview/weights/quantile.ts';
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
      moreSettings: false,
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

describe('the cap at a quantile', () => {
  it('goes from the half to nearly all and is off beyond', () => {
    const places = Array.from({ length: offPlace + 1 }, (_, place) => place);
    const caps = places.map(capAtPlace);
    expect(caps.at(-1)).toBeNull();
    expect(caps.slice(0, -1)).toEqual(caps.slice(0, -1).sort());
    expect([caps[0], caps.at(-2)]).toEqual([0.5, 0.999]);
    expect(caps).toEqual(expect.arrayContaining([0.9, 0.95, 0.99]));
    expect(caps.map(placeOfCap)).toEqual(places);
  });

  it('stands at the nearest place, whatever a run had', () => {
    expect(capAtPlace(placeOfCap(0.9999))).toBe(0.999);
    expect(capAtPlace(placeOfCap(0.1))).toBe(0.5);
    expect(capAtPlace(placeOfCap(0.989))).toBe(0.99);
    // Nothing lies above it.
    for (const off of [1, null, undefined]) expect([placeOfCap(off), capOf(off)]).toEqual([offPlace, undefined]);
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
    // As settings and runs without a bound have it.
    expect([isUnbounded(unboundedWeight), isUnbounded(1e30)]).toEqual([true, false]);
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
