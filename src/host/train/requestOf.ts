/** From a run's record back to the request that makes it again: to resume it, or to repeat it with another seed. Pure. */
import type { FieldOverrides } from '../../protocol/data.ts';
import type { TrainRequest } from '../../protocol/jobs.ts';
import type { Json } from '../../store/json.ts';
import type { RunRecord } from '../../store/runRecord.ts';
import { epochCountOf, inputOf } from './runTable.ts';
import { memberOf, numberOf, textOf } from '../jsonMembers.ts';
import { wholeSetSettings } from '../weightControls.ts';

const losses: readonly TrainRequest['loss'][] = ['ce', 'focal', 'quality', 'filter', 'imp', 'dimp', 'random'];

/**
 * @param fields As the settings have them now: a record holds what was found, file by file, not what was asked for.
 * @returns undefined for a record that is no training of ours.
 */
export function requestOf(
  record: RunRecord,
  fields: FieldOverrides,
  base: Pick<TrainRequest, 'device' | 'precision' | 'threads' | 'storage'>,
): TrainRequest | undefined {
  const [synthetic, real] = [inputOf(record, 'synthetic')?.path, inputOf(record, 'real')?.path];
  const { settings, recipe } = record;
  const loss = losses.find((name) => name === settings['loss']);
  if (record.kind !== 'train' || synthetic === undefined || real === undefined || loss === undefined) return undefined;
  // By now it may find other scores than those that were named; which these were is known of finished runs alone.
  const scores = settings['scores'] === undefined ? undefined : textOf(record.metrics['scores']);
  if (settings['scores'] !== undefined && scores === undefined) return undefined;
  return {
    ...base,
    files: { synthetic, real, dev: inputOf(record, 'dev')?.path, test: inputOf(record, 'test')?.path },
    fields: { ...fields, labelMap: record.labelMap ?? fields.labelMap },
    model: record.model?.id,
    loss,
    data: oneOf(settings['data'], ['synthetic', 'real', 'both']),
    recipe: oneOf(recipe, ['default', 'paper']),
    effort: oneOf(memberOf(settings['checkers'], 'effort'), ['preview', 'standard', 'paper']),
    epochs: epochCountOf(record),
    gamma: numberOf(memberOf(settings['weights'], 'gamma')),
    clipMax: bound(numberOf(memberOf(settings['weights'], 'clip', 'max'))),
    ...wholeSetSettings({
      truncateQuantile: numberOf(memberOf(settings['weights'], 'truncateQuantile')),
      selfNormalise: memberOf(settings['weights'], 'selfNormalise') === true,
      priorCorrection: memberOf(settings['weights'], 'priorCorrection') === true,
    }),
    folds: numberOf(memberOf(settings['checkers'], 'diversity', 'folds')),
    filterThreshold: numberOf(memberOf(settings['weights'], 'filterThreshold')),
    scores,
    seed: record.seed,
  };
}

/** A record holds the logarithm of the bound; the digits that exp and log lose would make it another plan. */
function bound(logarithm: number | undefined): number | undefined {
  return logarithm === undefined ? undefined : Number(Math.exp(logarithm).toPrecision(12));
}

function oneOf<T extends string>(value: Json | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((each) => each === value);
}
