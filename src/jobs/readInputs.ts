/** Reading a job's files: labels, decisions, row errors, and what the sets have in common. Input files are never written. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { CancelledError, UserError } from '../base/errors.ts';
import { exactCopies, exactCopiesAcross } from '../core/dataset/copies.ts';
import { readDataset, type Dataset, type ReadOptions, type Row, type TextRow } from '../core/dataset/dataset.ts';
import { labelMapOfRealSet } from '../core/dataset/labels.ts';
import { formatRowError, type RowError } from '../core/dataset/rowError.ts';
import type { Schema, SchemaOverrides } from '../core/dataset/schema.ts';
import { lackedLabelWarnings } from '../core/weighting/warnings.ts';
import { decisionKey, formatDecision, readDecisions, type Decisions } from '../store/decisions.ts';
import { diskError } from '../store/diskErrors.ts';
import { datasetFolders, decisionsFile } from '../store/layout.ts';
import type { InputRole, RunInput } from '../store/runRecord.ts';

/** The files of a job as the user named them. */
export interface InputPaths {
  readonly synthetic: string;
  readonly real: string;
  readonly dev?: string;
  readonly test?: string;
}

export interface ReadInputsOptions extends SchemaOverrides {
  readonly labelMap?: Readonly<Record<string, string>>;
  readonly maxLineBytes?: number;
  /** Where decisions and runs lie if a file's own folder is read-only. */
  readonly storage?: string;
  /** Ends the reading with a CancelledError. */
  readonly signal?: AbortSignal;
}

/** A line of a file that has no place in the job, and why. */
export interface LeftOut {
  readonly line: number;
  readonly textHash?: string;
  readonly occurrence?: number;
  readonly label?: string;
  readonly reason: string;
}

/** One file as the job uses it: decisions applied, doubtful rows left out. */
export interface InputSet {
  readonly role: InputRole;
  /** As given by the user. */
  readonly path: string;
  readonly sha256: string;
  readonly schema: Schema;
  readonly rows: readonly Row[];
  /** Label ids of the rows. */
  readonly labelIds: Int32Array;
  readonly leftOut: readonly LeftOut[];
  /** Rows with errors. */
  readonly errors: number;
  /** Row errors as `path:line:column: message`; rows of the same unknown label are one, with their number. */
  readonly rowErrors: readonly string[];
}

export interface Inputs {
  /** The sorted labels of the real set; ids are indices. */
  readonly labels: readonly string[];
  readonly real: InputSet;
  readonly synthetic: InputSet;
  readonly dev?: InputSet;
  readonly test?: InputSet;
  /** Copies, dev rows that are test rows, decisions that could not be honoured: one line each; leakage: see leakage.ts. */
  readonly warnings: readonly string[];
  /** SHA-256 of all decisions that were honoured; absent where there were none. */
  readonly decisionsHash?: string;
}

/** A row's text; of a pair both, on lines of their own. */
export function joinedText({ text, textPair }: Pick<Row, 'text' | 'textPair'>): string {
  return textPair === undefined ? text : `${text}\n${textPair}`;
}

/**
 * Reads real data first (its labels are the label map), then the other files by those labels.
 * @throws UserError for a file that cannot be used at all, in one line.
 */
export async function readInputs(paths: InputPaths, options: ReadInputsOptions = {}): Promise<Inputs> {
  const warnings: string[] = [];
  const honoured = createHash('sha256');
  let decided = 0;

  const read = async (role: InputRole, path: string, labels?: readonly string[]): Promise<InputSet> => {
    const dataset = await readFileRows(path, { ...options, name: path, labels });
    const { decisions, problems } = await readDecisions(datasetFolders(path, options.storage).map(decisionsFile));
    warnings.push(...problems);
    if (role === 'synthetic') {
      // Another spelling of a label that they have is told as a row error, with what to do about it.
      const { lackedLabels } = dataset;
      const lacked = [...lackedLabels.values()].reduce((sum, rows) => sum + rows, 0);
      warnings.push(...lackedLabelWarnings([...lackedLabels.keys()], lacked).map(({ message }) => message));
    }
    const known = labels ?? labelMapOfRealSet(dataset.labelCounts.keys(), path);
    const { rows, removed, applied } = applyDecisions(dataset.rows, decisions, known, path, warnings);
    for (const line of applied) honoured.update(`${role} ${line}\n`);
    decided += applied.length;
    if (rows.length === 0) throw new UserError(`${path}: every row was removed by your decisions; nothing is left.`);
    const errors = dataset.errors.map(({ line, message }) => ({ line, reason: message }));
    return {
      role,
      path,
      sha256: dataset.sha256,
      schema: dataset.schema,
      rows,
      labelIds: Int32Array.from(rows, (row) => known.indexOf(row.label)),
      leftOut: [...errors, ...removed].sort((a, b) => a.line - b.line),
      errors: dataset.errors.length,
      rowErrors: toldErrors(path, dataset.errors),
    };
  };

  const firstReal = await read('real', paths.real);
  // A relabelled or removed row may take a label away altogether.
  const labels = labelMapOfRealSet(
    firstReal.rows.map((row) => row.label),
    paths.real,
  );
  const real = { ...firstReal, labelIds: Int32Array.from(firstReal.rows, (row) => labels.indexOf(row.label)) };
  const synthetic = await read('synthetic', paths.synthetic, labels);
  const test = paths.test === undefined ? undefined : await read('test', paths.test, labels);
  const wholeDev = paths.dev === undefined ? undefined : await read('dev', paths.dev, labels);
  const dev = wholeDev && test ? withoutRowsOf(wholeDev, test, warnings) : wholeDev;

  warnings.push(...copyWarnings(real, synthetic, dev, test));
  return {
    ...{ labels, real, synthetic, dev, test, warnings },
    decisionsHash: decided > 0 ? honoured.digest('hex') : undefined,
  };
}

/** Reads rows that need no label, as for prediction. */
export async function readUnlabelled(path: string, options: ReadInputsOptions = {}): Promise<Dataset<TextRow>> {
  try {
    const bytes = createReadStream(path, { signal: options.signal });
    return await readDataset(bytes, { ...options, name: path, labelOptional: true });
  } catch (thrown) {
    if (options.signal?.aborted) throw new CancelledError();
    throw diskError(thrown, 'read', path);
  }
}

/** How `run.json` describes the files. */
export function describeInputs(inputs: Inputs): RunInput[] {
  return [inputs.synthetic, inputs.real, inputs.dev, inputs.test].flatMap((set) =>
    set === undefined
      ? []
      : [
          {
            role: set.role,
            path: resolve(set.path),
            sha256: set.sha256,
            rows: set.rows.length,
            errors: set.errors,
          },
        ],
  );
}

/** An unknown label is told of where it first stands: thousands of rows may have it. */
function toldErrors(path: string, errors: readonly RowError[]): string[] {
  const rows = new Map<string, number>();
  for (const { code, message } of errors) if (code === 'unknown-label') rows.set(message, (rows.get(message) ?? 0) + 1);
  return errors.flatMap((error) => {
    const formatted = formatRowError(path, error);
    if (error.code !== 'unknown-label') return [formatted];
    const more = (rows.get(error.message) ?? 0) - 1;
    // Told once; the others of its label have none to tell.
    rows.set(error.message, 0);
    if (more < 0) return [];
    return [more === 0 ? formatted : `${formatted} (and ${more === 1 ? '1 more row' : `${String(more)} more rows`})`];
  });
}

/** Row errors of all files. */
export function allRowErrors(inputs: Inputs): string[] {
  return allSets(inputs).flatMap(({ rowErrors }) => rowErrors);
}

/** All sets of a job, in the order they are reported. */
export function allSets(inputs: Inputs): InputSet[] {
  return [inputs.synthetic, inputs.real, inputs.dev, inputs.test].filter((set) => set !== undefined);
}

async function readFileRows(
  path: string,
  options: ReadOptions & { labelOptional?: false; signal?: AbortSignal },
): Promise<Dataset> {
  try {
    return await readDataset(createReadStream(path, { signal: options.signal }), options);
  } catch (thrown) {
    if (options.signal?.aborted) throw new CancelledError();
    throw diskError(thrown, 'read', path);
  }
}

function applyDecisions(
  rows: readonly Row[],
  decisions: Decisions,
  labels: readonly string[],
  path: string,
  warnings: string[],
): { rows: Row[]; removed: LeftOut[]; applied: string[] } {
  const kept: Row[] = [];
  const removed: LeftOut[] = [];
  const applied: string[] = [];
  for (const row of rows) {
    const decision = decisions.get(decisionKey(row));
    switch (decision?.action) {
      case 'remove': {
        const { line, textHash, occurrence, label } = row;
        removed.push({ line, textHash, occurrence, label, reason: `removed by your decision of ${decision.time}` });
        applied.push(formatDecision(decision));
        break;
      }
      case 'relabel':
        if (decision.label !== undefined && labels.includes(decision.label)) {
          kept.push({ ...row, label: decision.label });
          applied.push(formatDecision(decision));
        } else {
          warnings.push(
            `${path}:${String(row.line)}: your decision gives this row the label ${JSON.stringify(decision.label)}, which the real data lack; its own label is used.`,
          );
          kept.push(row);
        }
        break;
      case 'keep':
      case 'clear':
      case undefined:
        kept.push(row);
        break;
    }
  }
  return { rows: kept, removed, applied };
}

/** Rows that choose a model must not be those that judge it. */
function withoutRowsOf(dev: InputSet, test: InputSet, warnings: string[]): InputSet {
  const inTest = new Set(test.rows.map((row) => row.textHash));
  const keep = dev.rows.map((row) => !inTest.has(row.textHash));
  const dropped = dev.rows.filter((_, i) => !keep[i]);
  if (dropped.length === 0) return dev;
  const reason = `its text is in ${test.path} too`;
  warnings.push(
    `${dev.path}: ${rowsAre(dropped.length)} left out because ${dropped.length === 1 ? 'its text is' : 'their texts are'} in ${test.path} too (${linesOf(dropped)}).`,
  );
  const rows = dev.rows.filter((_, i) => keep[i]);
  if (rows.length === 0) throw new UserError(`${dev.path}: every row is in ${test.path} too; nothing is left.`);
  const left = dropped.map(({ line, textHash, occurrence, label }) => ({ line, textHash, occurrence, label, reason }));
  return {
    ...dev,
    rows,
    labelIds: dev.labelIds.filter((_, i) => keep[i]),
    leftOut: [...dev.leftOut, ...left].sort((a, b) => a.line - b.line),
  };
}

function copyWarnings(real: InputSet, synthetic: InputSet, dev?: InputSet, test?: InputSet): string[] {
  const warnings: string[] = [];
  for (const set of [synthetic, real, dev, test]) {
    const copies = set === undefined ? 0 : exactCopies(set.rows);
    if (set !== undefined && copies > 0) {
      warnings.push(
        `${set.path}: ${copies === 1 ? '1 row repeats' : `${String(copies)} rows repeat`} the exact text of an earlier row.`,
      );
    }
  }
  if (exactCopiesAcross(synthetic.rows, real.rows).inFirst > 0) {
    const hashes = new Set(real.rows.map((row) => row.textHash));
    const copies = synthetic.rows.filter((row) => hashes.has(row.textHash));
    warnings.push(
      `${synthetic.path}: ${rowsAre(copies.length)} in ${real.path} too (${linesOf(copies)}); real rows are no evidence about their own copies.`,
    );
  }
  return warnings;
}

function rowsAre(count: number): string {
  return count === 1 ? '1 row is' : `${String(count)} rows are`;
}

function linesOf(rows: readonly { readonly line: number }[]): string {
  const shown = rows.slice(0, 5).map((row) => row.line);
  const more = rows.length > shown.length ? ', …' : '';
  return `line${rows.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`;
}
