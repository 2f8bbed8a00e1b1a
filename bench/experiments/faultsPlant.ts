// Faults planted in a set of rows whose own faults nobody marked: flipped labels, near-copies, rows of another domain. Pure.
import { Random, permutation } from '../../src/base/random.ts';
import { overlap, wordSets, wordsOf } from '../../src/core/duplicates/wordSets.ts';

/** What was done to a row; `untouched` rows may well be faulty too. */
export const faultKinds = ['untouched', 'flipped', 'copy', 'off-domain'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface PlainRow {
  readonly text: string;
  readonly label: string;
}

export interface PlantedRow extends PlainRow {
  readonly kind: FaultKind;
  /** Of a copy: the share of words (Jaccard) it has in common with the row it was made of. */
  readonly overlap?: number;
}

/**
 * Which labels are flipped: `scattered` rows, drawn at random, or rows that are alike, as a generator would be wrong that takes
 * a turn of phrase for the wrong thing: all `by word`, those of one label that hold a certain word.
 */
export const flipKinds = ['scattered', 'by word'] as const;
export type FlipKind = (typeof flipKinds)[number];

/** Shares of the number of rows. */
export const faultShares = { flipped: 0.1, copy: 0.1, 'off-domain': 0.05 } as const;

/**
 * Flips the labels of a tenth of the rows (to any other label, all as likely), adds copies of another tenth with one to
 * five small changes, each somewhere after the row it was made of, and adds a twentieth of rows from elsewhere, each with
 * the label of a row drawn at random. Copies are made of rows whose label was left as it is.
 *
 * @param labels The label map.
 * @param elsewhere Texts of each of some other domains, from which as many rows are drawn, one domain after the other.
 */
export function plantFaults(
  rows: readonly PlainRow[],
  labels: readonly string[],
  elsewhere: readonly (readonly string[])[],
  seed: number,
  flips: FlipKind = 'scattered',
): PlantedRow[] {
  const random = new Random(seed, 'faults');
  const counts = {
    flipped: Math.round(faultShares.flipped * rows.length),
    copy: Math.round(faultShares.copy * rows.length),
    offDomain: Math.round(faultShares['off-domain'] * rows.length),
  };
  if (elsewhere.some((texts) => texts.length * elsewhere.length < counts.offDomain)) {
    throw new RangeError(`${String(counts.offDomain)} rows of other domains are needed, as many of each`);
  }
  const order = [...permutation(rows.length, random)];
  const toFlip = new Set(
    flips === 'scattered'
      ? order.slice(0, counts.flipped)
      : rowsByWord(rows, counts.flipped, new Random(seed, 'words')),
  );
  const toCopy = order.filter((row) => !toFlip.has(row)).slice(0, counts.copy);
  const placed: { readonly at: number; readonly row: PlantedRow }[] = rows.map(({ text, label }, at) => {
    if (!toFlip.has(at)) return { at, row: { text, label, kind: 'untouched' } };
    const others = labels.filter((other) => other !== label);
    return { at, row: { text, label: others[random.integer(others.length)], kind: 'flipped' } };
  });
  const taken = new Set(rows.map(({ text }) => text));
  for (const source of toCopy) {
    const { text, label } = rows[source];
    const copy = nearCopy(text, taken, random);
    taken.add(copy);
    const { sets, setOf } = wordSets([text, copy]);
    const common = overlap(sets[setOf[0]], sets[setOf[1]]);
    const at = source + (1 - random.uniform()) * (rows.length - source);
    placed.push({ at, row: { text: copy, label, kind: 'copy', overlap: common } });
  }
  const drawn = elsewhere.map((texts) => [...permutation(texts.length, random)].map((i) => texts[i]));
  for (let i = 0; i < counts.offDomain; i++) {
    const text = drawn[i % drawn.length][Math.floor(i / drawn.length)];
    const { label } = rows[random.integer(rows.length)];
    placed.push({ at: random.uniform() * rows.length, row: { text, label, kind: 'off-domain' } });
  }
  // Array.prototype.sort is stable, and the rows themselves come first among equals.
  return placed.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

/** Rows of one label with a certain word, then with another of it or of another label, until there are enough. */
function rowsByWord(rows: readonly PlainRow[], count: number, random: Random): number[] {
  const holders = new Map<string, number[]>();
  rows.forEach(({ text, label }, row) => {
    for (const word of wordsOf(text)) {
      const key = `${label}\n${word}`;
      const list = holders.get(key);
      if (list === undefined) holders.set(key, [row]);
      else list.push(row);
    }
  });
  // Words of a fiftieth to a twentieth of the rows: frequent enough to be learnt, and few of them make up a tenth.
  const frequent = [...holders.values()].filter(
    ({ length }) => length >= rows.length / 50 && length <= rows.length / 20,
  );
  const chosen = new Set<number>();
  for (const i of permutation(frequent.length, random)) for (const row of frequent[i]) chosen.add(row);
  return [...chosen].slice(0, count);
}

/** Words that stand for each other in most sentences, either way. */
const alike: readonly (readonly string[])[] = [
  ['a', 'the'],
  ['this', 'that'],
  ['is', 'was'],
  ['are', 'were'],
  ['has', 'had'],
  ['will', 'would'],
  ['movie', 'film'],
  ['very', 'really'],
  ['and', 'plus'],
  ['but', 'yet'],
  ['its', 'the'],
  ['company', 'firm'],
  ['announces', 'reports'],
  ['due', 'owing'],
  ['in', 'within'],
  ['of', 'from'],
  ['story', 'tale'],
  ['ever', 'yet'],
  ['people', 'viewers'],
  ['new', 'recent'],
];
const fillers = ['indeed', 'clearly', 'also', 'actually', 'overall', 'again', 'here', 'now', 'too', 'still'];
/** Words that may go without turning the meaning round. */
const droppable = new Set(
  'a an the this that it its and is was are were of to in on at for very really so as with also some'.split(' '),
);

/**
 * The text with one to five small changes, no more than one in four words: a word replaced by one that can stand for it, a
 * small word dropped, a filler put in, two neighbours exchanged. Never a text that is there already.
 */
export function nearCopy(text: string, taken: ReadonlySet<string>, random: Random): string {
  const original = text.split(/\s+/).filter((word) => word !== '');
  const changes = 1 + random.integer(Math.min(5, Math.max(1, Math.floor(original.length / 4))));
  let words = original;
  let copy = text;
  for (let done = 0; done < changes || taken.has(copy); done++) {
    words = changed(words, random);
    copy = words.join(' ');
  }
  return copy;
}

function changed(words: readonly string[], random: Random): string[] {
  const next = [...words];
  const bare = words.map((word) => word.toLowerCase());
  const replaceable = bare.flatMap((word, i) => (alike.some((pair) => pair.includes(word)) ? [i] : []));
  const small = bare.flatMap((word, i) => (droppable.has(word) ? [i] : []));
  const way = random.integer(4);
  if (way === 0 && replaceable.length > 0) {
    const i = replaceable[random.integer(replaceable.length)];
    const others = alike.filter((pair) => pair.includes(bare[i])).flat();
    const choices = others.filter((other) => other !== bare[i]);
    next[i] = choices[random.integer(choices.length)];
  } else if (way === 1 && small.length > 0) {
    next.splice(small[random.integer(small.length)], 1);
  } else if (way === 2 && words.length > 2) {
    const i = random.integer(words.length - 1);
    [next[i], next[i + 1]] = [next[i + 1], next[i]];
  } else {
    next.splice(random.integer(words.length + 1), 0, fillers[random.integer(fillers.length)]);
  }
  return next;
}
