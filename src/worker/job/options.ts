/** From what the editor asks to what jobs take. */
import { parseMethods } from '../../core/comparison/methods.ts';
import { defaultTrainingSet } from '../../jobs/names.ts';
import type { CompareOptions, CompareResult } from '../../jobs/compareJob.ts';
import type { ComputeOptions } from '../../jobs/context.ts';
import type { ReadInputsOptions } from '../../jobs/readInputs.ts';
import type { RescoreOptions } from '../../jobs/rescoreJob.ts';
import type { ScoreOptions, ScoreResult } from '../../jobs/scoreJob.ts';
import type { Overrides } from '../../jobs/settings.ts';
import type { TrainOptions, TrainResult } from '../../jobs/trainJob.ts';
import type {
  CompareOutcome,
  CompareRequest,
  RescoreRequest,
  ScoreOutcome,
  ScoreRequest,
  TrainOutcome,
  TrainRequest,
} from '../../protocol/jobs.ts';

type Base = Pick<ScoreRequest, 'fields' | 'device' | 'precision' | 'threads' | 'storage'>;

/** Seconds between checkpoints: what a crash may cost. Half of the command line's, since windows are closed at any time. */
const checkpointSeconds = 30;

function common({ fields, device, precision, threads, storage }: Base): ReadInputsOptions & ComputeOptions {
  const { textField, textPairField, labelField, labelMap } = fields ?? {};
  return { textField, textPairField, labelField, labelMap, device, precision, threads, storage, checkpointSeconds };
}

export function scoreOptions(request: ScoreRequest): ScoreOptions {
  const { files, effort, method, model, seed } = request;
  const { synthetic, real } = files;
  return { ...common(request), paths: { synthetic, real }, effort, method, model, overrides: { seed } };
}

export function trainOptions(request: TrainRequest): TrainOptions {
  const { files, loss, recipe = 'default', data = defaultTrainingSet(recipe), effort, model } = request;
  const { seed, epochs, gamma, clipMax, folds, filterThreshold, scores } = request;
  const { truncateQuantile, selfNormalise, priorCorrection } = request;
  return {
    ...common(request),
    paths: files,
    loss,
    recipe,
    data,
    effort,
    model,
    scores,
    overrides: {
      ...{ seed, epochs, gamma, clipMax, folds, filterThreshold },
      ...{ truncateQuantile, selfNormalise, priorCorrection },
    },
  };
}

/** The methods as the command line reads them: none twice, the baseline first. */
export function compareOptions(request: CompareRequest): CompareOptions {
  const { files, methods, seeds, recipe = 'default', effort, model, overrides = {} } = request;
  return {
    ...common(request),
    paths: files,
    methods: parseMethods(methods.join(',')),
    ...{ seeds, recipe, effort, model },
    // Every override is a number or a switch; one that is unknown has no effect.
    overrides: overrides as Overrides,
  };
}

/** The encoder is the run's own, whatever the settings name by now. */
export function rescoreOptions(request: RescoreRequest): RescoreOptions {
  const { synthetic, real } = request.files;
  return { ...common(request), paths: { synthetic, real }, run: request.run };
}

export function scoreOutcome({
  folder,
  rows,
  scored,
  ess,
  verdicts,
  warnings,
}: Pick<ScoreResult, 'folder' | 'rows' | 'scored' | 'ess' | 'verdicts' | 'warnings'>): ScoreOutcome {
  return { folder, rows, scored, ess, verdicts, warnings };
}

export function trainOutcome({ folder, model, loss, dev, test, bestEpoch, warnings }: TrainResult): TrainOutcome {
  return { folder, model, loss, dev, test, bestEpoch, warnings };
}

export function compareOutcome({ folder, advice, comparison, warnings }: CompareResult): CompareOutcome {
  return { folder, advice, trainings: comparison.methods.length * comparison.seeds.length, warnings };
}
