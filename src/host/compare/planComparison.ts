/** Asks what to compare: one list that shows every choice with its value and the cost of all; the first entry starts. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { baseline } from '../../core/comparison/methods.ts';
import { methodTitle } from '../../protocol/compare.ts';
import type { CompareRequest } from '../../protocol/jobs.ts';
import { pickMany } from '../pickMany.ts';
import { pickOne } from '../pickOne.ts';
import type { DatasetModel, Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { askEvaluationFile, fileName, firstFiles } from '../train/askFiles.ts';
import { PlanCosts, sizeText, type PricedPlan } from './costOfPlan.ts';
import { firstMethods, methodTexts } from './methodTexts.ts';
import { runnableMethods, whyNot } from './runnableMethods.ts';

export type ComparisonChoices = PricedPlan & { readonly test: string };

type Step = 'start' | 'methods' | 'seeds' | 'effort' | 'dev' | 'test';
interface StepItem extends vscode.QuickPickItem {
  readonly step?: Step;
}

interface EffortItem extends vscode.QuickPickItem {
  readonly effort: PricedPlan['effort'];
}

const lastChoicesKey = 'counterweight.lastComparison';
const firstSeeds: readonly number[] = [1, 2, 3];
/** Seeds that are offered, from 1 on. */
const mostSeeds = 10;

/**
 * Lets the user look over and change what will be compared.
 * @returns undefined where the user gave up.
 */
export async function planComparison(
  services: Services,
  dataset: DatasetModel,
  real: string,
): Promise<ComparisonChoices | undefined> {
  const { facts, uri, path } = dataset;
  if (facts === undefined) return undefined;
  const threads = settingsOf(uri).get<number>('threads', 0);
  const costs = new PlanCosts(services, facts, threads > 0 ? threads : undefined);
  try {
    let choices = await firstChoices(services, dataset, real);
    for (;;) {
      const { methods } = choices;
      const runnable = runnableMethods(methods, dataset.controls);
      const leftOut = methods
        .map((method) => whyNot(method, dataset.controls, vscode.l10n.t))
        .find((why) => why !== undefined);
      const step = await overview(dataset, { ...choices, methods: runnable }, costs, leftOut);
      if (step === undefined) return undefined;
      if (step !== 'start') {
        choices = await change(step, choices, costs, { dataset, real });
        continue;
      }
      const test = choices.test ?? (await askEvaluationFile('test', choices, { path, real }));
      if (test === undefined) continue;
      const ready = { ...choices, test };
      await remember(services, path, ready);
      return { ...ready, methods: runnable };
    }
  } finally {
    costs.dispose();
  }
}

/** The effort that was chosen for the comparison, by the scores that are shown, or the settings. */
function firstEffort({ run, uri }: DatasetModel): PricedPlan['effort'] {
  return run?.effort ?? settingsOf(uri).get<NonNullable<CompareRequest['effort']>>('effort', 'standard');
}

async function firstChoices(services: Services, dataset: DatasetModel, real: string): Promise<PricedPlan> {
  const { path } = dataset;
  const last = services.context.workspaceState.get<Partial<Record<string, PricedPlan>>>(lastChoicesKey, {})[path];
  return {
    methods: last?.methods ?? firstMethods,
    seeds: last?.seeds ?? firstSeeds,
    effort: last?.effort ?? firstEffort(dataset),
    ...(await firstFiles(path, real, last)),
  };
}

async function remember(services: Services, path: string, choices: ComparisonChoices): Promise<void> {
  const state = services.context.workspaceState;
  await state.update(lastChoicesKey, { ...state.get<object>(lastChoicesKey, {}), [path]: choices });
}

/** @param leftOut Why a method that was chosen is not among those of the choices. */
async function overview(
  dataset: DatasetModel,
  choices: PricedPlan,
  costs: PlanCosts,
  leftOut: string | undefined,
): Promise<Step | undefined> {
  const itemsFor = (cost: string): StepItem[] => overviewItems(choices, cost, leftOut);
  const t = vscode.l10n.t;
  const items = itemsFor(sizeText(choices, t));
  const picked = await pickOne(items, {
    title: t('Compare methods: {0}', basename(dataset.path)),
    placeholder: t('Enter starts. Pick another line to change it.'),
    active: items[0],
    // A worker has to start before it can tell.
    later: costs.words(choices, t).then(itemsFor),
  });
  return picked?.step;
}

function overviewItems(choices: PricedPlan, cost: string, leftOut: string | undefined): StepItem[] {
  const { methods, seeds, effort, dev, test } = choices;
  const t = vscode.l10n.t;
  const separator = (label: string): StepItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    {
      step: 'start',
      label: `$(play) ${t('Start comparing')}`,
      description: cost,
      detail: t('Checkers and the CE run are shared. What an earlier comparison has run is not run again.'),
    },
    separator(t('What is compared')),
    {
      step: 'methods',
      label: `$(law) ${t('Methods: {0}', String(methods.length))}`,
      description: leftOut,
      detail: methods.map((method) => methodTitle(method, t)).join(', '),
    },
    {
      step: 'seeds',
      label: `$(symbol-number) ${t('Seeds: {0}', seeds.join(', '))}`,
      detail:
        seeds.length === 1
          ? t('One seed cannot tell a better method from luck: three or more can.')
          : t('Each method is trained once with each: the spread is what luck in training does.'),
    },
    {
      step: 'effort',
      label: `$(checklist) ${t('Checkers: {0}', effortName(effort))}`,
      detail: effortDetail(effort),
    },
    separator(t('How they are judged')),
    {
      step: 'test',
      label: `$(beaker) ${t('Test file: {0}', fileName(test))}`,
      detail:
        test === undefined
          ? t('There has to be one: real rows that every method is judged on, and nothing else.')
          : t('Every method is judged on these rows; they choose nothing.'),
    },
    {
      step: 'dev',
      label: `$(milestone) ${t('Dev file: {0}', fileName(dev))}`,
      detail:
        dev === undefined
          ? t('Without one nothing chooses among the epochs: all are trained and the last weights are kept.')
          : t('Chooses the epoch of every training.'),
    },
  ];
}

async function change(
  step: Exclude<Step, 'start'>,
  choices: PricedPlan,
  costs: PlanCosts,
  { dataset, real }: { readonly dataset: DatasetModel; readonly real: string },
): Promise<PricedPlan> {
  const files = { path: dataset.path, real };
  const priced = { ...choices, methods: runnableMethods(choices.methods, dataset.controls) };
  switch (step) {
    case 'methods':
      return { ...choices, methods: await askMethods(choices, costs, dataset) };
    case 'seeds':
      return { ...choices, seeds: await askSeeds(priced, costs) };
    case 'effort':
      return { ...choices, effort: await askEffort(priced, costs) };
    case 'test':
      return { ...choices, test: await askEvaluationFile('test', choices, files) };
    case 'dev': {
      const none = vscode.l10n.t('None: train all epochs and keep the last weights');
      return { ...choices, dev: await askEvaluationFile('dev', choices, { ...files, none }) };
    }
  }
}

async function askMethods(
  choices: PricedPlan,
  costs: PlanCosts,
  { controls }: DatasetModel,
): Promise<readonly string[]> {
  const items = methodTexts(choices.methods).map(({ method, title, detail }) => ({
    ...{ method, label: title },
    detail: whyNot(method, controls, vscode.l10n.t) ?? detail,
  }));
  const withBaseline = (picked: readonly { readonly method: string }[]): string[] =>
    items
      .map(({ method }) => method)
      .filter((each) => each === baseline || picked.some(({ method }) => method === each));
  const picked = await pickMany(items, {
    title: vscode.l10n.t('Methods to compare'),
    picked: items.filter(({ method }) => choices.methods.includes(method)),
    describe: (selection) =>
      costs.words({ ...choices, methods: runnableMethods(withBaseline(selection), controls) }, vscode.l10n.t),
  });
  return picked === undefined ? choices.methods : withBaseline(picked);
}

async function askSeeds(choices: PricedPlan, costs: PlanCosts): Promise<readonly number[]> {
  const offered = Array.from({ length: mostSeeds }, (_, i) => i + 1);
  const others = choices.seeds.filter((seed) => !offered.includes(seed));
  const items = [...others, ...offered].map((seed) => ({ seed, label: vscode.l10n.t('Seed {0}', String(seed)) }));
  const picked = await pickMany(items, {
    title: vscode.l10n.t('Seeds'),
    picked: items.filter(({ seed }) => choices.seeds.includes(seed)),
    describe: (selection) =>
      selection.length === 0
        ? vscode.l10n.t('at least one')
        : costs.words({ ...choices, seeds: selection.map(({ seed }) => seed) }, vscode.l10n.t),
  });
  const seeds = picked?.map(({ seed }) => seed).sort((a, b) => a - b) ?? [];
  return seeds.length === 0 ? choices.seeds : seeds;
}

async function askEffort(choices: PricedPlan, costs: PlanCosts): Promise<PricedPlan['effort']> {
  const efforts = ['standard', 'preview', 'paper'] as const;
  const t = vscode.l10n.t;
  const itemsFor = (words: readonly string[]): EffortItem[] =>
    efforts.map((effort, i) => ({
      effort,
      label: effortName(effort),
      description: words[i],
      detail: effortDetail(effort),
    }));
  const items = itemsFor(efforts.map(() => sizeText(choices, t)));
  const picked = await pickOne(items, {
    title: t('How the checkers are made'),
    active: items.find(({ effort }) => effort === choices.effort),
    later: Promise.all(efforts.map((effort) => costs.words({ ...choices, effort }, t))).then(itemsFor),
  });
  return picked?.effort ?? choices.effort;
}

function effortName(effort: PricedPlan['effort']): string {
  const t = vscode.l10n.t;
  return { standard: t('Standard'), preview: t('Preview'), paper: t('Paper') }[effort];
}

function effortDetail(effort: PricedPlan['effort']): string {
  const t = vscode.l10n.t;
  return {
    standard: t('Checkers are fine-tuned in folds and calibrated. Recommended.'),
    preview: t('Logistic regression on frozen embeddings: quick, and rougher weights.'),
    paper: t('As published: one checker of each kind, in-sample, weights without a bound.'),
  }[effort];
}
