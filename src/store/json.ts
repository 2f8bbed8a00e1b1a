/** What JSON can hold. A member that is `undefined` is left out when written. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Whether a parsed JSON value is an object (neither null nor an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is an integer of at least `least`, exactly representable. */
export function isIntegerFrom(least: number, value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** Whether every member of an array, or every value of an object, passes. */
export function every(values: unknown, passes: (value: unknown) => boolean): boolean {
  if (Array.isArray(values)) return values.every(passes);
  return isJsonObject(values) && Object.values(values).every(passes);
}

/**
 * Checks that a value comes back from JSON as it went in: `JSON.stringify` turns NaN and the infinities into null without
 * a word, which a file that a computation resumes from cannot afford.
 *
 * @throws TypeError naming the first offending member: a defect of the caller.
 */
export function assertSurvivesJson(value: unknown, where: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${where} is ${value}, which JSON cannot hold.`);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => assertSurvivesJson(item, `${where}[${i}]`));
  } else if (isPlainObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined) assertSurvivesJson(member, `${where}.${key}`);
    }
  } else {
    throw new TypeError(`${where} is not JSON: ${Object.prototype.toString.call(value)}.`);
  }
}

/** An object that is not an instance of some class, e.g. a Map or a typed array. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
