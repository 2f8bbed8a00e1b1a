/** `run.json`: all that is needed to repeat a run, and what came of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { Sureness } from '../core/weighting/sureness.ts';
import { writeJsonAtomic } from './atomic.ts';
import { diskError } from './diskErrors.ts';
import { every, isIntegerFrom, isJsonObject, type JsonObject } from './json.ts';
import { formatVersions, unknownVersion } from './versions.ts';

export const runKinds = ['score', 'train', 'predict', 'compare', 'export'] as const;
export type RunKind = (typeof runKinds)[number];

export const runStatuses = ['running', 'done', 'cancelled', 'failed'] as const;
/** `running` stays behind when a process is killed; the run's lock tells whether it still runs. */
export type RunStatus = (typeof runStatuses)[number];

export const inputRoles = ['synthetic', 'real', 'dev', 'test', 'input'] as const;
export type InputRole = (typeof inputRoles)[number];

/** One file that a run read. */
export interface RunInput {
  readonly role: InputRole;
  /** As given by the user, made absolute. */
  readonly path: string;
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string;
  /** Rows that were read without an error. */
  readonly rows: number;
  /** Rows that were left out. */
  readonly errors: number;
}

/** The content of `run.json`. Members that a reader does not know are kept. */
export interface RunRecord {
  readonly version: typeof formatVersions.run;
  readonly kind: RunKind;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** ISO 8601, UTC; absent while it runs. */
  readonly finished?: string;
  readonly inputs: readonly RunInput[];
  /** The fields that text and label were read from, as detected or set, by input role. */
  readonly schema: JsonObject;
  /** Sorted; a label's index is its id in every file of the run. */
  readonly labels: readonly string[];
  /** From labels as they stand in a file to labels of the real set (`--label-map`). */
  readonly labelMap?: Readonly<Record<string, string>>;
  /** Every setting in effect, defaults included. */
  readonly settings: JsonObject;
  readonly seed: number;
  readonly recipe?: string;
  /** The encoder, and the SHA-256 of its weights in hexadecimal; absent where none is used (TF-IDF features). */
  readonly model?: { readonly id: string; readonly hash: string };
  readonly device: string;
  /** By program: `counterweight`, `node`, and `onnxruntime` where it was loaded. */
  readonly versions: Readonly<Record<string, string>>;
  /** Wall-clock seconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
  /** Rows that went through the encoder, forward and backward. */
  readonly passes: { readonly forward: number; readonly backward: number };
  /** What was measured; null where it has no value (never NaN). */
  readonly metrics: JsonObject;
  /** The metrics of dev and test rows with those that leaked; absent where none did. `metrics` are without them. */
  readonly metricsAll?: JsonObject;
  readonly warnings: readonly string[];
  /** Of a score run: how far its checkers can be trusted; absent in runs of earlier versions. */
  readonly sureness?: Sureness;
  /** Why it failed; one line. */
  readonly error?: string;
}

/** Where a run's record stands. */
export function runRecordFile(runFolder: string): string {
  return join(runFolder, 'run.json');
}

/**
 * Writes a run's record, whole or not at all.
 *
 * @throws UserError where it cannot be written.
 */
export async function writeRunRecord(runFolder: string, record: RunRecord): Promise<void> {
  await writeJsonAtomic(runRecordFile(runFolder), record);
}

/**
 * Reads and validates a run's record.
 *
 * @throws UserError where it is missing, damaged, or of another version.
 */
export async function readRunRecord(runFolder: string): Promise<RunRecord> {
  const file = runRecordFile(runFolder);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    throw diskError(thrown, 'read', file);
  }
  return parseRunRecord(text, file);
}

/**
 * Validates the text of a `run.json`.
 *
 * @param where The file's name for error messages.
 * @throws UserError saying which member is wrong and what it must be.
 */
export function parseRunRecord(text: string, where: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new UserError(`${where}: not JSON; the file was damaged: delete this run and run again.`, 1, {
      cause: thrown,
    });
  }
  if (!isJsonObject(value)) throw unknownVersion(where, undefined, formatVersions.run);
  if (value['version'] !== formatVersions.run) throw unknownVersion(where, value['version'], formatVersions.run);
  for (const [name, { passes, expected, optional }] of Object.entries(members)) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (optional ? member === undefined || passes(member) : passes(member)) continue;
    const found = member === undefined ? 'is missing' : 'is something else';
    throw new UserError(`${where}: "${name}" must be ${expected} but ${found}; delete this run and run again.`);
  }
  return value as unknown as RunRecord;
}

interface MemberCheck {
  readonly passes: (value: unknown) => boolean;
  readonly expected: string;
  readonly optional?: true;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isCount = (value: unknown): value is number => isIntegerFrom(0, value);
const isTime = (value: unknown): boolean => isString(value) && Number.isFinite(Date.parse(value));
const oneOf = (allowed: readonly string[]): MemberCheck => ({
  passes: (value) => isString(value) && allowed.includes(value),
  expected: `one of ${allowed.join(', ')}`,
});
const isInput = (value: unknown): boolean =>
  isJsonObject(value) &&
  oneOf(inputRoles).passes(value['role']) &&
  isString(value['path']) &&
  isString(value['sha256']) &&
  isCount(value['rows']) &&
  isCount(value['errors']);
const isMapOf =
  (passes: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isJsonObject(value) && every(value, passes);
const isListOf =
  (passes: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && every(value, passes);
const anyObject: MemberCheck = { passes: isJsonObject, expected: 'an object' };

/** One check for every member, so that the compiler notices a member without one. */
const members: Readonly<Record<keyof Omit<RunRecord, 'version'>, MemberCheck>> = {
  kind: oneOf(runKinds),
  status: oneOf(runStatuses),
  created: { passes: isTime, expected: 'a time' },
  finished: { passes: isTime, expected: 'a time', optional: true },
  inputs: { passes: isListOf(isInput), expected: 'a list of {role, path, sha256, rows, errors}' },
  schema: anyObject,
  labels: { passes: isListOf(isString), expected: 'a list of strings' },
  labelMap: { passes: isMapOf(isString), expected: 'a map to strings', optional: true },
  settings: anyObject,
  seed: { passes: isNumber, expected: 'a number' },
  recipe: { passes: isString, expected: 'a string', optional: true },
  model: {
    passes: (value) => isJsonObject(value) && isString(value['id']) && isString(value['hash']),
    expected: '{id, hash}',
    optional: true,
  },
  device: { passes: isString, expected: 'a string' },
  versions: { passes: isMapOf(isString), expected: 'a map to strings' },
  timings: { passes: isMapOf(isNumber), expected: 'a map to seconds' },
  passes: {
    passes: (value) => isJsonObject(value) && isCount(value['forward']) && isCount(value['backward']),
    expected: '{forward, backward}',
  },
  metrics: anyObject,
  metricsAll: { ...anyObject, optional: true },
  warnings: { passes: isListOf(isString), expected: 'a list of strings' },
  sureness: { ...anyObject, optional: true },
  error: { passes: isString, expected: 'a string', optional: true },
};
