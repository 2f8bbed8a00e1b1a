/**
 * Rows of one set that are copies of rows of others: in the same words up to case and spacing, in most of the same words, or
 * by the cosine of their embeddings. A model that was trained on a row says nothing by its answer to a copy, whatever
 * label the copy has.
 */
import { bestOverlaps } from './overlapJoin.ts';
import { wordSets } from './wordSets.ts';

/** A row that is a copy, and of what. */
export interface Copy {
  /** Index among the rows that were asked about. */
  readonly row: number;
  /** Index among the originals. */
  readonly original: number;
  /** `exact`: the same text up to case and spacing. */
  readonly kind: 'exact' | 'near';
}

/** When two texts count as copies of each other. */
export interface CopyRule {
  /** Share of words in common (Jaccard), above 0. */
  readonly overlap: number;
  /** Cosine of the embeddings. */
  readonly cosine: number;
}

/** The original nearest to each row by cosine; index −1 where there is none. */
export interface NearestOriginal {
  readonly index: ArrayLike<number>;
  readonly cosine: ArrayLike<number>;
}

/** Equal for texts that differ in case and spacing only, or in how characters are composed. */
export function normalisedText(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/**
 * Finds the rows that are copies of originals, each with one original: an exact one, else the one that shares most words,
 * else the nearest.
 *
 * @param nearest Absent: copies are found by their words alone.
 * @returns In the order of the rows.
 */
export function findCopies(
  texts: readonly string[],
  originals: readonly string[],
  rule: CopyRule,
  nearest?: NearestOriginal,
): Copy[] {
  const firstOf = new Map<string, number>();
  originals.forEach((text, original) => {
    const key = normalisedText(text);
    if (!firstOf.has(key)) firstOf.set(key, original);
  });
  const { sets, setOf } = wordSets([...originals, ...texts]);
  const firstWithSet = new Map<number, number>();
  for (let original = 0; original < originals.length; original++) {
    if (!firstWithSet.has(setOf[original])) firstWithSet.set(setOf[original], original);
  }
  const withSet = [...firstWithSet.values()];
  const alike = bestOverlaps(
    texts.map((_, row) => sets[setOf[originals.length + row]]),
    withSet.map((original) => sets[setOf[original]]),
    rule.overlap,
  );
  return texts.flatMap((text, row): Copy[] => {
    const exact = firstOf.get(normalisedText(text));
    if (exact !== undefined) return [{ row, original: exact, kind: 'exact' }];
    if (alike.index[row] >= 0) return [{ row, original: withSet[alike.index[row]], kind: 'near' }];
    if (nearest === undefined || nearest.index[row] < 0 || nearest.cosine[row] < rule.cosine) return [];
    return [{ row, original: nearest.index[row], kind: 'near' }];
  });
}

/** A place in a file, as a user finds it. */
export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Rows of a set that are copies, counted, with a few of them. */
export interface CopiedRows {
  /** Rows of the set. */
  readonly rows: number;
  /** Of them, exact copies; near-copies. */
  readonly exact: number;
  readonly near: number;
  readonly examples: readonly { readonly line: number; readonly kind: Copy['kind']; readonly of: Place }[];
}

/** Copies that are named. */
const mostExamples = 5;

/**
 * Counts copies and names a few of them.
 *
 * @param lines Of the rows that were asked about.
 * @param places Of the originals.
 */
export function describeCopies(
  copies: readonly Copy[],
  lines: readonly number[],
  places: (original: number) => Place,
): CopiedRows {
  const exact = copies.filter(({ kind }) => kind === 'exact').length;
  return {
    rows: lines.length,
    ...{ exact, near: copies.length - exact },
    examples: copies.slice(0, mostExamples).map(({ row, original, kind }) => ({
      ...{ line: lines[row], kind, of: places(original) },
    })),
  };
}

/** How many of a set's rows are copies, of what kind, and which: "7 of 1000 rows are …", without a full stop. */
export function copiesText({ rows, exact, near, examples }: CopiedRows, of: string): string {
  const total = exact + near;
  const kinds = near === 0 ? 'exact' : exact === 0 ? 'near' : `${String(exact)} exact, ${String(near)} near`;
  const named = examples.map(
    ({ line, of: { file, line: ofLine } }) => `line ${String(line)} of ${file}:${String(ofLine)}`,
  );
  const more = total > examples.length ? ', …' : '';
  const are = total === 1 ? 'is a copy' : 'are copies';
  return `${String(total)} of ${String(rows)} rows ${are} of ${of} (${kinds}; ${named.join(', ')}${more})`;
}
