/** Rows that are linked, directly or through others: a union-find forest over row indices. */

export class Groups {
  readonly #parent: Int32Array;

  /** @param size Number of rows; each begins alone. */
  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** Puts two rows, and all linked with either, into one group. */
  link(i: number, j: number): void {
    const [a, b] = [this.rootOf(i), this.rootOf(j)];
    this.#parent[Math.max(a, b)] = Math.min(a, b);
  }

  /** The first row of the group that a row belongs to. */
  rootOf(i: number): number {
    const parent = this.#parent;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }
}
