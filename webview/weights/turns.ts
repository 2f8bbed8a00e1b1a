/**
 * Lets actions begin one after the other, each only once what the one before it changed is shown: two quick presses of the
 * key that removes a row are about two rows, and both are those that were on screen.
 */
export class Turns {
  readonly #isSettled: () => boolean;
  readonly #longest: number;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /**
   * @param isSettled Whether what is shown is up to date.
   * @param longest Milliseconds that an action waits for its turn.
   */
  constructor(isSettled: () => boolean, longest = 3000) {
    this.#isSettled = isSettled;
    this.#longest = longest;
  }

  /** @returns Whether the turn has come, to be ended by `end`; false where that took too long: the moment has passed. */
  async begin(): Promise<boolean> {
    if (this.#busy || !this.#isSettled()) {
      const came = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(come), 1);
          resolve(false);
        }, this.#longest);
        const come = (): void => {
          clearTimeout(timer);
          resolve(true);
        };
        this.#waiting.push(come);
      });
      // Whoever called has taken the turn for us.
      return came;
    }
    this.#busy = true;
    return true;
  }

  end(): void {
    this.#busy = false;
    this.look();
  }

  /** What is shown may be up to date now. */
  look(): void {
    if (this.#busy || !this.#isSettled()) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    next();
  }
}
