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

/**
 * The same table for entries that are mostly asked for in their order, as the rows of a file and their scores are: the
 * entry after the one found last is looked at first, and the table itself is made when that is another one. An identity
 * stands for one entry here; of equal ones any may be found.
 */
export function identitiesInOrder(
  n: number,
  high: ArrayLike<number>,
  low: ArrayLike<number>,
  occurrence: ArrayLike<number>,
): IdentityTable {
  let next = 0;
  let table: IdentityTable | undefined;
  const isAt = (i: number, h: number, l: number, o: number): boolean =>
    low[i] === l && high[i] === h && occurrence[i] === o;
  return {
    find: (h, l, o) => {
      // From the first again, when all were asked for once.
      const expected = next < n && isAt(next, h, l, o) ? next : n > 0 && isAt(0, h, l, o) ? 0 : -1;
      const found = expected >= 0 ? expected : (table ??= identityTable(n, high, low, occurrence)).find(h, l, o);
      if (found >= 0) next = found + 1;
      return found;
    },
  };
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

/** A count that does not fit a byte. */
const isLarge = 255;

/** A counter of hashes that stand in columns. @param most Number of calls of `count` at most. */
export function occurrenceCounter(most: number, high: ArrayLike<number>, low: ArrayLike<number>): OccurrenceCounter {
  const { slots, mask } = slotsFor(most);
  // One byte for nearly all: ten million rows have sixteen million slots.
  const counts = new Uint8Array(slots.length);
  const large = new Map<number, number>();
  const probe = (h: number, l: number): number => {
    let slot = firstSlot(l, 0, mask);
    for (; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const i = slots[slot];
      if (low[i] === l && high[i] === h) break;
    }
    return slot;
  };
  const countAt = (slot: number): number => (counts[slot] === isLarge ? (large.get(slot) ?? isLarge) : counts[slot]);
  return {
    count: (index) => {
      const slot = probe(high[index], low[index]);
      if (slots[slot] < 0) slots[slot] = index;
      const before = countAt(slot);
      if (before < isLarge - 1) counts[slot]++;
      else {
        counts[slot] = isLarge;
        large.set(slot, before + 1);
      }
      return before;
    },
    counted: (h, l) => countAt(probe(h, l)),
  };
}
