/** Work that waits until nothing has asked for it again for a while. */
export class Later {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Does `work` after `delay` milliseconds, unless work of the same name is asked for before that. */
  ask(name: string, delay: number, work: () => void): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(work, delay));
  }
}
