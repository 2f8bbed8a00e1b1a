/** From what the editor asks to what jobs take. */
import type { ComputeOptions } from '../../jobs/context.ts';
import type { ReadInputsOptions } from '../../jobs/readInputs.ts';
import type { RescoreOptions } from '../../jobs/rescoreJob.ts';
import type { ScoreOptions, ScoreResult } from '../../jobs/scoreJob.ts';
import type { TrainOptions, TrainResult } from '../../jobs/trainJob.ts';
import type { RescoreRequest, ScoreOutcome, ScoreRequest, TrainOutcome, TrainRequest } from '../../protocol/jobs.ts';

type Base = Pick<ScoreRequest, 'fields' | 'device' | 'threads' | 'storage'>;

/** Seconds between checkpoints: what a crash may cost. Half of the command line's, since windows are closed at any time. */
const checkpointSeconds = 30;

function common({ fields, device, threads, storage }: Base): ReadInputsOptions & ComputeOptions {
  const { textField, textPairField, labelField, labelMap } = fields ?? {};
  return { textField, textPairField, labelField, labelMap, device, threads, storage, checkpointSeconds };
}

export function scoreOptions(request: ScoreRequest): ScoreOptions {
  const { files, effort, method, model, seed } = request;
  const { synthetic, real } = files;
  return { ...common(request), paths: { synthetic, real }, effort, method, model, overrides: { seed } };
}

export function trainOptions(request: TrainRequest): TrainOptions {
  const { files, loss, recipe = 'default', data = 'synthetic', effort, model } = request;
  const { seed, epochs, gamma, clipMax, scores } = request;
  return {
    ...common(request),
    paths: files,
    loss,
    recipe,
    data,
    effort,
    model,
    scores,
    overrides: { seed, epochs, gamma, clipMax },
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
