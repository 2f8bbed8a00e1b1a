/** Threads that read blocks of a file; each runs `worker/indexer.ts`. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../../base/errors.ts';
import type { CallFailure } from '../../protocol/rpc.ts';
import type { Block, BlockFile, IndexedBlock } from './indexBlock.ts';
import type { BlockIndexer, StartBlockIndexer } from './indexFile.ts';

/** What a thread is asked. */
export interface BlockQuestion {
  readonly file: BlockFile;
  readonly block: Block;
}

/** What a thread answers, in the order of its questions. */
export type BlockAnswer = { readonly block: IndexedBlock } | { readonly failure: CallFailure };

/** Reading is soon as fast as memory; more threads would take processors from a job. */
const mostThreads = 4;
/** Asked of each thread at a time: it never waits for the next question. */
const perThread = 2;

/** Threads cannot be started here, or one ended early: the file has to be read without them. */
export class ThreadsFailedError extends Error {
  constructor(what: string) {
    super(`The threads that read large files failed: ${what}.`);
    this.name = 'ThreadsFailedError';
  }
}

interface Waiting {
  readonly resolve: (block: IndexedBlock) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * A way to start threads.
 *
 * @param script The bundled `worker/indexer.ts`.
 * @returns undefined on a machine with one processor: threads would only take turns.
 */
export function indexThreads(script: URL, processors = availableParallelism()): StartBlockIndexer | undefined {
  const count = Math.min(mostThreads, processors);
  if (count < 2) return undefined;
  return () => {
    const threads = Array.from({ length: count }, () => followThread(new Worker(script)));
    return {
      width: count * perThread,
      index: (file, block) => {
        const idlest = threads.reduce((a, b) => (b.waiting < a.waiting ? b : a));
        return idlest.ask({ file, block });
      },
      close: async () => {
        await Promise.all(threads.map((thread) => thread.end()));
      },
    } satisfies BlockIndexer;
  };
}

interface Thread {
  /** Questions that it has not answered yet. */
  readonly waiting: number;
  ask(question: BlockQuestion): Promise<IndexedBlock>;
  end(): Promise<unknown>;
}

function followThread(worker: Worker): Thread {
  const waiting: Waiting[] = [];
  /** Why it answers no more. */
  let failure: Error | undefined;
  const fail = (reason: Error): void => {
    failure ??= reason;
    for (const asked of waiting.splice(0)) asked.reject(failure);
  };
  worker.on('message', (answer: BlockAnswer) => {
    const asked = waiting.shift();
    if ('block' in answer) asked?.resolve(answer.block);
    else asked?.reject(errorOf(answer.failure));
  });
  worker.on('error', (thrown) => {
    fail(new ThreadsFailedError(messageOf(thrown)));
  });
  worker.on('exit', (code) => {
    fail(new ThreadsFailedError(`one ended early, exit code ${String(code)}`));
  });
  return {
    get waiting() {
      return waiting.length;
    },
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ resolve, reject });
        worker.postMessage(question);
      }),
    end: () => worker.terminate(),
  };
}

function errorOf({ kind, message }: CallFailure): Error {
  return kind === 'user' ? new UserError(message) : new Error(message);
}
