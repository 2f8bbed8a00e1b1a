/** Which file is likely the real one of a synthetic file: by fields, labels, name and size. Only beginnings are read. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { sortLabels } from '../../core/dataset/labels.ts';
import { quoteList } from '../../core/dataset/quote.ts';
import type { FieldOverrides, RealCandidate } from '../../protocol/data.ts';
import { diskError } from '../../store/diskErrors.ts';
import { isOwnPath } from '../../store/layout.ts';
import { streamFile } from './byteSource.ts';
import { occurrenceCounter } from './identityTable.ts';
import { indexText, type ReadText, type TextOptions } from './indexText.ts';
import { lineStatus } from './lineTable.ts';

/** So much of each file is read. */
const headBytes = 1024 * 1024;
/** Files looked at in a folder. */
const mostCandidates = 50;

/** The beginning of a file. */
interface Head {
  readonly path: string;
  readonly size: number;
  readonly more: boolean;
  readonly text: ReadText;
  readonly rows: number;
  readonly labels: readonly string[];
}

/**
 * The likely real files, best first.
 *
 * @param candidates Files to choose among; the file's siblings where absent.
 * @throws UserError where the synthetic file itself cannot be read.
 */
export async function guessReal(
  path: string,
  candidates: readonly string[] | undefined,
  fields: FieldOverrides | undefined,
): Promise<RealCandidate[]> {
  const own = await readHead(path, fields);
  const found: { candidate: RealCandidate; score: number }[] = [];
  for (const other of (candidates ?? (await siblings(path))).slice(0, mostCandidates)) {
    if (resolve(other) === resolve(path)) continue;
    const head = await headIfUsable(other, fields);
    const judged = head && judge(own, head);
    if (head === undefined || judged === undefined) continue;
    const { labels, rows, more } = head;
    found.push({ score: judged.score, candidate: { path: other, reason: judged.reason, labels, rows, more } });
  }
  found.sort((a, b) => b.score - a.score || (a.candidate.path < b.candidate.path ? -1 : 1));
  return found.map(({ candidate }) => candidate);
}

async function siblings(path: string): Promise<string[]> {
  const folder = dirname(path);
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /\.(jsonl|ndjson)$/i.test(name))
      .sort()
      .map((name) => join(folder, name))
      .filter((file) => !isOwnPath(file));
  } catch (thrown) {
    throw diskError(thrown, 'read', folder);
  }
}

/** Names that say what a file is. */
const realName = /(^|[^a-z])(real|gold|golden|seed|seeds|human|manual|annotated|labell?ed|train|training)([^a-z]|$)/i;
const syntheticName =
  /(^|[^a-z])(synth|synthetic|generated|llm|gpt|augmented|aug|fake|weighted|filtered|corrected)([^a-z]|$)/i;
const heldOutName = /(^|[^a-z])(test|dev|valid|validation|val|eval|heldout|holdout)([^a-z]|$)/i;

/** How well a file would do as the real one; undefined where it cannot be. */
function judge(own: Head, other: Head): { score: number; reason: string } | undefined {
  const [a, b] = [own.text.format.schema, other.text.format.schema];
  if ((a.textPair === undefined) !== (b.textPair === undefined)) return undefined;
  const shared = other.labels.filter((label) => own.labels.includes(label));
  if (shared.length === 0 || other.labels.length < 2) return undefined;
  const reasons: string[] = [];
  let score = 0;
  if (a.text === b.text && a.textPair === b.textPair && a.label === b.label) {
    score += 2;
    reasons.push('same fields');
  }
  const union = new Set([...own.labels, ...other.labels]).size;
  score += 4 * (shared.length / union);
  reasons.push(
    shared.length === union
      ? `same labels (${quoteList(other.labels, 4)})`
      : `shares ${quoteList(shared, 4)} of the labels`,
  );
  const name = basename(other.path).replace(/\.[^.]*$/, '');
  if (realName.test(name)) {
    score += 3;
    reasons.push(`its name says ${realName.exec(name)?.[2].toLowerCase()}`);
  }
  if (syntheticName.test(name)) score -= 4;
  if (heldOutName.test(name)) {
    score -= 2;
    reasons.push('perhaps meant for evaluation');
  }
  if (other.size < own.size) {
    score += 1;
    reasons.push('smaller');
  }
  if (sharedTexts(own, other) > other.rows / 2) {
    score -= 6;
    reasons.push('but most of its texts are in this file too');
  }
  return { score, reason: reasons.join(', ') };
}

function sharedTexts(own: Head, other: Head): number {
  const { lines } = own.text;
  const texts = occurrenceCounter(lines.count, lines.hashHigh, lines.hashLow);
  for (let i = 0; i < lines.count; i++) if (lines.status[i] === lineStatus.row) texts.count(i);
  const theirs = other.text.lines;
  let shared = 0;
  for (let i = 0; i < theirs.count; i++) {
    if (theirs.status[i] === lineStatus.row && texts.counted(theirs.hashHigh[i], theirs.hashLow[i]) > 0) shared++;
  }
  return shared;
}

async function headIfUsable(path: string, fields: FieldOverrides | undefined): Promise<Head | undefined> {
  try {
    return await readHead(path, fields);
  } catch (thrown) {
    // Not a file of rows with labels: no candidate.
    if (thrown instanceof UserError) return undefined;
    throw thrown;
  }
}

async function readHead(path: string, fields: FieldOverrides | undefined): Promise<Head> {
  const options: TextOptions = { ...fields, name: path };
  let text: ReadText | undefined;
  const { size } = await streamFile(
    path,
    async (chunks) => {
      text = await indexText(chunks, options);
    },
    { limit: headBytes },
  );
  if (text === undefined) throw new Error(`${path} was not read`);
  const { lines, format } = text;
  // The last line of a part of a file may be cut.
  const whole = size <= headBytes ? lines.count : lines.count - 1;
  const seen = new Set<string>();
  let rows = 0;
  for (let i = 0; i < whole; i++) {
    if (lines.status[i] !== lineStatus.row) continue;
    rows++;
    seen.add(format.spellings.all[lines.token[i]].label);
  }
  if (rows === 0) throw new UserError(`${path} has no usable row at its beginning.`);
  return { path, size, more: size > headBytes, text, rows, labels: sortLabels(seen) };
}
