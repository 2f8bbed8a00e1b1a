import { describe, expect, it } from 'vitest';
import { diffScores, type ComparedScores } from '../../../src/core/runs/diffScores.ts';

interface Row {
  readonly hash: number;
  readonly occurrence?: number;
  readonly label: number;
  readonly p: readonly [number, number];
  readonly q: readonly [number, number];
  /** P̂'/Q̂ of the label unless given. */
  readonly weight?: number;
  readonly error?: string;
}

function scores(rows: readonly Row[], labels = ['neg', 'pos']): ComparedScores {
  return {
    ...{ rows: rows.length, labels, verdicts: ['ok'], verdictId: rows.map(() => 0) },
    line: rows.map((_, i) => i + 1),
    hashHigh: rows.map(({ hash }) => hash),
    hashLow: rows.map(({ hash }) => hash * 7),
    oddHashes: new Map(),
    occurrence: rows.map(({ occurrence = 0 }) => occurrence),
    labelId: rows.map(({ label }) => label),
    logP: rows.flatMap(({ p }) => p.map(Math.log)),
    logQ: rows.flatMap(({ q }) => q.map(Math.log)),
    logWeight: rows.map(({ p, q, label, weight }) => Math.log(weight ?? p[label] / q[label])),
    weight: rows.map(({ p, q, label, weight }) => weight ?? p[label] / q[label]),
    errors: new Map(rows.flatMap(({ error }, i) => (error === undefined ? [] : [[i, error] as const]))),
  };
}

const even = [0.5, 0.5] as const;
const row = (hash: number, more: Partial<Row> = {}): Row => ({ hash, label: 1, p: even, q: even, ...more });

describe('diffScores', () => {
  it('finds no change between equal scores', () => {
    const same = scores([row(1), row(2), row(2, { occurrence: 1 })]);
    expect(diffScores(same, same, 10)).toMatchObject({
      matched: 3,
      changed: 0,
      meanChange: 0,
      top: [],
      onlyBefore: [],
      onlyAfter: [],
    });
  });

  it('matches rows by hash and occurrence, whatever their order, and ranks by |Δ log w|', () => {
    const before = scores([row(1), row(2), row(2, { occurrence: 1 }), row(3), row(4)]);
    const after = scores([
      row(3, { p: [0.9, 0.1] }), // log w: ln 0.2, by P̂'
      row(2, { occurrence: 1, q: [0.2, 0.8] }), // ln 0.625, by Q̂
      row(1),
      row(2, { label: 0, p: [0.9, 0.1] }), // ln 1.8, another label
      row(5),
    ]);
    const diff = diffScores(before, after, 2);
    expect(diff).toMatchObject({ matched: 4, changed: 3 });
    expect(diff.meanChange).toBeCloseTo((Math.log(5) + Math.log(1.6) + Math.log(1.8)) / 4, 12);
    expect(diff.causes).toEqual({ label: 1, 'quality checker': 1, 'diversity checker': 1, 'weight settings': 0 });
    expect(diff.top.map(({ before: b, after: a, cause }) => [b.line, a.line, cause])).toEqual([
      [4, 1, 'quality checker'],
      [2, 4, 'label'],
    ]);
    const [first, second] = diff.top;
    expect(first.change).toBeCloseTo(Math.log(0.2), 12);
    expect(first.before.quality).toBeCloseTo(0.5, 12);
    expect(first.after.quality).toBeCloseTo(0.1, 12);
    expect([first.before.weight, first.after.weight]).toEqual([1, expect.closeTo(0.2, 12)]);
    expect([second.before.label, second.after.label]).toEqual(['pos', 'neg']);
    expect(second.after.quality).toBeCloseTo(0.9, 12);
    expect(diff.onlyBefore.map(({ line }) => line)).toEqual([5]);
    expect(diff.onlyAfter.map(({ line }) => line)).toEqual([5]);
  });

  it('reads probabilities by each run’s own order of labels', () => {
    const before = scores([row(1, { label: 1, p: [0.3, 0.7] })], ['neg', 'pos']);
    const after = scores([row(1, { label: 0, p: [0.7, 0.3] })], ['pos', 'zzz']);
    const [change] = diffScores(before, after, 1).top;
    // The same label, the same probability: nothing moved.
    expect(change).toBeUndefined();
  });

  it('blames the settings where neither checker moved', () => {
    const diff = diffScores(scores([row(1)]), scores([row(1, { weight: 2 })]), 1);
    expect(diff.causes['weight settings']).toBe(1);
    expect(diff.top[0].cause).toBe('weight settings');
  });

  it('says why the other run left a row out', () => {
    const diff = diffScores(scores([row(1), row(2)]), scores([row(1, { error: 'removed by you' }), row(2)]), 5);
    expect(diff.matched).toBe(1);
    expect(diff.onlyBefore).toEqual([
      { line: 1, textHash: { high: 1, low: 7 }, occurrence: 0, unscored: 'removed by you' },
    ]);
    expect(diff.onlyAfter).toEqual([]);
  });

  it('never matches rows whose hash is unknown', () => {
    const odd = { ...scores([row(0)]), oddHashes: new Map([[0, '']]) };
    const diff = diffScores(odd, odd, 5);
    expect([diff.matched, diff.onlyBefore.length, diff.onlyAfter.length]).toEqual([0, 1, 1]);
  });
});
