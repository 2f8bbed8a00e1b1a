/** The thread that lays rows out on a plane; it runs `worker/mapper.ts` and ends with its answer. */
import { Worker } from 'node:worker_threads';
import { CancelledError, messageOf, UserError } from '../../base/errors.ts';
import type { Regions } from '../../core/map/regions.ts';
import type { CallFailure } from '../../protocol/rpc.ts';

/** What is laid out. */
export interface MapTask {
  /** [points, width], rows of length 1, synthetic ones first. */
  readonly values: Float32Array;
  readonly width: number;
  /** How many of the points are synthetic. */
  readonly synthetic: number;
  /** [points] where they are known. */
  readonly texts: readonly (string | undefined)[];
  readonly seed: number;
}

export interface MapAnswer extends Regions {
  /** [points · 2] */
  readonly places: Float32Array;
}

/** What the thread tells. */
export type MapNews =
  { readonly fraction: number } | { readonly answer: MapAnswer } | { readonly failure: CallFailure };

/** Lays rows out. @throws CancelledError where the signal fires; within moments, whatever it is doing. */
export type LayOutRows = (
  task: MapTask,
  options: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
) => Promise<MapAnswer>;

/** Lays rows out in a thread. @param script The bundled `worker/mapper.ts`. */
export function mapThread(script: URL): LayOutRows {
  return (task, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData: task });
      const end = (): void => {
        signal.removeEventListener('abort', cancel);
        void worker.terminate();
      };
      const cancel = (): void => {
        end();
        reject(new CancelledError());
      };
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      worker.on('message', (news: MapNews) => {
        if ('fraction' in news) {
          onProgress(news.fraction);
          return;
        }
        end();
        if ('answer' in news) resolve(news.answer);
        else
          reject(news.failure.kind === 'user' ? new UserError(news.failure.message) : new Error(news.failure.message));
      });
      worker.on('error', (thrown) => {
        end();
        reject(new Error(`The thread that draws the map failed: ${messageOf(thrown)}.`));
      });
      worker.on('exit', (code) => {
        // Nothing happens where it has answered before.
        reject(new Error(`The thread that draws the map ended early, exit code ${String(code)}.`));
      });
    });
}
