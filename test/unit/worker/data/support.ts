import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { readDataset } from '../../../../src/core/dataset/dataset.ts';
import { judgeRow } from '../../../../src/core/weighting/verdicts.ts';
import { computeWeights, DEFAULT_WEIGHT_SETTINGS } from '../../../../src/core/weighting/weights.ts';
import type { LineEdit, Query, WeightControls } from '../../../../src/protocol/data.ts';
import { saveCheckpoint } from '../../../../src/store/checkpoint.ts';
import { datasetFolders, runFiles } from '../../../../src/store/layout.ts';
import { writeRunRecord, type RunRecord } from '../../../../src/store/runRecord.ts';
import { openScoresWriter, type NearestReal, type ScoreRow } from '../../../../src/store/scores.ts';
import { createDataService, type DataCalls, type Emit } from '../../../../src/worker/data/dataService.ts';

/** A folder for one test file, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterweight-worker-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

let folders = 0;

/** A folder of its own inside another. */
export function subfolder(parent: string): string {
  const folder = join(parent, String(folders++));
  mkdirSync(folder);
  return folder;
}

/** A service that nobody listens to. */
export function service(emit: Emit = () => undefined): DataCalls {
  return createDataService(emit);
}

export const controls: WeightControls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };

/** A query for everything, heaviest first, unless told otherwise. */
export function query(path: string, part: Partial<Query> = {}): Query {
  return { path, filter: '', sort: { column: 'weight', descending: true }, controls, ...part };
}

/** Writes a text or rows as JSONL; returns the path. */
export function write(folder: string, name: string, content: string | Uint8Array | readonly object[]): string {
  const path = join(folder, name);
  const isRows = Array.isArray(content);
  writeFileSync(
    path,
    isRows ? content.map((row) => `${JSON.stringify(row)}\n`).join('') : (content as string | Uint8Array),
  );
  return path;
}

/** What a hand-made run says of the n-th row. */
export interface Said {
  /** P̂' and Q̂ of every label, 0 to 1. */
  readonly p: readonly number[];
  readonly q: readonly number[];
  /** Standard errors of their logarithms. */
  readonly pSpread?: readonly number[];
  readonly qSpread?: readonly number[];
  readonly nearDuplicates?: number;
  readonly cluster?: number;
  readonly nearestReal?: readonly NearestReal[];
}

export interface MadeRun {
  readonly path: string;
  readonly real: string;
  readonly say: (row: { readonly text: string; readonly label: string }, index: number) => Said | { error: string };
  readonly labels?: readonly string[];
  readonly effort?: string;
  readonly created?: string;
  /** [rows · width] */
  readonly embeddings?: Float32Array;
  readonly name?: string;
  readonly change?: (record: RunRecord) => RunRecord;
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Writes a finished score run of a dataset beside it, as the score job would; returns its folder. */
export async function makeRun({
  path,
  real,
  say,
  labels = ['negative', 'positive'],
  effort = 'standard',
  created = '2026-01-31T14:22:33.000Z',
  embeddings,
  name = '20260131T142233Z-imp',
  change = (record) => record,
}: MadeRun): Promise<string> {
  const folder = join(datasetFolders(path)[0], name);
  mkdirSync(folder, { recursive: true });
  const { rows } = await readDataset(
    (async function* () {
      await Promise.resolve();
      yield new Uint8Array(readFileSync(path));
    })(),
    { name: path },
  );
  const writer = await openScoresWriter(runFiles(folder).scores, labels);
  const firstOf = new Map<number, number>();
  for (const [i, row] of rows.entries()) {
    const words = say(row, i);
    const cluster = 'cluster' in words ? words.cluster : undefined;
    if (cluster !== undefined && !firstOf.has(cluster)) firstOf.set(cluster, row.line);
    const first = cluster === undefined ? undefined : firstOf.get(cluster);
    await writer.write(scoreRow(row, words, labels, first === row.line ? undefined : first));
  }
  await writer.finish();
  if (embeddings !== undefined) {
    await saveCheckpoint(join(runFiles(folder).checkers, 'embeddings', 'synthetic'), {
      meta: {},
      tensors: new Map([['array', { dtype: 'float32', shape: [embeddings.length], data: embeddings }]]),
    });
  }
  const input = (role: 'synthetic' | 'real', file: string): RunRecord['inputs'][number] => {
    return { role, path: file, sha256: sha256(file), rows: rows.length, errors: 0 };
  };
  await writeRunRecord(
    folder,
    change({
      version: 1,
      kind: 'score',
      status: 'done',
      created,
      finished: created,
      inputs: [input('synthetic', path), input('real', real)],
      schema: { synthetic: { text: 'text', label: 'label' }, real: { text: 'text', label: 'label' } },
      labels,
      settings: {
        effort,
        method: 'imp',
        weights: {
          gamma: 1,
          clip: { min: -10, max: Math.LN2 },
          selfNormalise: false,
          priorCorrection: false,
          filterThreshold: 0.5,
        },
      },
      seed: 42,
      recipe: 'default',
      model: { id: 'tiny', hash: 'f00' },
      device: 'cpu',
      versions: {},
      timings: {},
      passes: { forward: 0, backward: 0 },
      metrics: {
        verdictSettings: { misalignedBelow: 0.2, farFromReal: null },
        quality: {
          used: { kind: 'probe', accuracy: 0.9, logLoss: 0.3, eceBefore: 0.1, eceAfter: 0.02 },
          folds: 5,
          outOfFold: true,
        },
      },
      warnings: ['a warning of the run'],
    }),
  );
  return folder;
}

interface Scored {
  readonly line: number;
  readonly textHash: string;
  readonly occurrence: number;
  readonly label: string;
}

function scoreRow(row: Scored, said: Said | { error: string }, labels: readonly string[], copyOf?: number): ScoreRow {
  const { line, textHash, occurrence, label } = row;
  if ('error' in said) return { line, textHash, occurrence, label, error: said.error };
  const logs = (p: readonly number[]): Float32Array => Float32Array.from(p, Math.log);
  const [logP, logQ] = [logs(said.p), logs(said.q)];
  const id = labels.indexOf(label);
  const weights = computeWeights({
    logP: Float64Array.from(logP),
    logQ: Float64Array.from(logQ),
    labels: [id],
    classCount: labels.length,
    settings: DEFAULT_WEIGHT_SETTINGS,
  });
  const [weight, diversity] = [weights.weight[0], weights.diversity?.[0] ?? 0];
  const { nearDuplicates, cluster, nearestReal } = said;
  const { verdict, suggested } = judgeRow({ logP, label: id, weight, diversity, nearDuplicates, copyOf });
  return {
    ...{
      line,
      textHash,
      occurrence,
      label,
      logP,
      logQ,
      weight,
      diversity,
      verdict,
      nearDuplicates,
      cluster,
      nearestReal,
    },
    logPSpread: said.pSpread,
    logQSpread: said.qSpread,
    logWeight: weights.logWeight[0],
    quality: weights.quality[0],
    suggested: suggested === id ? undefined : labels[suggested],
  };
}

/** Carries edits out on a text, as an editor would, line by line from the last. */
export function applyEdits(text: string, edits: readonly LineEdit[]): string {
  const lines = text.split(/(?<=\n)/);
  for (const edit of [...edits].reverse()) {
    if ('endLine' in edit) {
      lines.splice(edit.line, edit.endLine - edit.line);
    } else {
      const line = lines[edit.line];
      lines[edit.line] = line.slice(0, edit.start) + edit.text + line.slice(edit.end);
    }
  }
  return lines.join('');
}

/** Real rows of two labels, enough of each. */
export const realRows = Array.from({ length: 120 }, (_, i) => ({
  text: `real text number ${i}`,
  label: i % 2 === 0 ? 'negative' : 'positive',
}));
