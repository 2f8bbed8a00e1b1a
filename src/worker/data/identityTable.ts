/** Counting and finding rows by their 64-bit text hash, without an object or a string per row. */

/** Finds an index by hash and occurrence. */
export interface IdentityTable {
  /** The index that was added under it; −1 for none. */
  find(high: number, low: number, occurrence: number): number;
}

/** An open-addressing table of indices; at most two thirds full. */
function slotsFor(entries: number): { slots: Int32Array; mask: number } {
  let size = 16;
  while (size * 2 < entries * 3) size *= 2;
  return { slots: new Int32Array(size).fill(-1), mask: size - 1 };
}

/** Where to look first. The hash is a part of a SHA-256, so its bits are as good as random. */
function firstSlot(low: number, occurrence: number, mask: number): number {
  return (low + Math.imul(occurrence, 0x9e3779b1)) & mask;
}

/** A table of n entries known by three columns; of equal ones the first counts. */
export function identityTable(
  n: number,
  high: ArrayLike<number>,
  low: ArrayLike<number>,
  occurrence: ArrayLike<number>,
): IdentityTable {
  const { slots, mask } = slotsFor(n);
  const probe = (h: number, l: number, o: number): number => {
    let slot = firstSlot(l, o, mask);
    for (; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const i = slots[slot];
      if (low[i] === l && high[i] === h && occurrence[i] === o) break;
    }
    return slot;
  };
  for (let i = 0; i < n; i++) {
    const slot = probe(high[i], low[i], occurrence[i]);
    if (slots[slot] < 0) slots[slot] = i;
  }
  return { find: (h, l, o) => slots[probe(h, l, o)] };
}

/** Counts how often each hash came before. */
export interface OccurrenceCounter {
  /**
   * Counts one more. `index` stands for the hash in the columns the counter was made with.
   * @returns How many came before.
   */
  count(index: number): number;
  /** How many of a hash were counted. */
  counted(high: number, low: number): number;
}

/** A counter of hashes that stand in columns. @param most Number of calls of `count` at most. */
export function occurrenceCounter(most: number, high: ArrayLike<number>, low: ArrayLike<number>): OccurrenceCounter {
  const { slots, mask } = slotsFor(most);
  const counts = new Int32Array(slots.length);
  const probe = (h: number, l: number): number => {
    let slot = firstSlot(l, 0, mask);
    for (; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const i = slots[slot];
      if (low[i] === l && high[i] === h) break;
    }
    return slot;
  };
  return {
    count: (index) => {
      const slot = probe(high[index], low[index]);
      if (slots[slot] < 0) slots[slot] = index;
      return counts[slot]++;
    },
    counted: (h, l) => counts[probe(h, l)],
  };
}
