/** From parsed options to what jobs take. */
import { UserError } from '../../base/errors.ts';
import type { ComputeOptions } from '../../jobs/context.ts';
import type { ReadInputsOptions } from '../../jobs/readInputs.ts';
import type { Overrides } from '../../jobs/settings.ts';
import { labelMapOf } from '../labelMap.ts';
import type { Values } from '../parse.ts';

/** One of the names that the table of options allows, as their type. */
export function choice<T extends string>(values: Values, name: string, choices: readonly T[]): T | undefined {
  const given = values.text(name);
  return choices.find((candidate) => candidate === given);
}

export async function readOptions(values: Values): Promise<ReadInputsOptions> {
  return {
    textField: values.text('text-field'),
    textPairField: values.text('text-pair-field'),
    labelField: values.text('label-field'),
    labelMap: await labelMapOf(values.texts('label-map')),
  };
}

export function computeOptions(values: Values): ComputeOptions {
  return {
    device: choice(values, 'device', ['auto', 'cpu', 'webgpu', 'cuda']),
    precision: choice(values, 'precision', ['float32', 'float16']),
    threads: values.number('threads'),
    checkpointSeconds: values.number('checkpoint-seconds'),
  };
}

export function overrides(values: Values): Overrides {
  const flag = (name: string): true | undefined => (values.flag(name) ? true : undefined);
  return {
    seed: values.number('seed'),
    maxLength: values.number('max-length'),
    microBatchSize: values.number('micro-batch-size'),
    epochs: values.number('epochs'),
    learningRate: values.number('lr'),
    batchSize: values.number('batch-size'),
    warmupRatio: values.number('warmup-ratio'),
    weightDecay: values.number('weight-decay'),
    folds: values.number('folds'),
    qualityFolds: values.number('quality-folds'),
    checkerRows: values.number('checker-rows'),
    checkerEpochs: values.number('checker-epochs'),
    gamma: values.number('gamma'),
    clipMin: values.number('clip-min'),
    clipMax: values.number('clip-max'),
    truncateQuantile: values.number('truncate'),
    selfNormalise: flag('self-normalise'),
    priorCorrection: flag('prior-correction'),
    filterThreshold: values.number('filter-threshold'),
  };
}

/** An option that the parser has made sure of. */
export function required(values: Values, name: string): string {
  const value = values.text(name);
  if (value === undefined) throw new UserError(`--${name} is needed.`, 2);
  return value;
}
