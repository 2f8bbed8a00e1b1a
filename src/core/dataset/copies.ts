/** The part of a row that tells its text from others. */
interface Hashed {
  textHash: string;
}

/** How many rows repeat, character for character, the text of an earlier row of the same set. */
export function exactCopies(rows: readonly Hashed[]): number {
  return rows.length - hashesOf(rows).size;
}

/** How many rows of each of two sets have a text that the other set has too. */
export function exactCopiesAcross(
  first: readonly Hashed[],
  second: readonly Hashed[],
): { inFirst: number; inSecond: number } {
  const firstHashes = hashesOf(first);
  const secondHashes = hashesOf(second);
  return {
    inFirst: first.filter((row) => secondHashes.has(row.textHash)).length,
    inSecond: second.filter((row) => firstHashes.has(row.textHash)).length,
  };
}

function hashesOf(rows: readonly Hashed[]): ReadonlySet<string> {
  return new Set(rows.map((row) => row.textHash));
}
