/** From where on rows count as near-duplicates; apart from the search for them, which needs an engine. */

/** Cosine from which two texts count as near-duplicates. */
export const nearDuplicateCosine = 0.95;

/**
 * Share of words in common (Jaccard) from which two texts count as near-duplicates. A copy with a few words exchanged
 * keeps most of its words while its embedding moves: of the 38 near-copies planted in `examples/spam`, 37 are found by
 * their words (a test counts them).
 */
export const nearDuplicateOverlap = 0.7;

/**
 * Near-duplicates of a row from which on no more are looked for: thousands of rows of one template have millions of pairs.
 * A count from here on means at least so many. Which rows belong together does not depend on it.
 */
export const mostNearDuplicatesCounted = 200;
