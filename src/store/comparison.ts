/** `compare.json`: what a comparison came to, or what it has come to so far. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import type { ReportFacts } from '../core/comparison/report.ts';
import type { Comparison } from '../core/comparison/summary.ts';
import { writeJsonAtomic } from './atomic.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { every, isIntegerFrom, isJsonObject, type JsonObject } from './json.ts';
import { formatVersions, unknownVersion } from './versions.ts';

/** Rows that go through the encoder for one method with one seed, the checkers that it needs included. */
export interface MethodPasses {
  readonly forward: number;
  readonly backward: number;
}

/** A comparison with all that its reports are made of. */
export interface KeptComparison {
  /** In plain words; see `advise`. */
  readonly advice: string;
  /** `unfinished` in it tells how far it is. */
  readonly facts: ReportFacts;
  readonly comparison: Comparison;
  /** By method; absent in files of earlier versions. */
  readonly passes?: Readonly<Record<string, MethodPasses>>;
}

/**
 * Writes a comparison, whole or not at all.
 *
 * @throws UserError where it cannot be written.
 */
export async function writeComparison(
  file: string,
  { advice, facts, comparison, passes }: KeptComparison,
): Promise<void> {
  await writeJsonAtomic(file, { version: formatVersions.comparison, advice, ...facts, ...comparison, passes });
}

/**
 * Reads a comparison.
 *
 * @returns undefined where there is none (yet).
 * @throws UserError where the file is damaged, of another version, or cannot be read.
 */
export async function readComparison(file: string): Promise<KeptComparison | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof SyntaxError) throw damaged(file);
    throw diskError(thrown, 'read', file);
  }
  if (!isJsonObject(value)) throw damaged(file);
  if (value['version'] !== formatVersions.comparison) {
    throw unknownVersion(file, value['version'], formatVersions.comparison);
  }
  const { advice, passes } = value;
  if (!isFacts(value) || !isComparison(value) || !isText(advice)) throw damaged(file);
  const kept = value as unknown as ReportFacts & Comparison;
  const { dataset, syntheticRows, realRows, devRows, encoder, recipe, warnings, unfinished } = kept;
  const { labels, baseline, seeds, testRows, leftOut, resamples, methods, pairs } = kept;
  return {
    advice,
    facts: { dataset, syntheticRows, realRows, devRows, encoder, recipe, warnings, unfinished },
    comparison: { labels, baseline, seeds, testRows, leftOut, resamples, methods, pairs },
    passes:
      isJsonObject(passes) && every(passes, isPasses) ? (passes as unknown as KeptComparison['passes']) : undefined,
  };
}

function damaged(file: string): UserError {
  return new UserError(`${file} is damaged: delete it and run the comparison again, which repeats no training.`);
}

function isFacts(value: JsonObject): boolean {
  const { dataset, syntheticRows, realRows, devRows, encoder, recipe, warnings, unfinished } = value;
  return (
    [dataset, encoder, recipe].every(isText) &&
    [syntheticRows, realRows].every(isNumber) &&
    (devRows === undefined || isNumber(devRows)) &&
    Array.isArray(warnings) &&
    every(warnings, isText) &&
    (unfinished === undefined ||
      (isJsonObject(unfinished) && isNumber(unfinished['done']) && isNumber(unfinished['total'])))
  );
}

function isComparison(value: JsonObject): boolean {
  const { labels, baseline, seeds, testRows, resamples, methods, pairs } = value;
  return (
    Array.isArray(labels) &&
    every(labels, isText) &&
    isText(baseline) &&
    Array.isArray(seeds) &&
    every(seeds, (seed) => isIntegerFrom(0, seed)) &&
    isNumber(testRows) &&
    isNumber(resamples) &&
    Array.isArray(methods) &&
    every(methods, isMethod) &&
    Array.isArray(pairs)
  );
}

function isMethod(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { method, title, seeds, failures, accuracy, macroF1, perClass, dev, ess, trainedRows, seconds, difference } =
    value;
  return (
    isText(method) &&
    isText(title) &&
    Array.isArray(seeds) &&
    every(seeds, isNumber) &&
    Array.isArray(failures) &&
    every(failures, (of) => isJsonObject(of) && isNumber(of['seed']) && isText(of['reason'])) &&
    [accuracy, macroF1].every((of) => of === undefined || isSpread(of)) &&
    isJsonObject(perClass) &&
    every(perClass, (of) => isJsonObject(of) && isNumber(of['mean'])) &&
    (dev === undefined || (isJsonObject(dev) && isNumber(dev['mean']))) &&
    (ess === undefined || isNumber(ess)) &&
    isNumber(trainedRows) &&
    isJsonObject(seconds) &&
    [seconds['training'], seconds['checkers']].every(isNumber) &&
    (difference === undefined ||
      (isJsonObject(difference) && [difference['accuracy'], difference['macroF1']].every(isDifference)))
  );
}

function isSpread(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { mean, low, high, bySeed } = value;
  return [mean, low, high].every(isNumber) && Array.isArray(bySeed) && every(bySeed, isNumber);
}

function isDifference(value: unknown): boolean {
  return isJsonObject(value) && ['mean', 'low', 'high', 'p', 'corrected'].every((name) => isNumber(value[name]));
}

function isPasses(value: unknown): boolean {
  return isJsonObject(value) && isNumber(value['forward']) && isNumber(value['backward']);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
