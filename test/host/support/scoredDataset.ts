/** A dataset with a finished score run beside it, written as a job would have, so that a test knows every number. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { occurrenceCounter, textHash } from '../../../src/core/dataset/identity.ts';
import { datasetFolders, runFiles } from '../../../src/store/layout.ts';
import { type RunRecord, writeRunRecord } from '../../../src/store/runRecord.ts';
import { openScoresWriter, type NearestReal } from '../../../src/store/scores.ts';

/** One line of the synthetic file. */
export interface Line {
  /** The line as it stands in the file. */
  readonly source: string;
  /** What the checkers say; absent for a line that is no row. */
  readonly scores?: {
    readonly text: string;
    readonly label: string;
    /** P̂' and Q̂ of the labels, in sorted order. */
    readonly quality: readonly number[];
    readonly diversity: readonly number[];
    /** Rows that have any are one group. */
    readonly nearDuplicates?: number;
    readonly nearestReal?: readonly NearestReal[];
  };
}

export interface DatasetOptions {
  readonly labels: readonly string[];
  readonly effort?: 'preview' | 'standard';
  readonly eol?: '\n' | '\r\n';
  readonly bom?: boolean;
  /** Whether the last line has a line end. */
  readonly ended?: boolean;
  readonly real?: string;
}

/** Writes file and run. @returns the bytes of the file. */
export async function writeScored(file: string, lines: readonly Line[], options: DatasetOptions): Promise<Buffer> {
  const { labels, eol = '\n', bom = false, ended = true, effort = 'standard' } = options;
  const text = lines.map(({ source }) => source).join(eol) + (ended ? eol : '');
  const bytes = Buffer.from(`${bom ? '\uFEFF' : ''}${text}`, 'utf8');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);

  const run = path.join(datasetFolders(file)[0], '20260131T142233Z-imp');
  await mkdir(run, { recursive: true });
  const writer = await openScoresWriter(runFiles(run).scores, labels);
  const occurrence = occurrenceCounter();
  let rows = 0;
  for (const [index, { scores }] of lines.entries()) {
    if (scores === undefined) continue;
    rows++;
    const { label, quality, diversity } = scores;
    const id = labels.indexOf(label);
    const hash = textHash(scores.text);
    const weight = Math.min(2, quality[id] / diversity[id]);
    await writer.write({
      ...{ line: index + 1, textHash: hash, occurrence: occurrence(hash), label },
      ...{ logP: quality.map(Math.log), logQ: diversity.map(Math.log) },
      ...{ weight, logWeight: Math.log(weight), quality: quality[id], diversity: diversity[id] },
      cluster: scores.nearDuplicates === undefined ? undefined : 0,
      ...{ nearDuplicates: scores.nearDuplicates, nearestReal: scores.nearestReal },
    });
  }
  await writer.finish();
  const real = options.real === undefined ? undefined : { path: options.real, sha256: await sha256(options.real) };
  await writeRunRecord(run, recordOf(file, rows, lines.length - rows, labels, effort, real));
  return bytes;
}

function recordOf(
  file: string,
  rows: number,
  errors: number,
  labels: readonly string[],
  effort: string,
  real: { readonly path: string; readonly sha256: string } | undefined,
): RunRecord {
  const input = { sha256: '0'.repeat(64), rows, errors };
  return {
    version: 1,
    kind: 'score',
    status: 'done',
    created: '2026-01-31T14:22:33.000Z',
    finished: '2026-01-31T14:23:33.000Z',
    inputs: [
      { ...input, role: 'synthetic', path: file },
      ...(real === undefined ? [] : [{ ...input, ...real, role: 'real' as const }]),
    ],
    schema: { synthetic: { text: 'text', label: 'label' } },
    labels,
    settings: { effort, method: 'imp', weights: { gamma: 1, clip: { max: Math.log(2) } } },
    seed: 1,
    device: 'cpu',
    versions: { counterweight: '0.1.0', node: process.version },
    timings: { total: 60 },
    passes: { forward: rows, backward: rows },
    metrics: {},
    warnings: [],
  };
}

/** A row `{"text": …, "label": …}` of two labels, with what a checker of each kind gives its own label. */
export function rowOf(
  text: string,
  label: 'negative' | 'positive',
  quality: number,
  diversity: number,
  rest: Partial<Line['scores']> = {},
): Line {
  const both = (p: number): number[] => (label === 'negative' ? [p, 1 - p] : [1 - p, p]);
  return {
    source: JSON.stringify({ text, label }),
    scores: { text, label, quality: both(quality), diversity: both(diversity), ...rest },
  };
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
