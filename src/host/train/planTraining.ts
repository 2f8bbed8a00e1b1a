/** Asks what to train: one list that shows every choice with its value, the first entry starts. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import type { OwnWeights } from '../../core/comparison/methods.ts';
import type { RunFacts } from '../../protocol/data.ts';
import { defaultTrainingSet, type TrainRequest } from '../../protocol/jobs.ts';
import { listRuns, type ListedRun } from '../../store/listRuns.ts';
import { pickOne } from '../pickOne.ts';
import type { DatasetModel, Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { leftOutOfDimp, ownWeights, wholeSetSettings, wholeSetWords } from '../weightControls.ts';
import { askEvaluationFile, fileName, firstFiles } from './askFiles.ts';
import { duration } from './duration.ts';
import { checkersOf, lossTexts, rowsName, type LossName, type LossText, type TrainingRows } from './losses.ts';
import { secondsPerRow } from './runTable.ts';
import { defaultScores, runWords, unfitOf, type Unfit } from './scoresChoice.ts';

/** What the user chooses; everything else follows from it. Settings of the weights are there where they are not the panel's. */
export interface TrainingChoices extends OwnWeights {
  readonly loss: LossName;
  readonly data: TrainingRows;
  /** Absolute paths; undefined: none. */
  readonly dev: string | undefined;
  readonly test: string | undefined;
  readonly seed: number;
  /** Folder of the run whose scores give the weights; undefined: the checkers are made, or found where they were. */
  readonly scores: string | undefined;
  /** Folds of the diversity checker, where they are not the recipe's. */
  readonly folds?: number;
  /** Of the loss `filter`, where it is not the recipe's. */
  readonly filterThreshold?: number;
  /** How checkers are made, where it is not as the scores that are shown. */
  readonly effort?: NonNullable<TrainRequest['effort']>;
}

type Step = 'start' | 'loss' | 'data' | 'scores' | 'dev' | 'test' | 'seed';
interface StepItem extends vscode.QuickPickItem {
  readonly step?: Step;
}

export const defaultSeed = 42;
const lastChoicesKey = 'counterweight.lastTraining';

/**
 * Lets the user look over and change what will be trained.
 *
 * @param preset What is chosen at first, in place of what was chosen last time.
 * @returns undefined where the user gave up.
 */
export async function planTraining(
  services: Services,
  dataset: DatasetModel,
  real: string,
  preset: Partial<TrainingChoices> = {},
): Promise<TrainingChoices | undefined> {
  const runs = await runsOf(services, dataset.path);
  let choices = withScores({ ...(await firstChoices(services, dataset.path, real)), ...preset }, dataset);
  // Weights of other checkers than were asked for would be another training.
  if ('scores' in preset) choices = { ...choices, scores: preset.scores };
  let active: Step = 'start';
  for (;;) {
    const step: Step | undefined = await overview(dataset, choices, runs, active);
    if (step === undefined) return undefined;
    if (step === 'start') {
      await remember(services, dataset.path, choices);
      return choices;
    }
    choices = await change(step, choices, dataset, real);
    active = 'start';
  }
}

/** The request of a training as it was chosen, with the weights as the panel shows them. */
export function trainRequest(
  base: Pick<TrainRequest, 'model' | 'device' | 'precision' | 'threads' | 'storage'>,
  dataset: DatasetModel,
  real: string,
  { loss, data, dev, test, seed, scores, folds, filterThreshold, effort, ...own }: TrainingChoices,
): TrainRequest {
  const { gamma, clipMax, ...others } = { ...dataset.controls, ...ownWeights(own) };
  return {
    ...base,
    files: { synthetic: dataset.path, real, dev, test },
    fields: dataset.fields,
    ...{ loss, data, seed, gamma, clipMax },
    ...(checkersOf(loss) !== 'none' && loss !== 'dimp' && wholeSetSettings(others)),
    ...(folds !== undefined && { folds }),
    ...(filterThreshold !== undefined && { filterThreshold }),
    effort: effort ?? effortOf(dataset),
    ...(scores === undefined ? {} : { scores }),
  };
}

/** The scores that are shown may be used again if the checkers are to be made in the same way. */
function effortOf({ run, uri }: DatasetModel): NonNullable<TrainRequest['effort']> {
  if (run !== undefined && run.effort !== 'preview') return run.effort;
  return settingsOf(uri).get<NonNullable<TrainRequest['effort']>>('effort', 'standard');
}

async function runsOf(services: Services, path: string): Promise<readonly ListedRun[]> {
  try {
    return (await listRuns(path, services.context.globalStorageUri.fsPath)).runs;
  } catch (thrown) {
    // Earlier runs only serve the estimate.
    services.log.warn(messageOf(thrown));
    return [];
  }
}

/** The choices with the scores that go without saying for their loss. */
function withScores(choices: Omit<TrainingChoices, 'scores'>, { run, realPath }: DatasetModel): TrainingChoices {
  return { ...choices, scores: defaultScores(run, realPath, checkersOf(choices.loss)) };
}

async function firstChoices(services: Services, path: string, real: string): Promise<Omit<TrainingChoices, 'scores'>> {
  const last = services.context.workspaceState.get<Partial<Record<string, TrainingChoices>>>(lastChoicesKey, {})[path];
  return {
    loss: last?.loss ?? 'imp',
    data: last?.data ?? defaultTrainingSet,
    ...(await firstFiles(path, real, last)),
    seed: defaultSeed,
  };
}

async function remember(
  services: Services,
  path: string,
  { loss, data, dev, test, seed }: TrainingChoices,
): Promise<void> {
  const state = services.context.workspaceState;
  // Not the scores: next time others may be shown.
  const kept = { ...state.get<object>(lastChoicesKey, {}), [path]: { loss, data, dev, test, seed } };
  await state.update(lastChoicesKey, kept);
}

async function overview(
  dataset: DatasetModel,
  choices: TrainingChoices,
  runs: readonly ListedRun[],
  active: Step,
): Promise<Step | undefined> {
  const { loss, data, dev, test, seed } = choices;
  const text = lossTexts().find((each) => each.loss === loss) ?? lossTexts()[0];
  const separator = (label: string): StepItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const items: StepItem[] = [
    {
      step: 'start',
      label: `$(play) ${vscode.l10n.t('Start training')}`,
      description: cost(dataset, choices, runs),
      detail: weightsFrom(dataset, choices),
    },
    separator(vscode.l10n.t('What is trained')),
    {
      step: 'loss',
      label: `$(law) ${vscode.l10n.t('Loss: {0}', lossWords(text.name, choices))}`,
      description: loss === 'imp' ? vscode.l10n.t('recommended') : undefined,
      detail: lossDetail(text, dataset),
    },
    {
      step: 'data',
      label: `$(list-flat) ${vscode.l10n.t('Rows: {0}', rowsName(data))}`,
      description: rowCounts(dataset, data),
      detail: data === 'both' ? vscode.l10n.t('The real rows count with weight 1.') : undefined,
    },
    ...(needsSynthetic(loss) && dataset.run !== undefined ? [scoresItem(dataset.run, choices)] : []),
    separator(vscode.l10n.t('How it is judged')),
    {
      step: 'dev',
      label: `$(milestone) ${vscode.l10n.t('Dev file: {0}', fileName(dev))}`,
      detail:
        dev === undefined
          ? vscode.l10n.t(
              'Without one nothing chooses among the epochs: all are trained and the last weights are kept.',
            )
          : vscode.l10n.t('Chooses the epoch. Its numbers flatter, for they were chosen by.'),
    },
    {
      step: 'test',
      label: `$(beaker) ${vscode.l10n.t('Test file: {0}', fileName(test))}`,
      detail:
        test === undefined
          ? vscode.l10n.t('Without one there is no number that you could report.')
          : vscode.l10n.t('Measured once, at the end; chooses nothing. The number to report.'),
    },
    {
      step: 'seed',
      label: `$(symbol-number) ${vscode.l10n.t('Seed: {0}', String(seed))}`,
      detail: vscode.l10n.t('One run is an anecdote: train with two or three seeds before you call a method better.'),
    },
  ];
  const picked = await pickOne(items, {
    title: vscode.l10n.t('Train weighted classifier: {0}', basename(dataset.path)),
    placeholder: vscode.l10n.t('Enter starts. Pick another line to change it.'),
    active: items.find(({ step }) => step === active),
  });
  return picked?.step;
}

async function change(
  step: Exclude<Step, 'start'>,
  choices: TrainingChoices,
  dataset: DatasetModel,
  real: string,
): Promise<TrainingChoices> {
  switch (step) {
    case 'loss': {
      const loss = await askLoss(choices.loss);
      // Real rows alone have no weights to work with.
      const data = needsSynthetic(loss) && choices.data === 'real' ? defaultTrainingSet : choices.data;
      if (loss === choices.loss) return choices;
      // What was set for another loss.
      const { dev, test, seed } = choices;
      return withScores({ loss, data, dev, test, seed, effort: choices.effort }, dataset);
    }
    case 'data': {
      const { loss, data } = await askRows(choices);
      if (loss === choices.loss) return { ...choices, data };
      const { dev, test, seed, effort } = choices;
      return withScores({ loss, data, dev, test, seed, effort }, dataset);
    }
    case 'scores':
      return { ...choices, scores: await askScores(dataset, choices) };
    case 'dev':
    case 'test':
      return {
        ...choices,
        [step]: await askEvaluationFile(step, choices, { path: dataset.path, real, none: withoutFile(step) }),
      };
    case 'seed':
      return { ...choices, seed: await askSeed(choices.seed) };
  }
}

/** A loss with what is set of it beside the recipe and the panel. */
function lossWords(name: string, { loss, folds, filterThreshold, ...own }: TrainingChoices): string {
  const { gamma, clipMax, ...others } = ownWeights(own);
  return [
    lossName(name, loss, folds, filterThreshold),
    gamma === undefined ? '' : `γ = ${String(gamma)}`,
    clipMax === undefined ? '' : `w ≤ ${String(clipMax)}`,
    wholeSetWords(others, vscode.l10n.t),
  ]
    .filter((words) => words !== '')
    .join(', ');
}

function lossName(
  name: string,
  loss: LossName,
  folds: number | undefined,
  filterThreshold: number | undefined,
): string {
  if (loss === 'filter' && filterThreshold !== undefined) return `${name}, τ = ${String(filterThreshold)}`;
  return loss === 'imp' && folds !== undefined ? `${name}, K = ${String(folds)}` : name;
}

/** What a loss does, and what it cannot have of the panel's settings. */
function lossDetail({ loss, detail }: LossText, { controls }: DatasetModel): string {
  const leftOut = loss === 'dimp' ? leftOutOfDimp(controls, vscode.l10n.t) : undefined;
  return leftOut === undefined ? detail : `${detail} ${leftOut}`;
}

async function askLoss(current: LossName): Promise<LossName> {
  const items = lossTexts().map(({ loss, name, detail }) => ({
    loss,
    label: name,
    description: loss === 'imp' ? vscode.l10n.t('recommended') : undefined,
    detail,
  }));
  const picked = await pickOne(items, {
    title: vscode.l10n.t('Loss'),
    active: items.find(({ loss }) => loss === current),
  });
  return picked?.loss ?? current;
}

function needsSynthetic(loss: LossName): boolean {
  return checkersOf(loss) !== 'none';
}

function scoresItem(run: RunFacts, { scores }: TrainingChoices): StepItem {
  return {
    step: 'scores',
    label: `$(graph) ${
      scores === undefined
        ? vscode.l10n.t('Weights: from checkers of their own')
        : vscode.l10n.t('Weights: from the scores of {0}', runWords(run, vscode.l10n.t))
    }`,
    detail:
      scores === undefined
        ? vscode.l10n.t('Found where they were made before with the same data and settings, else made first.')
        : vscode.l10n.t('Those that are shown; the weights are as in the panel.'),
  };
}

async function askScores(
  { run, realPath }: DatasetModel,
  { loss, scores }: TrainingChoices,
): Promise<TrainingChoices['scores']> {
  const unfit = unfitOf(run, realPath, checkersOf(loss));
  const own = {
    label: vscode.l10n.t('Checkers of their own'),
    detail: vscode.l10n.t('Found where they were made before with the same data and settings, else made first.'),
    folder: undefined,
  };
  const shown =
    run === undefined || unfit !== undefined
      ? []
      : [
          {
            label: vscode.l10n.t('The scores of {0}', runWords(run, vscode.l10n.t)),
            detail:
              run.effort === 'preview'
                ? vscode.l10n.t('A preview: rough weights, from logistic regression on frozen features.')
                : vscode.l10n.t('Those that are shown; the weights are as in the panel.'),
            folder: run.folder,
          },
        ];
  const items: (vscode.QuickPickItem & { folder: string | undefined })[] = [...shown, own];
  const picked = await pickOne(items, {
    title: vscode.l10n.t('Where the weights come from'),
    placeholder: unfitText(unfit),
    active: items.find(({ folder }) => folder === scores),
  });
  return picked === undefined ? scores : picked.folder;
}

function unfitText(unfit: Unfit | undefined): string | undefined {
  switch (unfit) {
    case 'stale':
      return vscode.l10n.t('Texts changed since the file was scored; re-score the changed rows to use its scores');
    case 'other real rows':
      return vscode.l10n.t('The run that is shown was scored by another real file');
    case 'no diversity checker':
      return vscode.l10n.t('The run that is shown has no diversity checker, which this loss needs');
    case 'none':
    case undefined:
      return undefined;
  }
}

async function askRows(choices: TrainingChoices): Promise<Pick<TrainingChoices, 'data' | 'loss'>> {
  const items: (vscode.QuickPickItem & { data: TrainingRows })[] = [
    {
      data: 'synthetic',
      label: vscode.l10n.t('Synthetic rows'),
      detail: vscode.l10n.t('Weighted. The real rows only teach the quality checker.'),
    },
    {
      data: 'both',
      label: vscode.l10n.t('Synthetic and real rows'),
      detail: vscode.l10n.t(
        'The real rows count with weight 1 beside the weighted synthetic ones. Often the best model.',
      ),
    },
    {
      data: 'real',
      label: vscode.l10n.t('Real rows only'),
      detail: vscode.l10n.t('No synthetic row at all: the other control. Trained with CE-Loss.'),
    },
  ];
  const picked = await pickOne(items, {
    title: vscode.l10n.t('Rows to train on'),
    active: items.find(({ data }) => data === choices.data),
  });
  const data = picked?.data ?? choices.data;
  return { data, loss: data === 'real' && needsSynthetic(choices.loss) ? 'ce' : choices.loss };
}

function withoutFile(role: 'dev' | 'test'): string {
  return role === 'dev'
    ? vscode.l10n.t('None: train all epochs and keep the last weights')
    : vscode.l10n.t('None: report no number');
}

async function askSeed(current: number): Promise<number> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Seed'),
    prompt: vscode.l10n.t(
      'Decides the first weights of the head, the order of the rows and dropout. A whole number from 0.',
    ),
    value: String(current),
    validateInput: (value) =>
      /^\d{1,9}$/.test(value.trim()) ? undefined : vscode.l10n.t('Enter a whole number from 0 to 999999999.'),
  });
  return text === undefined ? current : Number(text.trim());
}

function rowsToTrain({ facts }: DatasetModel, data: TrainingRows): number | undefined {
  if (facts === undefined) return undefined;
  return data === 'real' ? facts.realRows : data === 'both' ? facts.rows + facts.realRows : facts.rows;
}

function rowCounts(dataset: DatasetModel, data: TrainingRows): string | undefined {
  const rows = rowsToTrain(dataset, data);
  return rows === undefined ? undefined : vscode.l10n.t('{0} rows', rows.toLocaleString());
}

/** What it will take, from an earlier training on the same kind of machine where there is one. */
function cost(dataset: DatasetModel, { data }: TrainingChoices, runs: readonly ListedRun[]): string {
  const rows = rowsToTrain(dataset, data);
  for (const { record } of runs) {
    const each = record.kind === 'train' && record.status === 'done' ? secondsPerRow(record) : undefined;
    if (rows !== undefined && each !== undefined) {
      return vscode.l10n.t('about {0} an epoch, as fast as last time', duration(rows * each));
    }
  }
  return vscode.l10n.t('time and memory are measured first; above 30 minutes you are asked');
}

function weightsFrom({ run }: DatasetModel, { loss, scores }: TrainingChoices): string {
  if (!needsSynthetic(loss)) return vscode.l10n.t('Needs no checkers: rows are not weighted.');
  if (run === undefined) {
    return vscode.l10n.t('Not scored yet: the checkers are made first, which takes as long as scoring.');
  }
  if (scores !== undefined) return vscode.l10n.t('Uses the scores of {0}.', runWords(run, vscode.l10n.t));
  if (run.effort === 'preview') {
    return vscode.l10n.t('The scores are a preview: the checkers are made first, which takes as long as scoring.');
  }
  return run.staleRows > 0
    ? vscode.l10n.t('The file has changed since it was scored: the checkers are made again.')
    : vscode.l10n.t('The checkers are made first, unless they were made before with the same data and settings.');
}
