/** The job worker without its process: one job at a time, its events, its cancelling, and how it ends. */
import { CancelledError, messageOf, UserError } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/context.ts';
import type { Estimate } from '../../jobs/estimate.ts';
import { roughComparison, roughCosts } from '../../jobs/roughCost.ts';
import type { EncoderStatus, JobApi, JobEvents } from '../../protocol/jobs.ts';
import type { Handlers, Server } from '../../protocol/rpc.ts';
import { classifierCache } from './classifierCache.ts';
import type { Engine } from './loadEngine.ts';
import {
  compareOptions,
  compareOutcome,
  rescoreOptions,
  scoreOptions,
  scoreOutcome,
  trainOptions,
  trainOutcome,
} from './options.ts';
import { progressRelay } from './progressRelay.ts';

export interface JobSession {
  readonly handlers: Handlers<JobApi>;
  /** Cancels what runs and waits for its end; nothing begins after it. */
  leave(): Promise<void>;
}

/** @param load Loads what needs ONNX Runtime, when it is first needed. */
export function jobSession(emit: Server<JobEvents>['emit'], load: () => Promise<Engine>): JobSession {
  const leaving = new AbortController();
  let running: { readonly abort: AbortController; readonly ended: Promise<unknown> } | undefined;
  let answerEstimate: ((go: boolean) => void) | undefined;

  const askFirst = async (estimate: Estimate, ask: boolean, signal: AbortSignal): Promise<void> => {
    const answered = new Promise<boolean>((resolve, reject) => {
      answerEstimate = resolve;
      signal.addEventListener('abort', () => reject(new CancelledError()), { once: true });
    });
    emit('estimate', { ask, ...estimate });
    try {
      if (ask && !(await answered)) throw new CancelledError('Not begun.');
    } finally {
      answerEstimate = undefined;
      answered.catch(() => {
        // Where nobody was asked, cancelling is noticed by the job itself.
      });
    }
  };

  /** Runs a job with a context of its own. */
  const run = async <T>(job: (engine: Engine, context: JobContext) => Promise<T>): Promise<T> => {
    if (running !== undefined) throw new Error('This worker runs a job already.');
    const abort = new AbortController();
    if (leaving.signal.aborted) abort.abort();
    const { signal } = abort;
    const progress = progressRelay((payload) => emit('progress', payload));
    const begin = async (): Promise<T> => {
      const engine = await load();
      return job(engine, {
        signal,
        onProgress: progress.show,
        notice: (line) => emit('notice', { line }),
        onRowErrors: (lines) => {
          if (lines.length > 0) emit('rowErrors', { lines });
        },
        approve: (estimate) => askFirst(estimate, estimate.seconds > engine.longJobSeconds, signal),
        onRun: (opened) => emit('run', opened),
        onEvaluation: (evaluation) => emit('evaluation', evaluation),
        onResumed: (resumed) => emit('resumed', resumed),
        onCompared: (compared) => emit('compared', compared),
        fetch: neverFetch,
      });
    };
    const ended = begin();
    running = { abort, ended };
    try {
      return await ended;
    } finally {
      running = undefined;
      progress.flush();
    }
  };

  const cache = classifierCache(async (model) => {
    const engine = await load();
    return engine.openPredictor({ model }, { notice: (line) => emit('notice', { line }), fetch: neverFetch });
  });

  return {
    handlers: {
      score: (request) =>
        run(async (engine, context) => {
          const options = scoreOptions(request);
          const without = request.offline === true && !(await engine.encoderPresence({ model: request.model })).present;
          return scoreOutcome(
            await engine.scoreJob(without ? { ...options, model: engine.noEncoder } : options, context),
          );
        }),
      train: (request) =>
        run(async (engine, context) => trainOutcome(await engine.trainJob(trainOptions(request), context))),
      rescore: (request) =>
        run(async (engine, context) => {
          const options = { ...rescoreOptions(request), signal: context.signal };
          return scoreOutcome(await engine.rescoreJob(options, context));
        }),
      compare: (request) =>
        run(async (engine, context) => compareOutcome(await engine.compareJob(compareOptions(request), context))),
      encoder: async ({ model }) => encoderStatus(await load(), model),
      costs: (sizes) => roughCosts(sizes),
      compareCost: (sizes) => roughComparison(sizes),
      devices: async () => (await load()).listDevices(),
      classify: cache.classify,
      approve: ({ go }) => {
        answerEstimate?.(go);
        return null;
      },
      cancel: () => {
        running?.abort.abort();
        return null;
      },
    },
    leave: async () => {
      leaving.abort();
      running?.abort.abort();
      await running?.ended.catch(() => {
        // Told to whoever asked, if they are still there; here only the end matters.
      });
    },
  };
}

async function encoderStatus(engine: Engine, model: string | undefined): Promise<EncoderStatus> {
  try {
    return await engine.encoderPresence({ model });
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return { present: false, id: model ?? '', bytes: 0, source: '', problem: messageOf(thrown) };
  }
}

/** Models are fetched in the extension host, whose `fetch` knows the proxy, after the user agreed. Never here. */
const neverFetch: typeof globalThis.fetch = () =>
  Promise.reject(
    new UserError(
      'The model is not on this machine: run "Counterweight: Download the encoder", or choose a folder that holds it.',
    ),
  );
