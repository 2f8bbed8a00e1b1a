/**
 * Does something again some time after it was asked for, once for many askings, and never twice at the same time. What was
 * asked for while it ran is done afterwards.
 */
export class Refresher {
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #disposed = false;

  /** @param work Must not throw. @param delay In ms. */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly delay: number,
  ) {}

  /** Asks for it. */
  ask(): void {
    if (this.#disposed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), this.delay);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#again = false;
    try {
      await this.work();
    } finally {
      this.#running = false;
      if (this.#again) this.ask();
    }
  }
}
