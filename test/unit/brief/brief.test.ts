import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import {
  briefConfusions,
  briefLabels,
  clustersFor,
  type Brief,
  type BriefInput,
  type BriefSet,
} from '../../../src/core/brief/brief.ts';
import { briefMarkdown, code, longestExample, type BriefSource } from '../../../src/core/brief/markdown.ts';
import { fitTfidf, transformTfidf } from '../../../src/core/probe/tfidf.ts';

const topics = {
  refunds: ['refund', 'money', 'back', 'card', 'charge', 'twice'],
  shipping: ['parcel', 'late', 'courier', 'door', 'tracking', 'lost'],
  praise: ['great', 'love', 'friendly', 'thanks', 'quick', 'staff'],
} as const;

function rows(counts: Readonly<Partial<Record<keyof typeof topics, number>>>, seed: number): string[] {
  const random = new Random(seed, 'topics');
  return Object.entries(counts).flatMap(([topic, count]) =>
    Array.from({ length: count }, () =>
      Array.from({ length: 6 }, () => {
        const words = topics[topic as keyof typeof topics];
        return words[random.integer(words.length)];
      }).join(' '),
    ),
  );
}

function setOf(...byLabel: readonly (readonly string[])[]): BriefSet {
  const texts = byLabel.flat();
  return {
    rows: texts.map((text, i) => ({ line: i + 1, text })),
    labelIds: byLabel.flatMap((own, label) => own.map(() => label)),
  };
}

function inputOf(real: BriefSet, synthetic: BriefSet, more: Partial<BriefInput> = {}): BriefInput {
  const texts = [...real.rows, ...synthetic.rows].map(({ text }) => text);
  const features = transformTfidf(fitTfidf(texts, { maxNgram: 1 }), texts);
  return { labels: ['complaint', 'praise'], real, synthetic, features, seed: 1, ...more };
}

/** Real complaints are of two kinds; the generator writes nearly only one of them. */
const real = setOf(rows({ refunds: 40, shipping: 40 }, 1), rows({ praise: 40 }, 2));
const synthetic = setOf(
  rows({ refunds: 380, shipping: 5 }, 3).map((text, i) =>
    i % 4 === 0 ? `I hope this email finds you well ${text}` : text,
  ),
  rows({ praise: 300 }, 4),
);
const source: BriefSource = {
  ...{
    synthetic: 'synthetic.jsonl',
    real: 'real.jsonl',
    realRows: 120,
    syntheticRows: 685,
    leftOut: 0,
    copies: 0,
    seed: 1,
  },
};

describe('briefLabels', () => {
  const [complaint, praise] = [...briefLabels(inputOf(real, synthetic, { clusters: 2 }))];

  it('finds what synthetic rows lack and what floods them, in true counts', () => {
    expect([complaint.realRows, complaint.syntheticRows]).toEqual([80, 385]);
    const [lacking, flooded] = complaint.clusters;
    expect(lacking).toMatchObject({ standing: 'lacking', realRows: 40, syntheticRows: 5, atRealShare: 193 });
    expect(flooded).toMatchObject({ standing: 'flooded', realRows: 40, syntheticRows: 380 });
    const words = new Set<string>(topics.shipping);
    expect(lacking.theme.length).toBeGreaterThan(3);
    for (const word of lacking.theme) expect(words).toContain(word);
    const examples = lacking.examples.filter(({ from }) => from === 'real');
    expect(examples).toHaveLength(3);
    for (const { line, text } of examples) expect(real.rows[line - 1].text).toBe(text);
  });

  it('lists the phrase that synthetic rows repeat, and no word of the label they share', () => {
    const used = complaint.overused.phrases.map(({ phrase }) => phrase);
    expect(used).toContain('i hope this email');
    expect(praise.overused).toEqual({ words: [], phrases: [] });
    const missing = complaint.missing.words.map(({ phrase }) => phrase);
    for (const word of topics.shipping) expect(missing).toContain(word);
  });

  it('calls nothing lacking where real and synthetic rows are drawn alike', () => {
    const alike = inputOf(
      setOf(rows({ refunds: 40, shipping: 40 }, 8), rows({ praise: 40 }, 9)),
      setOf(rows({ refunds: 200, shipping: 200 }, 10), rows({ praise: 200 }, 11)),
    );
    for (const { clusters, overused, missing } of briefLabels(alike)) {
      expect(clusters.length).toBeGreaterThan(1);
      expect(clusters.map(({ standing }) => standing)).toEqual(clusters.map(() => 'level'));
      expect([overused, missing]).toEqual([
        { words: [], phrases: [] },
        { words: [], phrases: [] },
      ]);
    }
  });

  it('every row is in one cluster of its label', () => {
    for (const { clusters, realRows, syntheticRows } of briefLabels(inputOf(real, synthetic))) {
      expect(clusters.reduce((sum, cluster) => sum + cluster.realRows, 0)).toBe(realRows);
      expect(clusters.reduce((sum, cluster) => sum + cluster.syntheticRows, 0)).toBe(syntheticRows);
    }
  });

  it('bears a label without synthetic rows', () => {
    const [, empty] = [...briefLabels(inputOf(real, setOf(rows({ refunds: 30 }, 5), [])))];
    expect(empty).toMatchObject({ syntheticRows: 0, overused: { words: [] }, missing: { words: [] } });
    expect(empty.lengths.synthetic).toBeUndefined();
    const text = briefMarkdown({ labels: [empty] }, source);
    expect(text).toContain('There is no synthetic row of this label yet');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('takes as many clusters as real rows bear', () => {
    expect([1, 7, 8, 50, 100, 200, 10_000].map(clustersFor)).toEqual([1, 1, 2, 5, 7, 8, 8]);
  });
});

describe('briefConfusions', () => {
  it('counts the rows whose label the quality checker contradicts clearly, the surest first', () => {
    const set = setOf(['a', 'b', 'c', 'd'], ['e', 'f']);
    const p = [0.9, 0.1, 0.05, 0.3, 0.02, 0.5];
    // P̂' of the first label; rows 2 and 3 are clear, row 4 is not, row 6 agrees half.
    const logP = p.flatMap((first) => [Math.log(first), Math.log(1 - first)]);
    expect(briefConfusions(inputOf(set, set, { logP }))).toEqual([
      {
        ...{ label: 'complaint', looksLike: 'praise', rows: 2, of: 4 },
        examples: [
          { line: 3, text: 'c', from: 'synthetic' },
          { line: 2, text: 'b', from: 'synthetic' },
        ],
      },
    ]);
    expect(briefConfusions(inputOf(set, set))).toBeUndefined();
  });
});

describe('briefMarkdown', () => {
  const long = `${'word '.repeat(200)}end`;
  const nasty = 'a `code` and ``two``\n# no heading <script>alert(1)</script>\u0007';
  const brief: Brief = {
    labels: [...briefLabels(inputOf(setOf([long, nasty, 'x'], ['y']), setOf([], [])))],
    confusions: [
      {
        label: 'complaint',
        looksLike: 'praise',
        rows: 1,
        of: 4,
        examples: [{ line: 1, text: long, from: 'synthetic' }],
      },
    ],
  };
  const text = briefMarkdown(brief, { ...source, quality: { accuracy: 0.873, outOfFold: true } });

  it('holds no longer text of a row, and none that is markup', () => {
    const spans = [...text.matchAll(/(`+)(.+?)\1(?!`)/g)].map((match) => match[2]);
    expect(spans.some((span) => span.endsWith('…'))).toBe(true);
    for (const span of spans) expect([...span].length).toBeLessThanOrEqual(longestExample + 2);
    expect(text).toContain('``` a `code` and ``two`` # no heading <script>alert(1)</script>� ```');
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('#'))
        .every((line) => !line.includes('no heading')),
    ).toBe(true);
  });

  it('says how good the checker is, and where real rows are few', () => {
    expect(text).toContain('right on 87 % of the real rows, so some of these are its mistakes');
    expect(text).toContain('Fewer than 30 real rows: `complaint`, `praise`');
    expect(text).toContain('for want of an encoder');
  });

  it('fences any text', () => {
    expect([code('plain'), code('a`b'), code('``'), code('')]).toEqual(['`plain`', '`` a`b ``', '``` `` ```', '`  `']);
  });
});
