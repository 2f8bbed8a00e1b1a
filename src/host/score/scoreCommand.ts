/** "Score synthetic data": from a click on a file to scores in the panel. */
import * as vscode from 'vscode';
import { chooseReal } from '../chooseReal.ts';
import { isScoring } from '../isScoring.ts';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { DatasetModel, Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { rememberedEffort, rememberEffort } from './choices.ts';
import { confirmScore } from './confirmScore.ts';
import type { Costs } from './costText.ts';
import type { Scoring } from './scoring.ts';
import type { ScoreTarget } from './targets.ts';

/** Asks what is not known, opens the panel, then scores. */
export async function scoreSyntheticData(
  services: Services,
  scoring: Scoring,
  { synthetic, real: given }: ScoreTarget,
): Promise<void> {
  const { context } = services;
  const uri = vscode.Uri.file(synthetic);
  const opening = openPair(services, synthetic, given);
  // The panel comes first: its page loads while the real file is chosen and both are read. Nothing stays where that is given up.
  const isGoing = opening.then(
    (opened) => opened !== undefined,
    () => false,
  );
  await vscode.commands.executeCommand('counterweight.openWeights', uri, undefined, isGoing);
  const dataset = await opening;
  if (dataset === undefined) return;
  if (dataset.fault !== undefined) {
    await tellFault(services, scoring, dataset);
    return;
  }
  if (saysRunning(services, synthetic)) return;
  const costs = await roughCosts(services, dataset);
  const effort = await confirmScore(
    services,
    dataset,
    costs,
    rememberedEffort(context, uri),
    dataset.run === undefined,
  );
  // The settings are in front: the panel would cover what was asked for.
  if (effort === 'fields') return;
  // The keyboard was left to the questions.
  await vscode.commands.executeCommand('counterweight.openWeights', uri);
  if (effort === undefined) return;
  await rememberEffort(context, uri, effort);
  await scoring.start({ path: synthetic, effort, costs });
}

/** Opens a file with its real file, which is asked for where it is not known; undefined where the user gave up. */
async function openPair(
  services: Services,
  synthetic: string,
  given: string | undefined,
): Promise<DatasetModel | undefined> {
  const { datasets } = services;
  const real = given ?? datasets.rememberedReal(synthetic) ?? (await chooseReal(services, synthetic));
  return real !== undefined && (await saveInputs([synthetic, real])) ? datasets.open(synthetic, real) : undefined;
}

/** Whether the file is being scored or waits for it already; says so. A training is another matter: this one waits. */
export function saysRunning({ jobs }: Services, path: string): boolean {
  const running = jobs.about(path);
  if (running === undefined || !isScoring(running)) return false;
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is running or waiting already; the panel shows how far it is.', plainText(running.view.title)),
  );
  return true;
}

/** The files cannot be used as they are: says why once, and offers what may help. */
async function tellFault(services: Services, scoring: Scoring, dataset: DatasetModel): Promise<void> {
  const [other, fields] = [vscode.l10n.t('Choose real rows'), vscode.l10n.t('Set fields')];
  const answer = await vscode.window.showErrorMessage(plainText(dataset.fault ?? ''), other, fields);
  if (answer === fields) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'counterweight field');
  } else if (answer === other) {
    const real = await chooseReal(services, dataset.path);
    if (real !== undefined) await scoreSyntheticData(services, scoring, { synthetic: dataset.path, real });
  }
}

/** Undefined where no worker can tell: the job itself will say why. */
async function roughCosts(services: Services, { facts, uri }: DatasetModel): Promise<Costs | undefined> {
  if (facts === undefined) return undefined;
  const threads = settingsOf(uri).get<number>('threads', 0);
  const client = await services.jobs.openClassifier();
  try {
    const { rows, bytes, realRows } = facts;
    return await client.call('costs', { rows, bytes, realRows, threads: threads > 0 ? threads : undefined });
  } catch (thrown) {
    services.log.warn(thrown instanceof Error ? thrown.message : String(thrown));
    return undefined;
  } finally {
    client.close('The costs are known.');
  }
}
