/** What each method and seed of a comparison came to: a small file each, so that none is ever computed twice. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../core/comparison/summary.ts';
import { makeFolder, writeBytesAtomic } from './atomic.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { every, isIntegerFrom, isJsonObject } from './json.ts';
import { formatVersions } from './versions.ts';

/** An outcome, and what it was computed from: equal keys mean equal data, settings, encoder, device and versions. */
export interface KeptOutcome {
  readonly key: string;
  readonly outcome: Outcome;
}

/**
 * Writes one outcome, whole or not at all.
 *
 * @throws UserError where it cannot be written.
 */
export async function writeOutcome(folder: string, { key, outcome }: KeptOutcome): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (thrown) {
    throw diskError(thrown, 'create', folder);
  }
  const file = join(folder, `${outcome.method}.seed-${String(outcome.seed)}.json`);
  await writeBytesAtomic(file, `${JSON.stringify({ version: formatVersions.outcome, key, outcome })}\n`);
}

/**
 * Reads the outcomes in a folder; none where it does not exist.
 *
 * @param notice Told, in one line, which file cannot be used; its method is then run again.
 */
export async function readOutcomes(folder: string, notice: (line: string) => void): Promise<KeptOutcome[]> {
  const kept: KeptOutcome[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.json')) continue;
    const file = join(folder, name);
    const parsed = parseOutcome(await readFile(file, 'utf8'));
    if (parsed === undefined) notice(`${file} is damaged or of another version; this part is computed again.`);
    else kept.push(parsed);
  }
  return kept;
}

function parseOutcome(text: string): KeptOutcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return undefined;
  }
  if (!isJsonObject(value) || value['version'] !== formatVersions.outcome) return undefined;
  const { key, outcome } = value;
  if (!isJsonObject(outcome)) return undefined;
  const { method, seed, predicted, failed, trainedRows, dev, seconds, warnings } = outcome;
  const isNumber = (member: unknown): boolean => typeof member === 'number';
  const passes =
    typeof key === 'string' &&
    typeof method === 'string' &&
    isIntegerFrom(0, seed) &&
    isIntegerFrom(0, trainedRows) &&
    (dev === undefined || (isJsonObject(dev) && isNumber(dev['accuracy']) && isNumber(dev['macroF1']))) &&
    isJsonObject(seconds) &&
    isNumber(seconds['training']) &&
    isNumber(seconds['checkers']) &&
    Array.isArray(warnings) &&
    every(warnings, (member) => typeof member === 'string') &&
    (typeof failed === 'string' ||
      (Array.isArray(predicted) && every(predicted, (member) => isIntegerFrom(0, member))));
  return passes ? { key, outcome: outcome as unknown as Outcome } : undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw diskError(thrown, 'read', folder);
  }
}
