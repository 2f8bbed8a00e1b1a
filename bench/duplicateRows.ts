/** Rows that repeat each other in different ways, texts with embeddings: what finding duplicates is measured on. */
import type { Random } from '../src/base/random.ts';

export const width = 384;

/** How rows are drawn. */
interface Kind {
  readonly topics: number;
  /** The first topics have most rows (Zipf), instead of all as many. */
  readonly uneven?: boolean;
  /** Length of what an embedding adds to its topic's, the topic's being 1; two rows have a cosine of 1 / (1 + spread²). */
  readonly spread: (topic: number) => number;
  /** Share of rows that are near-copies of an earlier one by their embeddings. */
  readonly copied: number;
  readonly text: (random: Random) => string;
}

/** Kinds of rows, from easy to hard. */
export const kinds: Readonly<Record<string, Kind>> = {
  varied: {
    ...{ topics: 200, spread: () => 0.9, copied: 0.05 },
    text: (random) => ownWords(random, 12 + random.integer(10)),
  },
  // Stock phrases of eight words, one or two to a text, among words of its own. Rows of one topic have cosines of 0.90 in
  // one topic, 0.99 in another: around the limit, so that whole topics are copies, and others are so in part.
  clichés: {
    ...{ topics: 300, uneven: true, spread: (topic) => Math.sqrt(1 / (0.9 + 0.01 * (topic % 10)) - 1), copied: 0 },
    text: (random) => {
      const phrase = (): string => {
        const which = random.integer(50);
        return Array.from({ length: 8 }, (_, i) => `phrase${String(which)}x${String(i)}`).join(' ');
      };
      return [phrase(), ...(random.uniform() < 0.5 ? [phrase()] : []), ownWords(random, 6)].join(' ');
    },
  },
  // Nothing rare in any text.
  'few words': {
    ...{ topics: 200, spread: () => 0.9, copied: 0.05 },
    text: (random) => Array.from({ length: 12 + random.integer(6) }, () => `w${String(random.integer(60))}`).join(' '),
  },
  'one template': {
    ...{ topics: 1, spread: () => 0.1, copied: 0.05 },
    text: (random) =>
      `thank you for your order number ${String(random.integer(1_000_000))} it was sent to you today and will be there ` +
      `within ${String(random.integer(30))} days please keep this message`,
  },
  // Told alike by the encoder alone, and hardly ever as alike as copies: every pair has to be looked at.
  'one topic': {
    ...{ topics: 1, spread: () => Math.sqrt(1 / 0.94 - 1), copied: 0.05 },
    text: (random) => ownWords(random, 12 + random.integer(10)),
  },
};

/** Rows of one kind. */
export function drawRows(
  { topics, uneven = false, spread, copied, text }: Kind,
  n: number,
  random: Random,
): { readonly texts: string[]; readonly values: Float32Array } {
  // Embeddings of encoders lie along a few directions more than along others.
  const scale = Float64Array.from({ length: width }, (_, k) => (k + 1) ** -0.35);
  const centre = Float64Array.from({ length: topics * width }, (_, i) => random.normal() * scale[i % width]);
  const shares = Float64Array.from({ length: topics }, (_, topic) => (uneven ? 1 / (topic + 1) : 1));
  const upTo = shares.map(
    (
      (sum) => (share) =>
        (sum += share)
    )(0),
  );
  const texts: string[] = [];
  const values = new Float32Array(n * width);
  for (let row = 0; row < n; row++) {
    const place = random.uniform() * upTo[topics - 1];
    const topic = uneven ? upTo.findIndex((end) => place < end) : random.integer(topics);
    texts.push(text(random));
    const original = row > 0 && random.uniform() < copied ? random.integer(row) : -1;
    const own = values.subarray(row * width, (row + 1) * width);
    let squares = 0;
    for (let k = 0; k < width; k++) {
      own[k] =
        original >= 0
          ? values[original * width + k] + 0.012 * random.normal()
          : centre[topic * width + k] + spread(topic) * scale[k] * random.normal();
      squares += own[k] ** 2;
    }
    for (let k = 0; k < width; k++) own[k] /= Math.sqrt(squares);
  }
  return { texts, values };
}

/** Words as in a language: few of them often, most of them seldom. */
function ownWords(random: Random, count: number): string {
  return Array.from(
    { length: count },
    () => `w${String(Math.floor(Math.exp(random.uniform() * Math.log(30_000))))}`,
  ).join(' ');
}
