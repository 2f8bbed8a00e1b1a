/**
 * All pairs of sets that overlap enough, without comparing each with each: prefix filtering (Chaudhuri et al., "A
 * primitive operator for similarity joins in data cleaning", ICDE 2006; Bayardo et al., "Scaling up all pairs similarity
 * search", WWW 2007), and signatures of bits that show most pairs to differ too much before their words are counted (Sandes et
 * al., "Bitmap filter: speeding up exact set similarity joins with bitwise operations", 2018). It is exact.
 */
import { commonWords, overlap } from './wordSets.ts';

/**
 * What makes further pairs of a set unnecessary: it is `isFull` when enough of its pairs are known. Of two full sets in
 * one group the pair is left out. Both may change while pairs are handed out; what is full stays so, and what is in one
 * group stays together.
 */
export interface Settled {
  readonly isFull: (set: number) => boolean;
  readonly groupOf: (set: number) => number;
}

/** Sets that hold a word: full ones apart, by a member of their group. */
interface Holders {
  open: number[];
  readonly full: Map<number, number[]>;
}

const nothingSettled: Settled = { isFull: () => false, groupOf: () => 0 };

/**
 * Finds each pair of sets whose Jaccard overlap is at least `threshold`.
 *
 * Two such sets share one of their rarest words: of a set of n words, one among the first n − ⌈threshold·n⌉ + 1. So only
 * those are looked up. Thousands of sets that all overlap have millions of pairs: `settled` says which of them nobody
 * needs, and they cost nothing then.
 *
 * @param sets Ascending numbers, the rarest word having the smallest.
 * @param threshold Above 0, at most 1.
 * @yields Pairs of indices into `sets`, the smaller first; in no order that means anything, but always the same.
 */
export function* overlappingPairs(
  sets: readonly Int32Array[],
  threshold: number,
  settled: Settled = nothingSettled,
): Generator<readonly [number, number], void, undefined> {
  check(threshold);
  const { isFull, groupOf } = settled;
  // Shorter ones first: what is in the index is never longer than the set that asks.
  const bySize = Int32Array.from(sets.keys()).sort((a, b) => sets[a].length - sets[b].length || a - b);
  const holders = new Map<number, Holders>();
  const askedBy = new Int32Array(sets.length).fill(-1);
  const signatures = new Signatures(sets, threshold);
  for (const own of bySize) {
    const set = sets[own];
    const shortest = atLeast(threshold * set.length);
    const overlaps = (other: number): boolean => {
      if (askedBy[other] === own || sets[other].length < shortest) return false;
      askedBy[other] = own;
      if (signatures.differTooMuch(own, other)) return false;
      const common = commonWords(set, sets[other]);
      return common >= threshold * (set.length + sets[other].length - common);
    };
    for (let at = 0; at < prefixOf(set, threshold); at++) {
      const found = holders.get(set[at]);
      if (found === undefined) {
        holders.set(set[at], { open: [own], full: new Map() });
        continue;
      }
      putFullApart(found, settled);
      for (const other of found.open) if (overlaps(other)) yield ordered(own, other);
      for (const [member, others] of found.full) {
        for (const other of others) {
          if (isFull(own) && groupOf(own) === groupOf(member)) break;
          if (overlaps(other)) yield ordered(own, other);
        }
      }
      found.open.push(own);
    }
  }
}

/** Moves sets that have become full to those of their group. */
function putFullApart(holders: Holders, { isFull, groupOf }: Settled): void {
  const full = holders.open.filter(isFull);
  if (full.length === 0) return;
  holders.open = holders.open.filter((set) => !isFull(set));
  const members = new Map([...holders.full.keys()].map((member) => [groupOf(member), member]));
  for (const set of full) {
    const member = members.get(groupOf(set));
    if (member !== undefined) holders.full.get(member)?.push(set);
    else {
      members.set(groupOf(set), set);
      holders.full.set(set, [set]);
    }
  }
}

/** The set that another overlaps most. */
export interface BestOverlap {
  /** [queries] index into the references, the first of equals; −1 where none overlaps enough. */
  readonly index: Int32Array;
  /** [queries] the overlap with it, 0 to 1; 0 where there is none. */
  readonly overlap: Float64Array;
}

/**
 * For each query the reference with the largest Jaccard overlap of at least `threshold`.
 *
 * @param queries Ascending numbers, the rarest word having the smallest; numbers mean the same in `references`.
 * @param threshold Above 0, at most 1.
 */
export function bestOverlaps(
  queries: readonly Int32Array[],
  references: readonly Int32Array[],
  threshold: number,
): BestOverlap {
  check(threshold);
  const askers = new Map<number, number[]>();
  queries.forEach((set, query) => {
    for (let at = 0; at < prefixOf(set, threshold); at++) {
      const list = askers.get(set[at]);
      if (list === undefined) askers.set(set[at], [query]);
      else list.push(query);
    }
  });
  const best: BestOverlap = {
    index: new Int32Array(queries.length).fill(-1),
    overlap: new Float64Array(queries.length),
  };
  const askedBy = new Int32Array(queries.length).fill(-1);
  references.forEach((set, reference) => {
    for (let at = 0; at < prefixOf(set, threshold); at++) {
      for (const query of askers.get(set[at]) ?? []) {
        if (askedBy[query] === reference) continue;
        askedBy[query] = reference;
        const [shorter, longer] = [set.length, queries[query].length].sort((a, b) => a - b);
        if (shorter < atLeast(threshold * longer)) continue;
        const common = commonWords(set, queries[query]);
        if (common < threshold * (set.length + queries[query].length - common)) continue;
        const found = overlap(set, queries[query]);
        if (found <= best.overlap[query]) continue;
        best.index[query] = reference;
        best.overlap[query] = found;
      }
    }
  });
  return best;
}

const signatureInts = 4;

/** Sets as 128 bits each, one for every word by its number: two sets differ by at least as many words as by bits. */
class Signatures {
  readonly #bits: Int32Array;
  readonly #sizes: Int32Array;
  readonly #share: number;

  constructor(sets: readonly Int32Array[], threshold: number) {
    this.#bits = new Int32Array(sets.length * signatureInts);
    this.#sizes = Int32Array.from(sets, ({ length }) => length);
    // Of sets that overlap by t, at most (1 − t) / (1 + t) of their words, counted together, are in one of them only.
    this.#share = (1 - threshold) / (1 + threshold);
    sets.forEach((set, i) => {
      for (const word of set) {
        const hash = Math.imul(word, 0x9e3779b1) >>> 25;
        this.#bits[i * signatureInts + (hash >>> 5)] ^= 1 << (hash & 31);
      }
    });
  }

  /** Never said of two sets that overlap enough. */
  differTooMuch(i: number, j: number): boolean {
    const most = this.#share * (this.#sizes[i] + this.#sizes[j]) + 1e-9;
    let differing = 0;
    for (let k = 0; k < signatureInts; k++) {
      differing += ones(this.#bits[i * signatureInts + k] ^ this.#bits[j * signatureInts + k]);
      if (differing > most) return true;
    }
    return false;
  }
}

/** Bits that are 1. */
function ones(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function check(threshold: number): void {
  if (!(threshold > 0 && threshold <= 1)) throw new RangeError(`threshold must be above 0 and at most 1`);
}

/** How many of a set's rarest words must be looked up: all others together are too few to overlap enough. */
function prefixOf(set: Int32Array, threshold: number): number {
  return Math.min(set.length, set.length - atLeast(threshold * set.length) + 1);
}

function ordered(a: number, b: number): readonly [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** The least whole number that is not below x; a rounding error above a whole number does not count. */
function atLeast(x: number): number {
  return Math.ceil(x - 1e-9);
}
