/** From a method of a comparison to the training that makes the same model. Pure. */
import { UserError } from '../../base/errors.ts';
import { methodOf, type Method, type OwnWeights } from '../../core/comparison/methods.ts';
import type { TrainRequest } from '../../protocol/jobs.ts';

/** What a training is, as far as a method decides it. */
export interface MethodTraining extends OwnWeights {
  readonly loss: TrainRequest['loss'];
  readonly data: NonNullable<TrainRequest['data']>;
  readonly folds?: number;
  readonly filterThreshold?: number;
}

/** @returns undefined for a method that only comparisons know, and for a name that is none. */
export function trainingOf(name: string): MethodTraining | undefined {
  const method = knownMethod(name);
  const own = method?.own ?? {};
  const data = method?.withReal === true ? 'both' : 'synthetic';
  switch (method?.kind) {
    case 'real':
      return { loss: 'ce', data: 'real' };
    case 'both':
      return { loss: 'ce', data: 'both' };
    case 'ce':
    case 'focal':
    case 'quality':
    case 'dimp':
    case 'random':
      return { loss: method.kind, data, ...own };
    case 'filter':
      return { loss: 'filter', data, filterThreshold: method.threshold };
    case 'imp':
      return { loss: 'imp', data, folds: method.folds, ...own };
    case 'rho':
    case undefined:
      return undefined;
  }
}

function knownMethod(name: string): Method | undefined {
  try {
    return methodOf(name);
  } catch (thrown) {
    // Of another version.
    if (thrown instanceof UserError) return undefined;
    throw thrown;
  }
}
