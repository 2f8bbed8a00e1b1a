/**
 * `decisions.jsonl`: what the user decided about single rows. Append-only, the last decision about a row counts; it
 * survives runs and is honoured by diagnostics, training, export and the command line.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../base/errors.ts';
import { syncFolder } from './atomic.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { isIntegerFrom, isJsonObject } from './json.ts';
import { readLines } from './lines.ts';
import { withLock } from './lock.ts';
import { formatVersions, unknownVersion } from './versions.ts';

export const decisionActions = ['keep', 'relabel', 'remove', 'clear'] as const;
/** `clear` takes back what was decided about the row before. */
export type DecisionAction = (typeof decisionActions)[number];

/** One decision about one row. */
export interface Decision {
  readonly textHash: string;
  /** How many rows of the same text come before it in the file. */
  readonly occurrence: number;
  readonly action: DecisionAction;
  /** The new label; with `relabel` only. */
  readonly label?: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** What stands, by `decisionKey`; a cleared row has no entry. */
export type Decisions = ReadonlyMap<string, Decision>;

/** The key of a row in `Decisions`. */
export function decisionKey(row: { readonly textHash: string; readonly occurrence: number }): string {
  return `${row.occurrence}:${row.textHash}`;
}

/**
 * Adds decisions to the file, which is created when absent; durable when it returns. Processes that append at the same
 * time wait for each other. A last line that an earlier writer could not finish is cut away first; nothing before it is
 * touched.
 *
 * @throws UserError where the file cannot be written; it then stays as it was.
 */
export async function appendDecisions(file: string, decisions: readonly Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  const text = decisions.map((decision) => `${formatDecision(decision)}\n`).join('');
  await withLock(`${file}.lock`, async () => {
    let handle: FileHandle | undefined;
    try {
      handle = await openOrCreate(file);
      const { length, unended } = await repairedLength(handle);
      try {
        await handle.truncate(length);
        await writeAt(handle, Buffer.from(`${unended ? '\n' : ''}${text}`, 'utf8'), length);
        await handle.sync();
      } catch (thrown) {
        await handle.truncate(length);
        throw thrown;
      }
    } catch (thrown) {
      throw diskError(thrown, 'write', file);
    } finally {
      await handle?.close();
    }
  });
}

/**
 * Reads what stands after all decisions of the files, in their order: later ones go over earlier ones. A file that does
 * not exist holds none. A torn last line was never acknowledged and is passed over; any other line that cannot be read is
 * reported, and the rest counts.
 *
 * @returns `problems`: one line each, as `file:line: …`.
 * @throws UserError for a decision of an unknown version, which it would be wrong to ignore.
 */
export async function readDecisions(files: readonly string[]): Promise<{ decisions: Decisions; problems: string[] }> {
  const decisions = new Map<string, Decision>();
  const problems: string[] = [];
  for (const file of files) {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      for await (const { text, number, ended } of readLines(handle)) {
        if (text?.trim() === '') continue;
        const decision = parseDecision(text, `${file}:${number}`);
        if (typeof decision !== 'string') apply(decisions, decision);
        else if (ended) problems.push(`${file}:${number}: ${decision}; this decision is passed over.`);
      }
    } catch (thrown) {
      if (errorCode(thrown) !== 'ENOENT') throw diskError(thrown, 'read', file);
    } finally {
      await handle?.close();
    }
  }
  return { decisions, problems };
}

/** One line of the file, without its end. */
export function formatDecision({ textHash, occurrence, action, label, time }: Decision): string {
  if ((action === 'relabel') !== (label !== undefined)) {
    throw new TypeError(`A decision has a label exactly when it is "relabel", not "${action}".`);
  }
  return JSON.stringify({ version: formatVersions.decisions, textHash, occurrence, action, label, time });
}

/** @returns The decision, or what is wrong with the line. */
function parseDecision(text: string | undefined, where: string): Decision | string {
  if (text === undefined) return 'not UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isJsonObject(value)) return 'not a JSON object';
  const { version, textHash, occurrence, action, label, time } = value;
  if (typeof version !== 'number') return '"version" must be a number';
  if (version !== formatVersions.decisions) throw unknownVersion(where, version, formatVersions.decisions);
  if (typeof textHash !== 'string') return '"textHash" must be a string';
  if (!isIntegerFrom(0, occurrence)) return '"occurrence" must be an integer from 0';
  const known = decisionActions.find((candidate) => candidate === action);
  if (known === undefined) return `"action" must be one of ${decisionActions.join(', ')}`;
  if (typeof time !== 'string') return '"time" must be a string';
  if (known !== 'relabel') return { textHash, occurrence, action: known, time };
  if (typeof label !== 'string') return '"label" must be a string';
  return { textHash, occurrence, action: known, label, time };
}

function apply(decisions: Map<string, Decision>, decision: Decision): void {
  const key = decisionKey(decision);
  if (decision.action === 'clear') decisions.delete(key);
  else decisions.set(key, decision);
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+');
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
  }
  const handle = await open(file, 'wx+');
  await syncFolder(dirname(file));
  return handle;
}

/**
 * Where the next line goes: the end of the file, or where a torn last line begins. A last line that is whole JSON only
 * lacks its newline (an editor may have left it so) and is kept: no beginning of a JSON object is itself JSON.
 */
async function repairedLength(handle: FileHandle): Promise<{ length: number; unended: boolean }> {
  const { size } = await handle.stat();
  const tail = await lastLine(handle, size);
  if (tail.length === 0) return { length: size, unended: false };
  try {
    JSON.parse(tail.toString('utf8'));
    return { length: size, unended: true };
  } catch {
    // Torn.
    return { length: size - tail.length, unended: false };
  }
}

/** The bytes after the last newline, found from the end so that a long file costs nothing. */
async function lastLine(handle: FileHandle, size: number): Promise<Buffer> {
  let tail = Buffer.alloc(0);
  for (let end = size; end > 0;) {
    const begin = Math.max(0, end - 4096);
    const block = Buffer.alloc(end - begin);
    const { bytesRead } = await handle.read(block, 0, block.length, begin);
    if (bytesRead !== block.length) throw new UserError('The file of decisions changed while it was read; try again.');
    const newline = block.lastIndexOf(0x0a);
    tail = Buffer.concat([block.subarray(newline + 1), tail]);
    if (newline !== -1) break;
    end = begin;
  }
  return tail;
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await handle.write(bytes, offset, bytes.length - offset, position + offset)).bytesWritten;
  }
}
