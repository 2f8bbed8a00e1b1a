/** The scores of a run as columns, and what is said about the run. */
import { basename } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { quoteList } from '../../core/dataset/quote.ts';
import { intervalFacts } from '../../core/weighting/spread.ts';
import type { IntervalFacts } from '../../core/weighting/sureness.ts';
import { DEFAULT_VERDICT_SETTINGS, type VerdictSettings } from '../../core/weighting/verdicts.ts';
import { DEFAULT_WEIGHT_SETTINGS, type WeightSettings } from '../../core/weighting/weights.ts';
import { unboundedWeight, type RunFacts, type WeightControls } from '../../protocol/data.ts';
import { loadCheckpoint } from '../../store/checkpoint.ts';
import { isJsonObject, type Json, type JsonObject } from '../../store/json.ts';
import { runFiles } from '../../store/layout.ts';
import { listRuns } from '../../store/listRuns.ts';
import type { RowIdentities } from '../../store/rowIdentities.ts';
import { readRunRecord, type RunRecord } from '../../store/runRecord.ts';
import { readScores, type ScoreColumns } from '../../store/scores.ts';
import { isUnchanged, stampOf, type FileStamp } from './byteSource.ts';
import { identitiesInOrder, type IdentityTable } from './identityTable.ts';

/** One entry per scored row of a run, in the order of its file. */
export interface RunScores {
  readonly folder: string;
  readonly record: RunRecord;
  readonly size: number;
  /** Log-probabilities are in this order. */
  readonly labels: readonly string[];
  readonly labelId: Int32Array;
  /** [size · labels] */
  readonly logP: Float32Array;
  readonly logQ: Float32Array;
  /** Standard errors of `logP` and `logQ`, [size · labels]; NaN in rows without, empty where no row has them. */
  readonly logPSpread: Float32Array;
  readonly logQSpread: Float32Array;
  /** What intervals rest on; absent where there are none. */
  readonly interval?: IntervalFacts;
  /** −1 for a row without near-duplicates. */
  readonly cluster: Int32Array;
  readonly nearDuplicates: Int32Array;
  /** Real rows recorded of each row, [size · neighbours], best first; line 0: fewer than that. */
  readonly neighbours: number;
  readonly nearestRealLine: Int32Array;
  readonly nearestRealCosine: Float32Array;
  /** Finds an entry by text hash and occurrence. */
  readonly identities: IdentityTable;
  /** The same as columns. */
  readonly identityColumns: RowIdentities;
  /** The entries of each cluster. */
  clusterMembers(cluster: number): readonly number[];
  /** Sentence embeddings, [size, width], of length 1; why there are none otherwise. */
  embeddings(): Promise<{ readonly values: Float32Array; readonly width: number } | { readonly missing: string }>;
  /** What the scores were read from. */
  readonly stamp: FileStamp;
}

/** The newest finished score run of a dataset; undefined where there is none. */
export async function newestRun(dataset: string, storage: string | undefined): Promise<string | undefined> {
  const { runs } = await listRuns(dataset, storage);
  return runs.find(({ record }) => record.kind === 'score' && record.status === 'done')?.folder;
}

/**
 * Reads a run's scores.
 * @throws UserError where it is no finished score run, or its files are damaged.
 */
export async function readRun(folder: string): Promise<RunScores> {
  const record = await readRunRecord(folder);
  if (record.kind !== 'score' || record.status !== 'done') {
    throw new UserError(`${folder}: this is not a finished score run; choose another, or score the file.`);
  }
  const file = runFiles(folder).scores;
  const stamp = await stampOf(file);
  return runScores(folder, record, stamp, await readScores(file, record.labels));
}

/** Whether a run is on disk as it was read. */
export async function isCurrent({ folder, stamp }: RunScores): Promise<boolean> {
  return await isUnchanged(runFiles(folder).scores, stamp);
}

function runScores(folder: string, record: RunRecord, stamp: FileStamp, columns: ScoreColumns): RunScores {
  for (const [row, hash] of columns.oddHashes) {
    if (columns.errors.has(row)) continue;
    throw new UserError(`${runFiles(folder).scores}: "${hash}" is no text hash; score again.`);
  }
  const scored = withoutErrors(columns);
  let members: Map<number, number[]> | undefined;
  const { cluster, rows: size } = scored;
  const file = runFiles(folder).scores;
  let embeddings: ReturnType<RunScores['embeddings']> | undefined;
  return {
    ...{ folder, record, size, labels: record.labels, stamp, cluster },
    labelId: scored.labelId,
    logP: scored.logP,
    logQ: scored.logQ,
    logPSpread: scored.logPSpread,
    logQSpread: scored.logQSpread,
    interval: scored.logPSpread.length === 0 ? undefined : intervalOf(record),
    nearDuplicates: scored.nearDuplicates,
    neighbours: scored.nearestReal,
    nearestRealLine: scored.nearestRealLine,
    nearestRealCosine: scored.nearestRealCosine,
    identities: identitiesInOrder(size, scored.hashHigh, scored.hashLow, scored.occurrence),
    identityColumns: { hashHigh: scored.hashHigh, hashLow: scored.hashLow, occurrence: scored.occurrence },
    clusterMembers: (id) => (members ??= membersOf(cluster)).get(id) ?? [],
    embeddings: () => (embeddings ??= readEmbeddings(folder, size, () => isUnchanged(file, stamp))),
  };
}

type ScoredColumns = Pick<
  ScoreColumns,
  | 'rows'
  | 'hashHigh'
  | 'hashLow'
  | 'occurrence'
  | 'labelId'
  | 'logP'
  | 'logQ'
  | 'logPSpread'
  | 'logQSpread'
  | 'cluster'
  | 'nearDuplicates'
  | 'nearestReal'
  | 'nearestRealLine'
  | 'nearestRealCosine'
>;

/** The rows that have scores; usually all of them. */
function withoutErrors(columns: ScoreColumns): ScoredColumns {
  const { errors, rows, labels, nearestReal } = columns;
  if (errors.size === 0) return columns;
  const kept = Int32Array.from({ length: rows - errors.size });
  for (let i = 0, to = 0; i < rows; i++) if (!errors.has(i)) kept[to++] = i;
  const pick = <A extends Int32Array | Uint32Array | Float32Array>(values: A, width = 1): A => {
    if (values.length === 0) return values;
    const picked = values.slice(0, kept.length * width) as A;
    kept.forEach((from, to) => {
      for (let k = 0; k < width; k++) picked[to * width + k] = values[from * width + k];
    });
    return picked;
  };
  return {
    rows: kept.length,
    hashHigh: pick(columns.hashHigh),
    hashLow: pick(columns.hashLow),
    occurrence: pick(columns.occurrence),
    labelId: pick(columns.labelId),
    logP: pick(columns.logP, labels.length),
    logQ: pick(columns.logQ, labels.length),
    logPSpread: pick(columns.logPSpread, labels.length),
    logQSpread: pick(columns.logQSpread, labels.length),
    cluster: pick(columns.cluster),
    nearDuplicates: pick(columns.nearDuplicates),
    nearestReal,
    nearestRealLine: pick(columns.nearestRealLine, nearestReal),
    nearestRealCosine: pick(columns.nearestRealCosine, nearestReal),
  };
}

function membersOf(cluster: Int32Array): Map<number, number[]> {
  const members = new Map<number, number[]>();
  cluster.forEach((id, i) => {
    if (id < 0) return;
    const of = members.get(id);
    if (of === undefined) members.set(id, [i]);
    else of.push(i);
  });
  return members;
}

async function readEmbeddings(
  folder: string,
  size: number,
  isSame: () => Promise<boolean>,
): ReturnType<RunScores['embeddings']> {
  const loaded = await loadCheckpoint(runFiles(folder).syntheticEmbeddings);
  if (!('checkpoint' in loaded)) {
    return {
      missing:
        'This run kept no embeddings: it used no encoder, or had too many rows. Score again to see similar rows.',
    };
  }
  const values = loaded.checkpoint.tensors.get('array')?.data;
  const width = values === undefined ? 0 : values.length / size;
  // A rescore under way replaces scores and embeddings one after the other.
  if (!(values instanceof Float32Array) || !Number.isInteger(width) || width === 0 || !(await isSame())) {
    return { missing: 'The run’s embeddings do not belong to the scores that are shown; show the run again.' };
  }
  return { values, width };
}

/**
 * Makes sure that a run's labels are those of the data.
 * @param exact Whether the data's labels are all there are: those of a real file.
 * @throws UserError where they are not.
 */
export function checkLabels({ folder, labels: scored }: RunScores, labels: readonly string[], exact: boolean): void {
  const known = new Set(scored);
  if (labels.every((label) => known.has(label)) && (!exact || labels.length === scored.length)) return;
  throw new UserError(
    `The run ${basename(folder)} was scored with the labels ${quoteList(scored)}, but those of the data are now ` +
      `${quoteList(labels)}; score the file again.`,
  );
}

/** What is said about a run. */
export function runFacts({ folder, record, size }: RunScores, staleRows: number): RunFacts {
  const { settings, metrics } = record;
  const quality = objectIn(metrics, 'quality');
  const used = objectIn(quality, 'used');
  const outOfFold = quality['outOfFold'] !== false;
  const measured = (name: string): number | undefined => (outOfFold ? numberIn(used, name) : undefined);
  const effort = (['preview', 'standard', 'paper'] as const).find((name) => name === settings['effort']);
  const real = record.inputs.find(({ role }) => role === 'real')?.path;
  return {
    folder,
    created: record.created,
    effort: effort ?? 'standard',
    method: settings['method'] === 'dimp' ? 'dimp' : 'imp',
    model: record.model?.id,
    device: record.device,
    scored: size,
    controls: controlsOf(record),
    quality: {
      kind: typeof used['kind'] === 'string' ? used['kind'] : 'unknown',
      accuracy: measured('accuracy'),
      logLoss: measured('logLoss'),
      ece: measured('eceAfter'),
    },
    warnings: record.warnings,
    staleRows,
    real,
    sureness: record.sureness,
  };
}

/** What the intervals of a run's rows rest on; a run of an earlier version may have them for rows scored since. */
function intervalOf({ sureness, metrics }: RunRecord): IntervalFacts | undefined {
  return sureness?.interval ?? intervalFacts(numberIn(objectIn(metrics, 'quality'), 'folds') ?? 1);
}

/** The settings of the run, as far as the panel changes them. */
export function controlsOf({ settings, metrics }: RunRecord): WeightControls {
  const weights = objectIn(settings, 'weights');
  const max = numberIn(objectIn(weights, 'clip'), 'max');
  return {
    gamma: numberIn(weights, 'gamma') ?? DEFAULT_WEIGHT_SETTINGS.gamma,
    // JSON has no Infinity: no number means no bound.
    clipMax: max === undefined ? unboundedWeight : Math.min(Math.exp(max), unboundedWeight),
    misalignedBelow:
      numberIn(objectIn(metrics, 'verdictSettings'), 'misalignedBelow') ?? DEFAULT_VERDICT_SETTINGS.misalignedBelow,
    truncateQuantile: numberIn(weights, 'truncateQuantile') ?? null,
    selfNormalise: weights['selfNormalise'] === true,
    priorCorrection: weights['priorCorrection'] === true,
  };
}

/** The run's settings of weights under other controls; `priorCorrection` says whether it is wanted. */
export function weightSettings(
  { settings }: RunRecord,
  controls: WeightControls,
): Omit<WeightSettings, 'priorCorrection'> & { readonly priorCorrection: boolean } {
  const weights = objectIn(settings, 'weights');
  const clip = objectIn(weights, 'clip');
  const max = Math.log(controls.clipMax);
  const { truncateQuantile = numberIn(weights, 'truncateQuantile') ?? null } = controls;
  return {
    method: 'imp',
    gamma: controls.gamma,
    clip: { min: Math.min(numberIn(clip, 'min') ?? -Infinity, max), max },
    truncateQuantile: truncateQuantile ?? undefined,
    selfNormalise: controls.selfNormalise ?? weights['selfNormalise'] === true,
    priorCorrection: controls.priorCorrection ?? weights['priorCorrection'] === true,
    filterThreshold: numberIn(weights, 'filterThreshold') ?? DEFAULT_WEIGHT_SETTINGS.filterThreshold,
  };
}

/** Shares of the labels among the real rows, as the run had them. */
export function realPriors({ metrics }: RunRecord): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const [label, share] of Object.entries(objectIn(metrics, 'realPriors'))) {
    if (typeof share === 'number') shares.set(label, share);
  }
  return shares;
}

/** The settings of verdicts under other controls. */
export function verdictSettings({ metrics }: RunRecord, { misalignedBelow }: WeightControls): VerdictSettings {
  const recorded = objectIn(metrics, 'verdictSettings');
  const { redundantDiversityFrom } = DEFAULT_VERDICT_SETTINGS;
  return {
    ...DEFAULT_VERDICT_SETTINGS,
    misalignedBelow,
    farFromReal: numberIn(recorded, 'farFromReal') ?? Infinity,
    // Runs of earlier versions asked for more: they are judged as they were.
    redundantDiversityFrom: numberIn(recorded, 'redundantDiversityFrom') ?? redundantDiversityFrom,
  };
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const value: Json | undefined = object[name];
  return isJsonObject(value) ? value : {};
}

function numberIn(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === 'number' ? value : undefined;
}
