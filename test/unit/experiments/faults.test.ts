import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { wordsOf } from '../../../src/core/duplicates/wordSets.ts';
import { logSoftmax } from '../../../src/core/weighting/softmax.ts';
import { nearCopy, plantFaults, type PlainRow } from '../../../bench/experiments/faultsPlant.ts';
import {
  balancedLogProbabilities,
  fitExponents,
  togetherLogProbability,
} from '../../../bench/experiments/faultsTogether.ts';

const labels = ['a', 'b', 'c'];
const vocabulary = Array.from({ length: 60 }, (_, i) => `word${String(i)}`);

function someRows(count: number): PlainRow[] {
  const random = new Random(3, 'rows');
  return Array.from({ length: count }, (_, i) => ({
    text: `row ${String(i)} ${Array.from({ length: 12 }, () => vocabulary[random.integer(60)]).join(' ')}`,
    label: labels[random.integer(3)],
  }));
}
const rows = someRows(400);
const elsewhere = [0, 1].map((domain) =>
  Array.from({ length: 30 }, (_, i) => `elsewhere ${String(domain)}, ${String(i)}`),
);

describe('planted faults', () => {
  const planted = plantFaults(rows, labels, elsewhere, 1);
  const of = (kind: string): typeof planted => planted.filter((row) => row.kind === kind);

  it('a tenth flipped, a tenth copied, a twentieth from elsewhere, as many of each domain', () => {
    expect(planted).toHaveLength(460);
    expect(['untouched', 'flipped', 'copy', 'off-domain'].map((kind) => of(kind).length)).toEqual([360, 40, 40, 20]);
    expect(of('off-domain').filter(({ text }) => text.startsWith('elsewhere 0'))).toHaveLength(10);
    expect(of('off-domain').every(({ label }) => labels.includes(label))).toBe(true);
  });

  it('the rows stay in their order, with another label where it was flipped and their own elsewhere', () => {
    const own = planted.filter(({ kind }) => kind === 'untouched' || kind === 'flipped');
    expect(own.map(({ text }) => text)).toEqual(rows.map(({ text }) => text));
    own.forEach(({ kind, label }, i) => {
      expect(labels).toContain(label);
      expect(label !== rows[i].label).toBe(kind === 'flipped');
    });
  });

  it('each copy lies after its row, has that row’s label, and is no text that is there already', () => {
    expect(new Set(planted.map(({ text }) => text)).size).toBe(planted.length);
    const bySource = new Map(rows.map((row) => [row.text.split(' ')[1], row]));
    of('copy').forEach((copy) => {
      const number = /\d+/.exec(copy.text.split(' ').find((word) => /^\d+$/.test(word)) ?? '')?.[0] ?? '';
      const source = bySource.get(number);
      expect(source?.label).toBe(copy.label);
      const at = planted.findIndex(({ text }) => text === source?.text);
      expect(planted[at].kind).toBe('untouched');
      expect(planted.indexOf(copy)).toBeGreaterThan(at);
      expect(copy.overlap).toBeGreaterThan(0.5);
    });
  });

  it('is the same for the same seed and another for another', () => {
    expect(plantFaults(rows, labels, elsewhere, 1)).toEqual(planted);
    expect(plantFaults(rows, labels, elsewhere, 2)).not.toEqual(planted);
  });

  it('flips all rows of one label that hold a word, then those of another word', () => {
    // 1200 rows, in each of which a word of its label's stands: thirty words of 40 rows, of 2 to 5 %.
    const many = Array.from({ length: 1200 }, (_, i) => ({
      text: `${String(i)} theme${String(i % 30)}`,
      label: labels[i % 3],
    }));
    const lots = [Array.from({ length: 60 }, (_, i) => `elsewhere ${String(i)}`)];
    const flipped = plantFaults(many, labels, lots, 1, 'by word').filter(({ kind }) => kind === 'flipped');
    expect(flipped).toHaveLength(120);
    const themes = new Set(
      flipped.flatMap(({ text }) => [...wordsOf(text)].filter((word) => word.startsWith('theme'))),
    );
    expect(themes.size).toBe(3);
  });

  it('changes texts of one word too', () => {
    expect(nearCopy('fine', new Set(['fine']), new Random(1))).toMatch(/^(\w+ fine|fine \w+)$/);
  });

  it('says how many rows of other domains it needs', () => {
    expect(() => plantFaults(rows, labels, [['one']], 1)).toThrow('20 rows of other domains are needed');
  });
});

describe('both checkers together', () => {
  const random = new Random(7, 'both');
  const [count, classCount] = [600, 3];
  const noise = (): Float64Array => Float64Array.from({ length: count * classCount }, () => random.normal());
  const [logP, logQ] = [noise(), noise()].map((logits) => logSoftmax(logits, count, classCount));
  /** Labels drawn from p ∝ P̂'^a·Q̂^b. */
  const drawn = (a: number, b: number): Int32Array => {
    const joint = logSoftmax(
      logP.map((value, at) => a * value + b * logQ[at]),
      count,
      classCount,
    );
    return Int32Array.from({ length: count }, (_, row) => {
      let rest = random.uniform();
      for (let label = 0; label < classCount; label++) {
        rest -= Math.exp(joint[row * classCount + label]);
        if (rest < 0) return label;
      }
      return classCount - 1;
    });
  };
  const likelihood = (input: Parameters<typeof fitExponents>[0], exponents: { a: number; b: number }): number =>
    togetherLogProbability(input, exponents).reduce((sum, value) => sum + value, 0);

  it('finds exponents that labels were drawn with, and none near them is likelier', () => {
    const input = { logP, logQ, labels: drawn(1.5, 0.7), classCount };
    const best = fitExponents(input);
    expect(Math.abs(best.a - 1.5)).toBeLessThan(0.3);
    expect(Math.abs(best.b - 0.7)).toBeLessThan(0.3);
    for (const [da, db] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.01],
      [0, -0.01],
    ]) {
      expect(likelihood(input, { a: best.a + da, b: best.b + db })).toBeLessThan(likelihood(input, best));
    }
  });

  it('gives a checker that is wrong more often than not no say', () => {
    const { a, b } = fitExponents({ logP, logQ, labels: drawn(-1, 1), classCount });
    expect(a).toBe(0);
    expect(b).toBeGreaterThan(0.5);
    const turned = fitExponents({ logP: logQ, logQ: logP, labels: drawn(-1, 1), classCount });
    expect(turned.b).toBe(0);
  });

  it('with the exponents 1 and 0 is the first checker alone', () => {
    const input = { logP, logQ, labels: drawn(1, 1), classCount };
    togetherLogProbability(input, { a: 1, b: 0 }).forEach((value, row) => {
      expect(value).toBeCloseTo(logP[row * classCount + input.labels[row]], 12);
    });
  });

  it('balanced: each label is on average as probable as it is frequent, and moves alike in all rows', () => {
    const labels = Int32Array.from({ length: count }, (_, row) => (row % 10 < 7 ? 0 : row % 10 < 9 ? 1 : 2));
    const moved = balancedLogProbabilities(logP, labels, classCount);
    [0.7, 0.2, 0.1].forEach((share, label) => {
      const own = moved.filter((_, at) => at % classCount === label);
      expect(own.reduce((sum, value) => sum + Math.exp(value), 0) / count).toBeCloseTo(share, 8);
    });
    const ratio = (of: ArrayLike<number>, row: number): number => of[row * classCount] - of[row * classCount + 1];
    expect(ratio(moved, 5) - ratio(logP, 5)).toBeCloseTo(ratio(moved, 0) - ratio(logP, 0), 10);
  });
});
