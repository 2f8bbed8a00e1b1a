/** From the records of a dataset's runs to what the training view and the runs view show of them. Pure. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { SetScores } from '../../protocol/jobs.ts';
import type { EpochPoint, TrainingRunRow } from '../../protocol/training.ts';
import { isJsonObject, type Json } from '../../store/json.ts';
import { runFiles } from '../../store/layout.ts';
import type { ListedRun } from '../../store/listRuns.ts';
import type { InputRole, RunInput, RunRecord } from '../../store/runRecord.ts';
import { memberOf, numberOf, textOf } from '../jsonMembers.ts';

/**
 * The finished trainings among a dataset's runs, in the order given.
 *
 * @param current Folder of the run that the view is about.
 * @param hasModel Whether a run's model folder is still there.
 */
export function trainingRows(
  runs: readonly ListedRun[],
  current: string | undefined,
  hasModel: (modelFolder: string) => boolean,
): TrainingRunRow[] {
  return runs.flatMap(({ folder, record }) => {
    if (record.kind !== 'train' || record.status !== 'done') return [];
    const model = runFiles(folder).model;
    const [dev, test] = [inputOf(record, 'dev'), inputOf(record, 'test')];
    const all = record.metricsAll;
    return [
      {
        folder,
        created: record.created,
        loss: textOf(record.settings['loss']) ?? '?',
        data: textOf(record.settings['data']) ?? 'synthetic',
        seed: record.seed,
        current: folder === current,
        dev: readSetScores(memberOf(record.metrics, 'dev')),
        test: readSetScores(record.metrics),
        devAll: all && readSetScores(all['dev']),
        testAll: all && readSetScores(all),
        group: groupOf(record),
        devRows: measuredRows(record, 'dev'),
        testRows: measuredRows(record, 'test'),
        devFile: dev && basename(dev.path),
        testFile: test && basename(test.path),
        model: hasModel(model) ? model : undefined,
      },
    ];
  });
}

/**
 * Names the rows that a run was measured on; undefined without such a file. Runs that left out other rows are never
 * compared, not even by their numbers with those rows: these favour the one that was trained on copies of them.
 */
export function measuredRows(record: RunRecord, role: 'dev' | 'test'): string | undefined {
  const input = inputOf(record, role);
  if (input === undefined) return undefined;
  const { metrics, metricsAll } = record;
  const [measured, all] = role === 'dev' ? [metrics['dev'], metricsAll?.['dev']] : [metrics, metricsAll];
  const file = `${input.sha256} ${String(numberOf(memberOf(measured, 'rows')) ?? 0)}`;
  // Where no row was left out there are no numbers with those that were.
  if (readSetScores(all) === undefined) return file;
  const judged = textOf(memberOf(metrics, 'leakage', role, 'judged'));
  return `${file} ${judged ?? copiesSoughtIn(record)}`;
}

/** What decided which rows are copies, for runs that do not tell which rows they left out. */
function copiesSoughtIn({ inputs, metrics, model }: RunRecord): string {
  const files = inputs.map(({ role, sha256 }) => [role, sha256]);
  return shortHash(JSON.stringify([files, memberOf(metrics, 'leakage'), model?.hash]));
}

/** Dev numbers of a finished run, by epoch; empty where it had no dev rows. */
export function epochsOf(record: RunRecord): EpochPoint[] {
  const epochs = record.metrics['epochs'];
  if (!Array.isArray(epochs)) return [];
  return (epochs as readonly Json[]).flatMap((entry) => {
    const epoch = numberOf(memberOf(entry, 'epoch'));
    const metrics = memberOf(entry, 'evaluation', 'metrics');
    if (epoch === undefined || !isJsonObject(metrics)) return [];
    const { accuracy, macroF1, logLoss } = metrics;
    return [{ epoch, accuracy: numberOf(accuracy), macroF1: numberOf(macroF1), logLoss: numberOf(logLoss) }];
  });
}

/** The epoch whose weights a run kept, where dev rows chose it. */
export function bestEpochOf({ metrics }: RunRecord): number | undefined {
  return numberOf(metrics['bestEpoch']);
}

/** Epochs that a training run was set to. */
export function epochCountOf({ settings }: RunRecord): number | undefined {
  return numberOf(memberOf(settings['classifier'], 'epochs'));
}

/** A file that a run read, by its role. */
export function inputOf({ inputs }: RunRecord, role: InputRole): RunInput | undefined {
  return inputs.find((input) => input.role === role);
}

/** The metrics of a set as `run.json` holds them; undefined where they are absent or damaged. */
export function readSetScores(value: Json | undefined): SetScores | undefined {
  if (!isJsonObject(value)) return undefined;
  const [rows, accuracy, macroF1] = [numberOf(value['rows']), numberOf(value['accuracy']), numberOf(value['macroF1'])];
  const perClass = value['perClass'];
  if (rows === undefined || accuracy === undefined || macroF1 === undefined || !isJsonObject(perClass))
    return undefined;
  const classes = Object.entries(perClass).map(([label, scores]) => [
    label,
    {
      precision: numberOf(memberOf(scores, 'precision')) ?? 0,
      recall: numberOf(memberOf(scores, 'recall')) ?? 0,
      f1: numberOf(memberOf(scores, 'f1')) ?? 0,
      support: numberOf(memberOf(scores, 'support')) ?? 0,
    },
  ]);
  return {
    ...{ rows, accuracy, macroF1 },
    logLoss: numberOf(value['logLoss']) ?? NaN,
    perClass: Object.fromEntries(classes) as SetScores['perClass'],
  };
}

/**
 * Seconds that a classifier's training took per row and epoch, evaluation on dev rows included; undefined for a run that
 * does not tell.
 */
export function secondsPerRow(record: RunRecord): number | undefined {
  const rows = (epochCountOf(record) ?? 0) * trainedRows(record, textOf(record.settings['data']));
  const seconds = record.timings['training'];
  return rows > 0 && seconds > 0 ? seconds / rows : undefined;
}

function trainedRows(record: RunRecord, data: string | undefined): number {
  const [synthetic, real] = [inputOf(record, 'synthetic')?.rows ?? 0, inputOf(record, 'real')?.rows ?? 0];
  return data === 'real' ? real : data === 'both' ? synthetic + real : synthetic;
}

/** Same text for runs of the same rows and settings, whatever their seed. */
function groupOf({ inputs, settings, labels, labelMap, recipe, model }: RunRecord): string {
  const trainedOn = inputs.filter(({ role }) => role !== 'test').map(({ role, sha256 }) => [role, sha256]);
  const essence = JSON.stringify([trainedOn, settings, labels, labelMap, recipe, model?.hash], (key, value: unknown) =>
    key === 'seed' ? undefined : value,
  );
  return shortHash(essence);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
