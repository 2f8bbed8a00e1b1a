/**
 * `scores.jsonl`: what the checkers say about each row, one line per row of the input, in input order. The same scores
 * give the same bytes. The order of labels and the version stand in the run's `run.json`.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { openAtomic } from './atomic.ts';
import { diskError } from './diskErrors.ts';
import { shortestFloat32 } from './float32Text.ts';
import { isIntegerFrom, isJsonObject, type JsonObject } from './json.ts';
import { countLines, readLines } from './lines.ts';
import { scoreColumns, scoreColumnsBuilder, type ScoreColumns } from './scoreColumns.ts';
import { columnsKeeper, keepColumns, keptFromRows, readKeptColumns, sameScores, scoresStamp } from './keptColumns.ts';

export type { ScoreColumns } from './scoreColumns.ts';

/** A row's identity: it is found again by text and occurrence after its line has moved. */
export interface RowIdentity {
  /** Of the row in the input file, from 1. */
  readonly line: number;
  readonly textHash: string;
  /** How many rows of the same text came before it. */
  readonly occurrence: number;
}

/** A real row near a synthetic one. */
export interface NearestReal {
  /** Of the real file, from 1. */
  readonly line: number;
  /** Of the pretrained encoder's embeddings, −1 to 1. */
  readonly cosine: number;
}

/** A row that was scored. All numbers are kept as float32. */
export interface ScoredRow extends RowIdentity {
  readonly label: string;
  /** log P̂'(y|x) of every label (natural logarithm, calibrated), in the run's label order. */
  readonly logP: ArrayLike<number>;
  /** log Q̂(y|x) of every label, in the run's label order. */
  readonly logQ: ArrayLike<number>;
  /**
   * Standard error of each number of `logP`, ≥ 0, from the fold models (`core/weighting/spread`); absent where one model
   * answered, and in runs of earlier versions. With it the weight of any label has its interval without inference.
   */
  readonly logPSpread?: ArrayLike<number>;
  /** The same of `logQ`; absent for a row that a single model answered: its own fold's, or the only one. */
  readonly logQSpread?: ArrayLike<number>;
  /** The fold whose diversity checker did not see this row, from 0; absent where it was trained on all rows. */
  readonly fold?: number;
  /** The group of near-duplicates it belongs to, from 0; absent for a row that has none. */
  readonly cluster?: number;
  /** Clipped log weight of the row's label. */
  readonly logWeight: number;
  readonly weight: number;
  /** P̂'(label|x), 0 to 1. */
  readonly quality: number;
  /** 1 / Q̂(label|x) in the scale that `core/weighting` gives it. */
  readonly diversity: number;
  /** The label the quality checker prefers; absent where it agrees. */
  readonly suggested?: string;
  readonly verdict?: string;
  /** How many other rows are near-duplicates of it; absent where none is. */
  readonly nearDuplicates?: number;
  /** The real rows nearest to it, best first; absent where no encoder was used. */
  readonly nearestReal?: readonly NearestReal[];
  /** DIMP only: the log weight after each epoch. */
  readonly epochLogWeights?: ArrayLike<number>;
}

/** A row that could not be scored, and why. */
export interface UnscoredRow {
  readonly line: number;
  readonly textHash?: string;
  readonly occurrence?: number;
  readonly label?: string;
  readonly error: string;
}

export type ScoreRow = ScoredRow | UnscoredRow;

/** Writes a run's scores as they come; the file appears with `finish`. */
export interface ScoresWriter {
  /**
   * @throws RangeError for a row that would not read back: a defect of the caller (NaN, unknown label, wrong order).
   * @throws UserError where the disk is full.
   */
  write(row: ScoreRow): Promise<void>;
  /** Puts the file in place of an earlier one. */
  finish(): Promise<void>;
  /** Gives it up; an earlier file stays. */
  discard(): Promise<void>;
}

/** Characters gathered before they are written. */
const bufferedCharacters = 1 << 18;

/**
 * @param labels In the run's order.
 * @throws UserError where the file cannot be written.
 */
export async function openScoresWriter(path: string, labels: readonly string[]): Promise<ScoresWriter> {
  const file = await openAtomic(path);
  const keeper = columnsKeeper(path, labels);
  let lastLine = 0;
  let buffered: string[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    const text = buffered.join('');
    buffered = [];
    characters = 0;
    await file.write(Buffer.from(text, 'utf8'));
  };
  return {
    write: async (row) => {
      if (!isIntegerFrom(lastLine + 1, row.line)) {
        throw new RangeError(`${path}: line ${row.line} after line ${lastLine}; rows are written in input order.`);
      }
      lastLine = row.line;
      const text = `${formatScoreRow(row, labels)}\n`;
      buffered.push(text);
      characters += text.length;
      await keeper.add(row);
      if (characters >= bufferedCharacters) await flush();
    },
    finish: async () => {
      await flush();
      await file.commit();
      await keeper.finish();
    },
    discard: async () => {
      await keeper.discard();
      await file.discard();
    },
  };
}

/**
 * One line of `scores.jsonl`, without its end.
 *
 * @throws RangeError for a row that would not read back.
 */
export function formatScoreRow(row: ScoreRow, labels: readonly string[]): string {
  const { line, textHash, occurrence, label } = row;
  if ('error' in row) return JSON.stringify({ line, textHash, occurrence, label, error: row.error });
  const number = (name: string, value: number): number => {
    const short = shortestFloat32(value);
    if (!Number.isFinite(short)) throw new RangeError(`Line ${line}: ${name} is ${value}.`);
    return short;
  };
  const vector = (name: string, values: ArrayLike<number>): number[] => Array.from(values, (x) => number(name, x));
  for (const name of ['logP', 'logQ', 'logPSpread', 'logQSpread'] as const) {
    if (row[name] !== undefined && row[name].length !== labels.length)
      throw new RangeError(`Line ${line}: ${name} must have ${labels.length} values.`);
  }
  for (const name of ['logPSpread', 'logQSpread'] as const) {
    const least = Math.min(0, ...Array.from(row[name] ?? []));
    if (least < 0) throw new RangeError(`Line ${line}: ${name} is ${least}.`);
  }
  for (const name of [label, row.suggested]) {
    if (name !== undefined && !labels.includes(name))
      throw new RangeError(`Line ${line}: "${name}" is no label of the run.`);
  }
  return JSON.stringify({
    line,
    textHash,
    occurrence,
    label,
    logP: vector('logP', row.logP),
    logQ: vector('logQ', row.logQ),
    logPSpread: row.logPSpread && vector('logPSpread', row.logPSpread),
    logQSpread: row.logQSpread && vector('logQSpread', row.logQSpread),
    fold: row.fold,
    cluster: row.cluster,
    logWeight: number('logWeight', row.logWeight),
    weight: number('weight', row.weight),
    quality: number('quality', row.quality),
    diversity: number('diversity', row.diversity),
    suggested: row.suggested,
    verdict: row.verdict,
    nearDuplicates: row.nearDuplicates,
    nearestReal: row.nearestReal?.map((near) => [near.line, number('nearestReal', near.cosine)]),
    epochLogWeights: row.epochLogWeights && vector('epochLogWeights', row.epochLogWeights),
  });
}

/**
 * Reads a run's scores.
 *
 * @param labels The run's, in its order.
 * @param expectedRows Where known: a file cut off between two lines shows in no other way.
 * @throws UserError as `file:line: …` where the file is damaged: a part of the scores would be worse than none.
 */
export async function readScores(
  path: string,
  labels: readonly string[],
  expectedRows?: number,
): Promise<ScoreColumns> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stamp = await scoresStamp(handle);
    const kept = await readKeptColumns(path, stamp, labels);
    if (kept !== undefined && (expectedRows === undefined || kept.rows === expectedRows)) return kept;
    const rows = await countLines(handle);
    if (expectedRows !== undefined && rows !== expectedRows) {
      throw new UserError(
        `${path}: ${rows} lines where ${expectedRows} were written; the file was damaged: score again.`,
      );
    }
    const columns = await readColumns(handle, path, labels, rows);
    if (rows >= keptFromRows && sameScores(stamp, await scoresStamp(handle))) await keepColumns(path, stamp, columns);
    return columns;
  } catch (thrown) {
    throw diskError(thrown, 'read', path);
  } finally {
    await handle?.close();
  }
}

async function readColumns(
  handle: FileHandle,
  path: string,
  labels: readonly string[],
  rows: number,
): Promise<ScoreColumns> {
  const labelIds = new Map(labels.map((label, id) => [label, id]));
  const builder = scoreColumnsBuilder(labels, rows);
  let lastLine = 0;
  for await (const { text, number, ended } of readLines(handle)) {
    const row = parseScoreRow(ended ? text : undefined, labelIds);
    if (typeof row === 'string') throw damaged(path, number, row);
    if (row.line <= lastLine) throw damaged(path, number, '"line" must grow from line to line');
    lastLine = row.line;
    const fault = builder.add(row);
    if (fault !== undefined) throw damaged(path, number, fault);
  }
  return scoreColumns(builder.columns, builder.facts);
}

function damaged(path: string, line: number, what: string): UserError {
  return new UserError(`${path}:${line}: ${what}; the file was damaged or edited: score again.`);
}

/** @returns The row, or what is wrong with the line. */
function parseScoreRow(text: string | undefined, labelIds: ReadonlyMap<string, number>): ScoreRow | string {
  if (text === undefined) return 'the line is cut off or not UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'the line is not JSON';
  }
  if (!isJsonObject(value)) return 'the line is not a JSON object';
  if (Object.hasOwn(value, 'error')) return unscoredFault(value) ?? (value as unknown as ScoreRow);
  const fault = scoredFault(value, labelIds);
  if (fault !== undefined) return fault;
  const { nearestReal, ...row } = value as unknown as Omit<ScoredRow, 'nearestReal'> & {
    nearestReal?: [number, number][];
  };
  return { ...row, nearestReal: nearestReal?.map(([line, cosine]) => ({ line, cosine })) };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isAbsentOr = (value: unknown, passes: boolean): boolean => value === undefined || passes;
const largestInt32 = 2 ** 31 - 1;
const isInt32From = (least: number, value: unknown): boolean => isIntegerFrom(least, value) && value <= largestInt32;

/** A number that float32 holds. */
function isFloat(value: unknown, least = -Infinity): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value)) && value >= least;
}

function isFloats(value: unknown, length?: number, least?: number): boolean {
  return (
    Array.isArray(value) &&
    (length === undefined || value.length === length) &&
    value.every((one) => isFloat(one, least))
  );
}

function isNeighbours(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && isInt32From(1, pair[0]) && isFloat(pair[1]))
  );
}

function unscoredFault(row: JsonObject): string | undefined {
  if (!isInt32From(1, row['line'])) return '"line" must be a positive integer';
  if (!isText(row['error'])) return '"error" must be a string';
  if (!isAbsentOr(row['textHash'], isText(row['textHash']))) return '"textHash" must be a string';
  if (!isAbsentOr(row['occurrence'], isInt32From(0, row['occurrence']))) return '"occurrence" must be an integer';
  if (!isAbsentOr(row['label'], isText(row['label']))) return '"label" must be a string';
  return undefined;
}

function scoredFault(row: JsonObject, labelIds: ReadonlyMap<string, number>): string | undefined {
  const isLabel = (value: unknown): boolean => typeof value === 'string' && labelIds.has(value);
  if (!isInt32From(1, row['line'])) return '"line" must be a positive integer';
  if (!isText(row['textHash'])) return '"textHash" must be a string';
  if (!isInt32From(0, row['occurrence'])) return '"occurrence" must be an integer';
  if (!isLabel(row['label'])) return '"label" must be a label of the run';
  for (const name of ['logP', 'logQ']) {
    if (!isFloats(row[name], labelIds.size)) return `"${name}" must be a list of ${labelIds.size} numbers`;
  }
  for (const name of ['logPSpread', 'logQSpread']) {
    if (!isAbsentOr(row[name], isFloats(row[name], labelIds.size, 0))) {
      return `"${name}" must be a list of ${labelIds.size} numbers from 0`;
    }
  }
  for (const name of ['fold', 'cluster']) {
    if (!isAbsentOr(row[name], isInt32From(0, row[name]))) return `"${name}" must be an integer`;
  }
  for (const name of ['logWeight', 'weight', 'quality', 'diversity']) {
    if (!isFloat(row[name])) return `"${name}" must be a number`;
  }
  if (!isAbsentOr(row['suggested'], isLabel(row['suggested']))) return '"suggested" must be a label of the run';
  if (!isAbsentOr(row['verdict'], isText(row['verdict']))) return '"verdict" must be a string';
  if (!isAbsentOr(row['nearDuplicates'], isInt32From(0, row['nearDuplicates']))) {
    return '"nearDuplicates" must be an integer';
  }
  if (!isAbsentOr(row['nearestReal'], isNeighbours(row['nearestReal']))) {
    return '"nearestReal" must be a list of [line, cosine]';
  }
  if (!isAbsentOr(row['epochLogWeights'], isFloats(row['epochLogWeights']))) {
    return '"epochLogWeights" must be a list of numbers';
  }
  return undefined;
}
