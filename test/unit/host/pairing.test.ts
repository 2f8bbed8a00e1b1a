import { describe, expect, it } from 'vitest';
import { orderPair } from '../../../src/host/score/pairing.ts';

/** Both orders of selection give the same pair. */
function order(a: string, bytesOfA: number, b: string, bytesOfB: number): [string, string] | undefined {
  const files = [
    { path: `/data/${a}`, bytes: bytesOfA },
    { path: `/data/${b}`, bytes: bytesOfB },
  ] as const;
  const pair = orderPair(files[0], files[1]);
  expect(orderPair(files[1], files[0])).toEqual(pair);
  return pair && [pair.synthetic, pair.real];
}

describe('orderPair', () => {
  it.each([
    ['synthetic.jsonl', 10, 'real.jsonl', 9000],
    ['rows_llm.jsonl', 10, 'rows.jsonl', 9000],
    ['a.jsonl', 10, 'gold-labels.jsonl', 9000],
    ['generated.ndjson', 10, 'seed.ndjson', 10],
    ['gpt4_train.jsonl', 10, 'train.jsonl', 9000],
  ])('goes by names: %s (%i bytes) is synthetic beside %s (%i bytes)', (synthetic, a, real, b) => {
    expect(order(synthetic, a, real, b)).toEqual([`/data/${synthetic}`, `/data/${real}`]);
  });

  it.each([
    ['b.jsonl', 9000, 'a.jsonl', 1000],
    // "realistic" and "retrained" are no words for a real file.
    ['realistic.jsonl', 9000, 'retrained.jsonl', 1000],
    ['train_synth.jsonl', 9000, 'train.jsonl', 8000],
  ])('else by size: %s (%i bytes) is synthetic beside %s (%i bytes)', (synthetic, a, real, b) => {
    expect(order(synthetic, a, real, b)).toEqual([`/data/${synthetic}`, `/data/${real}`]);
  });

  it('asks where neither tells', () => {
    expect(order('a.jsonl', 1200, 'b.jsonl', 1000)).toBeUndefined();
    expect(order('real_1.jsonl', 1200, 'real_2.jsonl', 1000)).toBeUndefined();
  });
});
