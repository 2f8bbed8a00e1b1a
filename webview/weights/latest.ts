/**
 * Runs one asynchronous task at a time over inputs that change faster than it answers: while one is under way only the
 * newest input is kept, and what was superseded is never started.
 */
export class Latest<Input, Output> {
  readonly #run: (input: Input) => Promise<Output>;
  readonly #done: (output: Output, input: Input, newest: boolean) => void | Promise<void>;
  readonly #failed: (thrown: unknown, input: Input) => void;
  readonly #idle: () => void;
  #next: { readonly input: Input } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;

  /**
   * @param done With each answer; `newest` is false where another input waits already. What it returns is waited for
   *   before the next run.
   * @param idle After the last input was dealt with.
   */
  constructor(
    run: (input: Input) => Promise<Output>,
    done: (output: Output, input: Input, newest: boolean) => void | Promise<void>,
    failed: (thrown: unknown, input: Input) => void,
    idle: () => void = () => undefined,
  ) {
    this.#run = run;
    this.#done = done;
    this.#failed = failed;
    this.#idle = idle;
  }

  /** Whether an input waits or runs. */
  get pending(): boolean {
    return this.#busy || this.#next !== undefined;
  }

  /** Whether an input waits that is newer than the one that runs. */
  get superseded(): boolean {
    return this.#next !== undefined;
  }

  /** Runs `input` as soon as it can, after `delay` milliseconds at the earliest, unless a newer one comes. */
  request(input: Input, delay = 0): void {
    this.#next = { input };
    clearTimeout(this.#timer);
    if (delay === 0) this.#start();
    else {
      this.#timer = setTimeout(() => {
        this.#start();
      }, delay);
    }
  }

  #start(): void {
    if (this.#busy || this.#next === undefined) return;
    const { input } = this.#next;
    this.#next = undefined;
    this.#busy = true;
    void this.#step(input);
  }

  async #step(input: Input): Promise<void> {
    try {
      const output = await this.#run(input);
      await this.#done(output, input, this.#next === undefined);
    } catch (thrown) {
      this.#failed(thrown, input);
    } finally {
      this.#busy = false;
      this.#start();
      if (!this.pending) this.#idle();
    }
  }
}
