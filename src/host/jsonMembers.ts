/** Reads members of JSON of unknown shape, e.g. of a record written by another version: what does not fit is undefined. */
import { isJsonObject, type Json } from '../store/json.ts';

/** A member of an object, by its path. */
export function memberOf(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value;
  for (const name of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** A finite number. */
export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
