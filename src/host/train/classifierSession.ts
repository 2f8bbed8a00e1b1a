import type { JobApi, JobEvents } from '../../protocol/jobs.ts';
import type { Client } from '../../protocol/rpc.ts';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';

/** A loaded model costs some hundred megabytes of memory: after this long without a question it is let go. */
const idleMs = 120_000;

/** One text's probabilities. */
export interface Classified {
  readonly labels: readonly string[];
  readonly probabilities: readonly number[];
}

/** Answers single texts with a model, in a worker that is started with the first text and ends when it is idle. */
export class ClassifierSession extends Disposable {
  #client: Promise<Client<JobApi, JobEvents>> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #open = 0;

  constructor(private readonly jobs: Services['jobs']) {
    super();
  }

  /** @throws CallError where the model cannot be read or the worker ended; the next call starts another one. */
  async classify(model: string, text: string, textPair?: string): Promise<Classified> {
    clearTimeout(this.#idle);
    this.#open++;
    try {
      const client = await (this.#client ??= this.jobs.openClassifier());
      const { labels, probabilities } = await client.call('classify', { model, texts: [{ text, textPair }] });
      return { labels, probabilities: probabilities[0] ?? [] };
    } catch (thrown) {
      this.#close();
      throw thrown;
    } finally {
      this.#open--;
      if (this.#open === 0 && !this.isDisposed) {
        this.#idle = setTimeout(() => {
          this.#close();
        }, idleMs);
      }
    }
  }

  override dispose(): void {
    clearTimeout(this.#idle);
    this.#close();
    super.dispose();
  }

  #close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then(
      (opened) => {
        opened.close('The model was put away.');
      },
      () => {
        // It never opened: whoever asked was told why.
      },
    );
  }
}
