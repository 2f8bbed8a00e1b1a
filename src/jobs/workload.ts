/** What goes through the encoder, told from the sizes of sets: nothing is loaded for it. */
import type { LabelledRows } from './selectRows.ts';
import type { CheckerSettings } from './settings.ts';

/** Work ahead: rows and their tokens, through the encoder forward only or forward and backward. */
export interface Workload {
  readonly forwardRows: number;
  readonly forwardTokens: number;
  readonly backwardRows: number;
  readonly backwardTokens: number;
  /** Models kept on disk at the same time, checkpoints included, in multiples of the weights. */
  readonly modelsOnDisk: number;
}

/** A set that is tokenised, or how large it would be. */
export type Sized = Pick<LabelledRows, 'rows'> | { readonly count: number; readonly tokens: number };

function sizeOf(set: Sized): { readonly count: number; readonly tokens: number } {
  return 'rows' in set ? { count: set.rows.count, tokens: set.rows.offsets[set.rows.count] } : set;
}

/** The workload of forward passes over a set. */
export function forwardPasses(set: Sized, passes: number): Workload {
  const { count, tokens } = sizeOf(set);
  return { ...noWork, forwardRows: count * passes, forwardTokens: tokens * passes };
}

/** The workload of epochs over a share of a set. */
export function trainingPasses(set: Sized, epochs: number, share = 1): Workload {
  const { count, tokens } = sizeOf(set);
  return {
    ...noWork,
    backwardRows: Math.round(count * epochs * share),
    backwardTokens: tokens * epochs * share,
    // Weights and both moments in the checkpoint, and the finished model.
    modelsOnDisk: 4,
  };
}

/** The workload of both fine-tuned checkers. */
export function checkerPasses(
  { quality, diversity }: CheckerSettings,
  real: Sized,
  synthetic: Sized,
  wanted: { readonly quality: boolean; readonly diversity: boolean },
): Workload[] {
  const work: Workload[] = [];
  if (wanted.quality) {
    const { folds, candidateEpochs, settings } = quality;
    const share = folds === 1 ? 1 : 1 - 1 / folds;
    // Where an earlier epoch wins, every fold is trained again up to it.
    const early = candidateEpochs.filter((epoch) => epoch !== settings.epochs);
    const again = folds === 1 ? 0 : early.reduce((sum, epoch) => sum + epoch, 0) / candidateEpochs.length;
    work.push(trainingPasses(real, (settings.epochs + again) * folds, share));
    work.push(forwardPasses(real, folds === 1 ? 1 : candidateEpochs.length));
    work.push({ ...forwardPasses(synthetic, folds), modelsOnDisk: 2 * folds });
  }
  if (wanted.diversity) {
    const { folds, settings, maxRows } = diversity;
    const sampled = Math.min(1, maxRows / sizeOf(synthetic).count);
    work.push(trainingPasses(synthetic, settings.epochs * folds, sampled * (folds === 1 ? 1 : 1 - 1 / folds)));
    work.push({ ...forwardPasses(synthetic, 1), modelsOnDisk: folds });
  }
  return work;
}

/** The workload of finding leakage: where there are dev or test rows, every set that is given goes through the encoder once. */
export function leakagePasses(sets: Partial<Record<'real' | 'synthetic' | 'dev' | 'test', Sized>>): Workload[] {
  if (sets.dev === undefined && sets.test === undefined) return [];
  return [sets.real, sets.synthetic, sets.dev, sets.test].flatMap((set) =>
    set === undefined ? [] : [forwardPasses(set, 1)],
  );
}

const noWork: Workload = { forwardRows: 0, forwardTokens: 0, backwardRows: 0, backwardTokens: 0, modelsOnDisk: 0 };

/** Several workloads as one. */
export function sum(parts: readonly Workload[]): Workload {
  const total = { ...noWork } as Record<keyof Workload, number>;
  for (const part of parts) {
    for (const key of Object.keys(noWork) as (keyof Workload)[]) total[key] += part[key];
  }
  return total;
}

/** Floating-point operations of a workload, by the parameters that every token meets. */
export function operations(dense: number, { forwardTokens, backwardTokens }: Workload): number {
  return dense * (6 * backwardTokens + 2 * forwardTokens);
}
