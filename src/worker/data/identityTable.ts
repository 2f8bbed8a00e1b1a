/** Counting and finding rows by their 64-bit text hash, without an object or a string per row. */

/** Finds an index by hash and occurrence. */
export interface IdentityTable {
  /** The index that was added under it; −1 for none. */
  find(high: number, low: number, occurrence: number): number;
}

/** Slots of an open-addressing table, a power of two: at most two thirds of them are taken. */
function slotCount(entries: number): number {
  let size = 16;
  while (size * 2 < entries * 3) size *= 2;
  return size;
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
  const slots = new Int32Array(slotCount(n)).fill(-1);
  const mask = slots.length - 1;
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
  const size = slotCount(most);
  const mask = size - 1;
  // A slot holds an index plus one, 0 being free, and above it the hash's first bits: other hashes are told by these, and
  // the columns, which are too large for the processor's caches, are looked at for copies alone.
  const slots = new Int32Array(size);
  const bits = 32 - Math.clz32(high.length);
  const indexBits = 2 ** bits - 1;
  // How many came after the first. One byte for nearly all: ten million rows have sixteen million slots.
  const again = new Uint8Array(size);
  const large = new Map<number, number>();
  const probe = (h: number, l: number): number => {
    let slot = firstSlot(l, 0, mask);
    for (let kept = slots[slot]; kept !== 0; kept = slots[slot]) {
      if ((kept ^ h) >>> bits === 0) {
        const i = (kept & indexBits) - 1;
        if (low[i] === l && high[i] === h) break;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const countAt = (slot: number): number => {
    if (slots[slot] === 0) return 0;
    return 1 + (again[slot] === isLarge ? (large.get(slot) ?? isLarge) : again[slot]);
  };
  return {
    count: (index) => {
      const slot = probe(high[index], low[index]);
      const before = countAt(slot);
      if (before === 0) slots[slot] = (high[index] & ~indexBits) | (index + 1);
      else if (before < isLarge) again[slot] = before;
      else {
        again[slot] = isLarge;
        large.set(slot, before);
      }
      return before;
    },
    counted: (h, l) => countAt(probe(h, l)),
  };
}
