import { describe, expect, it } from 'vitest';
import type { MethodResult } from '../../../src/protocol/compare.ts';
import { methodTitle } from '../../../src/protocol/compare.ts';
import { defaultMethods } from '../../../src/core/comparison/methods.ts';
import { chartScale } from '../../../webview/compare/chartScale.ts';
import {
  bestFirst,
  cellOf,
  keptText,
  pText,
  points,
  spread,
  stageText,
  standingWords,
} from '../../../webview/compare/words.ts';

function result(method: string, mean?: number, bySeed: readonly number[] = []): MethodResult {
  return {
    ...{ method, seeds: bySeed.map((_, i) => i + 1), failures: [{ seed: 9, reason: 'no rows' }], trainedRows: 1 },
    macroF1: mean === undefined ? undefined : { mean, low: mean - 0.01, high: mean + 0.01, bySeed },
    ...{ perClass: {}, seconds: { training: 1, checkers: 0 }, trainable: true },
  };
}

describe('words of the Compare view', () => {
  it.each([
    [0.0213, '+2.1'],
    [-0.0213, '−2.1'],
    [0.0004, '0.0'],
    [-0.0004, '0.0'],
  ])('writes a difference of %d as %s points', (share, text) => {
    expect(points(share)).toBe(text);
  });

  it.each([
    [0.0001, 'p < 0.001'],
    [0.0123, 'p = 0.012'],
    [0.61, 'p = 0.61'],
  ])('writes p = %d as %s', (p, text) => {
    expect(pText(p)).toBe(text);
  });

  it('tells the spread over seeds where there is one', () => {
    expect(spread({ mean: 0.8844, sd: 0.006 })).toBe('88.4 ± 0.6');
    expect(spread({ mean: 0.8844 })).toBe('88.4');
  });

  it('says what a difference is worth', () => {
    expect((['better', 'worse', 'not separated'] as const).map(standingWords)).toEqual([
      ...['more than luck', 'worse, more than luck', 'could be luck'],
    ]);
  });

  it('has a title for every usual method, and leaves others as they are', () => {
    const english = (message: string, ...args: string[]): string =>
      message.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)]);
    expect(defaultMethods.map((name) => methodTitle(name, english))).toEqual([
      ...[
        'Real rows only',
        'CE',
        'Focal loss',
        'Quality only',
        'Filter, τ = 0.3',
        'Filter, τ = 0.5',
        'Filter, τ = 0.7',
      ],
      ...['IMP, K = 1', 'IMP, K = 2', 'DIMP', 'RHO, top 50 %', 'Random weights', 'Real + synthetic'],
      ...[
        'Quality with real rows',
        'IMP, K = 2, with real rows',
        'DIMP with real rows',
        'Random weights with real rows',
      ],
    ]);
    expect(['filter-0.25+real', 'rho-30+real', 'focal+real'].map((name) => methodTitle(name, english))).toEqual([
      ...['Filter, τ = 0.25, with real rows', 'RHO, top 30 %, with real rows', 'Focal loss with real rows'],
    ]);
    expect(
      ['imp-2@gamma=0.5@self-normalise+real', 'dimp@clip-max=10', 'quality@truncate=0.9@prior-correction'].map((name) =>
        methodTitle(name, english),
      ),
    ).toEqual([
      'IMP, K = 2, γ = 0.5, mean weight 1, with real rows',
      ...['DIMP, w ≤ 10', 'Quality only, cap at quantile 0.9, prior correction'],
    ]);
    const others = [
      'new-2',
      '__proto__',
      'imp',
      'ce-1',
      'new+real',
      'real+real',
      'both+real',
      '+real',
      'imp-2+real+real',
    ];
    for (const name of others) expect(methodTitle(name, english)).toBe(name);
  });

  it('says what share of the synthetic rows a method trains on, the real ones apart', () => {
    const of = (method: string, trainedRows: number): string | undefined =>
      keptText({ ...result(method), trainedRows }, { syntheticRows: 1000, realRows: 200 });
    expect([of('imp-2', 1000), of('filter-0.5', 712), of('filter-0.5+real', 912), of('imp-2+real', 1200)]).toEqual([
      ...['100 % of the synthetic rows', '71 % of the synthetic rows'],
      ...['71 % of the synthetic rows, and the real ones', '100 % of the synthetic rows, and the real ones'],
    ]);
    expect([of('real', 200), of('both', 1200)]).toEqual([undefined, undefined]);
  });

  it('tells the stage of a job by the title of the method', () => {
    expect(stageText('Seed 1, classifier, imp-2+real')).toBe('Seed 1, classifier, IMP, K = 2, with real rows');
    expect(stageText('Seed 1, classifier, ce')).toBe('Seed 1, classifier, CE');
    expect(stageText('Seed 1, quality checker, fold 2 of 5')).toBe('Seed 1, quality checker, fold 2 of 5');
  });

  it('puts the best first, and what has no number last, as it was', () => {
    const order = bestFirst([result('a'), result('b', 0.7), result('c', 0.9), result('d')]);
    expect(order.map(({ method }) => method)).toEqual(['c', 'b', 'a', 'd']);
  });

  it('finds what a method reached with a seed', () => {
    const of = result('a', 0.7, [0.69, 0.71]);
    expect(cellOf(of, 2)).toEqual({ macroF1: 0.71, failed: undefined });
    expect(cellOf(of, 9)).toEqual({ macroF1: undefined, failed: 'no rows' });
    expect(cellOf(of, 3)).toEqual({ macroF1: undefined, failed: undefined });
    expect(cellOf(undefined, 1)).toEqual({});
  });
});

describe('the axis of the chart', () => {
  it('covers means, intervals and seeds, between round numbers', () => {
    const scale = chartScale([result('a', 0.84, [0.8, 0.88]), result('b', 0.86, [0.86])], 600);
    expect(scale.ticks[0]).toBeLessThanOrEqual(80);
    expect(scale.ticks.at(-1)).toBeGreaterThanOrEqual(88);
    const places = [0.8, 0.84, 0.86, 0.88].map((share) => scale.at(share));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place >= 0 && place <= 1)).toBe(true);
    expect(scale.at((scale.ticks[0] + (scale.ticks.at(-1) ?? 0)) / 200)).toBeCloseTo(0.5, 9);
  });

  it('is not stretched by a method far below the others, which lies at its end', () => {
    const near = [0.84, 0.85, 0.86].map((mean, i) => result(String(i), mean, [mean]));
    const scale = chartScale([...near, result('far', 0.4, [0.4])], 600);
    expect(scale.ticks[0]).toBeGreaterThan(80);
    expect([scale.isBelow(0.4), scale.at(0.4)]).toEqual([true, 0]);
    expect(scale.isBelow(0.84)).toBe(false);
    // Spread over a wide range, all of them belong on it.
    const wide = chartScale(
      [0.4, 0.5, 0.6, 0.7].map((mean, i) => result(String(i), mean)),
      600,
    );
    expect(wide.isBelow(0.4)).toBe(false);
  });

  it('has an axis for one method, and for equal ones', () => {
    for (const methods of [[result('a', 0.5, [0.5])], [result('a', 1, [1]), result('b', 1, [1])], []]) {
      const { ticks, at } = chartScale(methods, 300);
      expect(ticks.length).toBeGreaterThan(1);
      expect(Number.isFinite(at(0.5))).toBe(true);
    }
  });
});
