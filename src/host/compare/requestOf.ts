/** From the record of a comparison back to the request that goes on with it, and to what it compares. Pure. */
import type { FieldOverrides } from '../../protocol/data.ts';
import type { CompareRequest } from '../../protocol/jobs.ts';
import { isJsonObject, type Json } from '../../store/json.ts';
import type { RunRecord } from '../../store/runRecord.ts';
import { numberOf, textOf } from '../jsonMembers.ts';
import { inputOf } from '../train/runTable.ts';

/** What a comparison is to run. */
export interface ComparisonPlan {
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
}

/** Empty where the record does not tell. */
export function planOf({ settings }: RunRecord): ComparisonPlan {
  return { methods: listOf(settings['methods'], textOf), seeds: listOf(settings['seeds'], numberOf) };
}

/**
 * @param fields As the settings have them now: a record holds what was found, file by file, not what was asked for.
 * @returns undefined for a record that is no comparison of ours.
 */
export function requestOf(
  record: RunRecord,
  fields: FieldOverrides,
  base: Pick<CompareRequest, 'device' | 'precision' | 'threads' | 'storage'>,
): CompareRequest | undefined {
  const pathOf = (role: 'synthetic' | 'real' | 'dev' | 'test'): string | undefined => inputOf(record, role)?.path;
  const [synthetic, real, test] = [pathOf('synthetic'), pathOf('real'), pathOf('test')];
  const { methods, seeds } = planOf(record);
  if (record.kind !== 'compare' || synthetic === undefined || real === undefined || test === undefined)
    return undefined;
  if (methods.length === 0 || seeds.length === 0) return undefined;
  return {
    ...base,
    files: { synthetic, real, dev: pathOf('dev'), test },
    fields: { ...fields, labelMap: record.labelMap ?? fields.labelMap },
    model: record.model?.id,
    ...{ methods, seeds },
    recipe: (['default', 'paper'] as const).find((name) => name === record.recipe),
    effort: (['preview', 'standard', 'paper'] as const).find((name) => name === record.settings['effort']),
    overrides: overridesOf(record.settings['overrides']),
  };
}

function overridesOf(value: Json | undefined): CompareRequest['overrides'] {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, of]): [string, number | boolean][] => {
      // JSON holds "no bound" as null.
      if (of === null) return [[name, Infinity]];
      return typeof of === 'number' || typeof of === 'boolean' ? [[name, of]] : [];
    }),
  );
}

/** Every member of a list, or none where one does not fit. */
function listOf<T>(value: Json | undefined, read: (member: Json) => T | undefined): readonly T[] {
  if (!Array.isArray(value)) return [];
  const members = (value as readonly Json[]).map(read);
  return members.every((member) => member !== undefined) ? members : [];
}
