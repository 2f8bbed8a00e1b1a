import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEpoch, stepsPerEpoch } from '../../../src/engine/training/batchPlan.ts';

/** Batches per window, as documented. */
const window = 50;

const arbitrary = fc.record({
  lengths: fc
    .array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 900 })
    .map((lengths) => Int32Array.from(lengths)),
  batchSize: fc.integer({ min: 1, max: 40 }),
  seed: fc.integer(),
  epoch: fc.nat(10),
  grouped: fc.boolean(),
});

const plain = (batches: readonly Int32Array[]): number[][] => batches.map((rows) => [...rows]);

describe('planEpoch', () => {
  it('uses every row exactly once, in full batches but one', () => {
    fc.assert(
      fc.property(arbitrary, ({ lengths, ...options }) => {
        const batches = planEpoch(lengths, options);
        const rows = plain(batches).flat();
        expect(rows.sort((a, b) => a - b)).toEqual(Array.from(lengths, (_, i) => i));
        expect(batches).toHaveLength(stepsPerEpoch(lengths.length, options.batchSize));
        const rest = lengths.length % options.batchSize;
        const partial = batches.map((batch) => batch.length).filter((size) => size !== options.batchSize);
        expect(partial).toEqual(rest === 0 ? [] : [rest]);
      }),
      { numRuns: 200 },
    );
  });

  it('is a pure function of its arguments', () => {
    fc.assert(
      fc.property(arbitrary, ({ lengths, ...options }) => {
        expect(plain(planEpoch(lengths, options))).toEqual(plain(planEpoch(lengths.slice(), { ...options })));
      }),
      { numRuns: 50 },
    );
  });

  it('grouped: each window of 50 batches, taken from one random order, is sorted and cut up; no other sorting', () => {
    fc.assert(
      fc.property(arbitrary, ({ lengths, ...options }) => {
        // Without grouping the rows come in the plan's random order, so windows can be read off it.
        const order = plain(planEpoch(lengths, { ...options, grouped: false })).flat();
        const wanted: string[] = [];
        for (let start = 0; start < order.length; start += window * options.batchSize) {
          const rows = order.slice(start, start + window * options.batchSize);
          rows.sort((a, b) => lengths[b]! - lengths[a]!);
          for (let at = 0; at < rows.length; at += options.batchSize) {
            wanted.push(rows.slice(at, at + options.batchSize).join());
          }
        }
        const found = planEpoch(lengths, { ...options, grouped: true }).map((rows) => rows.join());
        expect(found.sort()).toEqual(wanted.sort());
      }),
      { numRuns: 100 },
    );
  });

  const lengths = Int32Array.from({ length: 4000 }, (_, i) => 5 + ((i * 7919) % 90));
  const options = { batchSize: 8, seed: 42, epoch: 0 };
  const padded = (batches: readonly Int32Array[]): number =>
    batches.reduce((sum, rows) => sum + rows.length * Math.max(...[...rows].map((row) => lengths[row]!)), 0);

  it('grouped: little is padded, yet the batches are not in order of length', () => {
    const real = lengths.reduce((a, b) => a + b, 0);
    const batches = planEpoch(lengths, options);
    expect(padded(batches) / real).toBeLessThan(1.05);
    expect(padded(planEpoch(lengths, { ...options, grouped: false })) / real).toBeGreaterThan(1.5);
    // Rank correlation of a batch's place and its longest row: 0 ± 1/√500 for a random order, ±1 sorted globally.
    const longest = batches.map((rows) => lengths[rows[0]!]!);
    const mean = longest.reduce((a, b) => a + b, 0) / longest.length;
    const middle = (longest.length - 1) / 2;
    let [both, squares, places] = [0, 0, 0];
    longest.forEach((x, i) => {
      both += (x - mean) * (i - middle);
      squares += (x - mean) ** 2;
      places += (i - middle) ** 2;
    });
    expect(Math.abs(both / Math.sqrt(squares * places))).toBeLessThan(5 / Math.sqrt(500));
  });

  it('epochs and seeds differ, in which rows meet as well', () => {
    const meetings = (seed: number, epoch: number): Set<string> =>
      new Set(planEpoch(lengths, { ...options, seed, epoch }).map((rows) => [...rows].sort((a, b) => a - b).join()));
    const first = meetings(42, 0);
    for (const [seed, epoch] of [
      [42, 1],
      [42, 2],
      [43, 0],
    ] as const) {
      expect([...meetings(seed, epoch)].filter((rows) => first.has(rows))).toEqual([]);
    }
  });

  it('an empty data set has no batches', () => {
    expect(planEpoch(new Int32Array(0), options)).toEqual([]);
  });
});
