/** Scoring again: the whole file, or the rows whose text is new. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { requestBase } from '../train/requestBase.ts';
import { rememberedEffort } from './choices.ts';
import { saysRunning, scoreSyntheticData } from './scoreCommand.ts';
import { haveEncoderToScore, type Scoring } from './scoring.ts';

/** Scores a file as last time, without asking again. */
export async function rescore(services: Services, scoring: Scoring, path: string): Promise<void> {
  const dataset = await services.datasets.open(path);
  const { realPath } = dataset;
  if (realPath === undefined || dataset.fault !== undefined) {
    await scoreSyntheticData(services, scoring, { synthetic: path });
    return;
  }
  if (saysRunning(services, path) || !(await saveInputs([path, realPath]))) return;
  const effort = rememberedEffort(services.context, dataset.uri);
  if (effort !== 'preview' && !(await haveEncoderToScore(services, path))) return;
  await scoring.start({ path, effort });
}

/** Scores the rows that are new since the run that is shown, with its own checkers. */
export async function rescoreChangedRows(services: Services, scoring: Scoring, path: string): Promise<void> {
  const dataset = await services.datasets.open(path);
  const { run, realPath } = dataset;
  if (run === undefined || realPath === undefined) {
    const score = vscode.l10n.t('Score');
    const text = dataset.runFault ?? vscode.l10n.t('{0} has no scores yet.', basename(path));
    if ((await vscode.window.showInformationMessage(plainText(text), score)) === score) {
      await scoreSyntheticData(services, scoring, { synthetic: path });
    }
    return;
  }
  if (run.staleRows === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No text in {0} has changed since it was scored.', basename(path)),
    );
    return;
  }
  if (saysRunning(services, path) || !(await saveInputs([path, realPath]))) return;
  if (run.model !== undefined && !(await haveEncoderToScore(services, path))) return;
  services.jobs.enqueue({
    kind: 'rescore',
    request: {
      ...requestBase(dataset.uri, services),
      files: { synthetic: path, real: realPath },
      fields: dataset.fields,
      run: run.folder,
    },
  });
}
