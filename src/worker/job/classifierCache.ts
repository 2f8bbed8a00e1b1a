/** One loaded classifier, kept between questions. */
import type { Predictor } from '../../jobs/predictor.ts';
import type { JobApi } from '../../protocol/jobs.ts';

type Classify = JobApi['classify'];

export interface ClassifierCache {
  classify(params: Classify['params']): Promise<Classify['result']>;
}

/** Keeps the last model asked for; `open` loads one. */
export function classifierCache(open: (model: string) => Promise<Predictor>): ClassifierCache {
  let kept: { readonly model: string; readonly predictor: Promise<Predictor> } | undefined;
  /** Questions one after the other: a model is not released while it answers. */
  let turn: Promise<unknown> = Promise.resolve();

  const load = async (model: string): Promise<Predictor> => {
    if (kept?.model === model) return kept.predictor;
    const before = kept;
    kept = undefined;
    if (before !== undefined) await (await before.predictor).release();
    const predictor = open(model);
    kept = { model, predictor };
    try {
      return await predictor;
    } catch (thrown) {
      // What cannot be loaded now may be mended by the next question.
      kept = undefined;
      throw thrown;
    }
  };
  const answer = async ({ model, texts }: Classify['params']): Promise<Classify['result']> => {
    const { labels, predict } = await load(model);
    const { logP } = await predict(texts);
    const size = labels.length;
    const probabilities = texts.map((_, i) =>
      [...logP.subarray(i * size, (i + 1) * size)].map((value) => Math.exp(value)),
    );
    return { labels, probabilities };
  };
  return {
    classify: (params) => {
      const answered = turn.then(() => answer(params));
      turn = answered.catch(() => {
        // Told to whoever asked; the next question has nothing to do with it.
      });
      return answered;
    },
  };
}
