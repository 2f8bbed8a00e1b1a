/** How long after a key VS Code may tell of it, milliseconds. */
const longest = 1000;

/**
 * Actions that a key in the list began. The list acts at once, for VS Code learns only a moment later that the list has the
 * keyboard; where VS Code runs the key's command as well, that is no second wish.
 */
export class Echoes<Action> {
  #expected: { readonly action: Action; readonly until: number }[] = [];

  /** @param now Milliseconds. */
  began(action: Action, now: number): void {
    this.#expected.push({ action, until: now + longest });
  }

  /** Whether this is the echo of a key; each key has one. */
  take(action: Action, now: number): boolean {
    this.#expected = this.#expected.filter(({ until }) => until >= now);
    const at = this.#expected.findIndex((expected) => expected.action === action);
    if (at === -1) return false;
    this.#expected.splice(at, 1);
    return true;
  }
}
