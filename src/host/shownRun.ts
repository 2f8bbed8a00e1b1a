/** Which run's scores a dataset shows, and why not. Free of `vscode`, for tests. */
import type { RunFacts } from '../protocol/data.ts';
import { CallError } from '../protocol/rpc.ts';

/**
 * A run is shown until another one takes its place. One that cannot be read keeps nothing else from working: what is wrong
 * with it stays in `fault` until it, or another one, was read.
 */
export class ShownRun {
  #facts: RunFacts | undefined;
  #fault: string | undefined;
  #asked: string | undefined;

  get facts(): RunFacts | undefined {
    return this.#facts;
  }

  /** Why there is no run to show where there should be one, one line. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** The folder that was asked for last; undefined: the newest finished run, whichever that is. */
  get asked(): string | undefined {
    return this.#asked;
  }

  /**
   * Shows a run: the one asked for before unless another is named.
   * @param read Asks the data worker, which forgets the run before.
   * @throws What `read` throws that is no fault of the run's: a defect.
   */
  async show(read: (run: string | undefined) => Promise<RunFacts | null>, run: string | undefined): Promise<void> {
    this.#asked = run;
    try {
      this.#facts = (await read(run)) ?? undefined;
      this.#fault = undefined;
    } catch (thrown) {
      if (!(thrown instanceof CallError) || thrown.failure.kind !== 'user') throw thrown;
      this.#facts = undefined;
      this.#fault = thrown.failure.message;
    }
  }
}
