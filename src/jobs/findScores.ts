/** Scores of an earlier run in place of checkers trained again. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { decisionKey } from '../store/decisions.ts';
import { isJsonObject } from '../store/json.ts';
import { runFiles } from '../store/layout.ts';
import { listRuns } from '../store/listRuns.ts';
import { readRunRecord, type RunRecord } from '../store/runRecord.ts';
import { readScores, type ScoreColumns } from '../store/scores.ts';
import { canonical } from './inRun.ts';
import type { Inputs, InputSet } from './readInputs.ts';
import { asJson, type CheckerSettings } from './settings.ts';

/** What a finished score run says of the synthetic rows, in their order. */
export interface FoundScores {
  readonly folder: string;
  /** Log P̂'(·|x), [rows, labels]. */
  readonly logP: Float64Array;
  /** Log Q̂(·|x) of an IMP run, [rows, labels]. */
  readonly logQ?: Float64Array;
  readonly record: RunRecord;
}

/**
 * The newest finished score run beside the dataset that would compute the same: same data, decisions, labels, encoder,
 * checker settings, seed and versions.
 * @param storage Where runs lie if the dataset's folder is read-only.
 */
export async function findScores(
  dataset: string,
  inputs: Inputs,
  modelHash: string,
  checkers: CheckerSettings,
  wanted: { readonly diversity: boolean },
  storage?: string,
): Promise<FoundScores | undefined> {
  for (const { folder, record } of (await listRuns(dataset, storage)).runs) {
    const { kind, status, settings, model } = record;
    if (kind !== 'score' || status !== 'done' || model?.hash !== modelHash) continue;
    if (wanted.diversity && settings['method'] !== 'imp') continue;
    if (canonical(settings['checkers']) !== canonical(asJson(checkers))) continue;
    const { synthetic, real } = inputs;
    if ((settings['decisions'] ?? undefined) !== inputs.decisionsHash) continue;
    if (!sameFiles(record, inputs, [synthetic, real])) continue;
    return readFrom(folder, record, inputs);
  }
  return undefined;
}

/**
 * Scores of a run that the user named, whatever settings it had. Labels may have changed and rows may have gone since, as
 * they do where scores are put to use: log-probabilities are of texts, and a row is found again by its text.
 * @throws UserError where it is not a finished score run by this real file, knows not every text, or lacks what is wanted.
 */
export async function scoresOf(
  folder: string,
  inputs: Inputs,
  wanted: { readonly diversity: boolean },
): Promise<FoundScores & { readonly hash: string }> {
  const record = await readRunRecord(folder);
  if (record.kind !== 'score' || record.status !== 'done') {
    throw new UserError(`${folder}: this is not a finished score run; choose another one.`);
  }
  if (!sameFiles(record, inputs, [inputs.real])) {
    throw new UserError(`${folder}: that run scored other data, or by real rows that have changed; score again.`);
  }
  if (wanted.diversity && record.settings['method'] !== 'imp') {
    throw new UserError(`${folder}: that run has no diversity checker; score with the method imp.`);
  }
  const hash = createHash('sha256')
    .update(await readFile(runFiles(folder).scores))
    .digest('hex');
  return { ...(await readFrom(folder, record, inputs)), hash };
}

function sameFiles(record: RunRecord, { labels }: Inputs, sets: readonly InputSet[]): boolean {
  const sha256 = (role: string): string | undefined => record.inputs.find((input) => input.role === role)?.sha256;
  const schemas = isJsonObject(record.schema) ? record.schema : {};
  return (
    canonical(record.labels) === canonical(labels) &&
    sets.every((set) => sha256(set.role) === set.sha256 && canonical(schemas[set.role]) === canonical(set.schema))
  );
}

async function readFrom(folder: string, record: RunRecord, { labels, synthetic }: Inputs): Promise<FoundScores> {
  const columns = await readScores(runFiles(folder).scores, labels);
  const at = placesOf(columns);
  const size = labels.length;
  const logP = new Float64Array(synthetic.rows.length * size);
  const logQ = new Float64Array(synthetic.rows.length * size);
  synthetic.rows.forEach((row, i) => {
    const place = at.get(decisionKey(row));
    if (place === undefined) {
      throw new UserError(
        `${folder}: that run scored other data, or the text in line ${String(row.line)} of ${synthetic.path} is new; score it first.`,
      );
    }
    logP.set(columns.logP.subarray(place * size, (place + 1) * size), i * size);
    logQ.set(columns.logQ.subarray(place * size, (place + 1) * size), i * size);
  });
  return { folder, logP, ...(record.settings['method'] === 'imp' ? { logQ } : {}), record };
}

/** The scored rows by text hash and occurrence. */
function placesOf({ rows, textHash, occurrence, errors }: ScoreColumns): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (let i = 0; i < rows; i++) {
    if (!errors.has(i)) places.set(decisionKey({ textHash: textHash[i], occurrence: occurrence[i] }), i);
  }
  return places;
}
