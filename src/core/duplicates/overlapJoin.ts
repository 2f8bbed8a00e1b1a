/**
 * All pairs of sets that overlap enough, without comparing each with each: prefix filtering (Chaudhuri et al., "A
 * primitive operator for similarity joins in data cleaning", ICDE 2006; Bayardo et al., "Scaling up all pairs similarity
 * search", WWW 2007). It is exact.
 */
import { commonWords } from './wordSets.ts';

/**
 * Finds each pair of sets whose Jaccard overlap is at least `threshold`.
 *
 * Two such sets share one of their rarest words: of a set of n words, one among the first n − ⌈threshold·n⌉ + 1. So only
 * those are looked up.
 *
 * @param sets Ascending numbers, the rarest word having the smallest.
 * @param threshold Above 0, at most 1.
 * @yields Pairs of indices into `sets`, the smaller first; in no order that means anything.
 */
export function* overlappingPairs(
  sets: readonly Int32Array[],
  threshold: number,
): Generator<readonly [number, number], void, undefined> {
  if (!(threshold > 0 && threshold <= 1)) throw new RangeError(`threshold must be above 0 and at most 1`);
  // Shorter ones first: what is in the index is never longer than the set that asks.
  const bySize = Int32Array.from(sets.keys()).sort((a, b) => sets[a].length - sets[b].length || a - b);
  const holders = new Map<number, number[]>();
  const askedBy = new Int32Array(sets.length).fill(-1);
  for (const own of bySize) {
    const set = sets[own];
    const prefix = set.length - atLeast(threshold * set.length) + 1;
    for (let at = 0; at < Math.min(prefix, set.length); at++) {
      const list = holders.get(set[at]);
      if (list === undefined) holders.set(set[at], [own]);
      else {
        for (const other of list) {
          if (askedBy[other] === own || sets[other].length < atLeast(threshold * set.length)) continue;
          askedBy[other] = own;
          const common = commonWords(set, sets[other]);
          if (common >= threshold * (set.length + sets[other].length - common)) {
            yield own < other ? [own, other] : [other, own];
          }
        }
        list.push(own);
      }
    }
  }
}

/** The least whole number that is not below x; a rounding error above a whole number does not count. */
function atLeast(x: number): number {
  return Math.ceil(x - 1e-9);
}
