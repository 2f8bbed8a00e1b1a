/** From the command to a comparison in the queue: which dataset, against which real file, which methods, judged on what. */
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { CallError } from '../../protocol/rpc.ts';
import type { CompareRequest } from '../../protocol/jobs.ts';
import { openChosen } from '../chooseDataset.ts';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { DatasetModel, Services } from '../services.ts';
import { requestBase } from '../train/requestBase.ts';
import { haveEncoderToTrain } from '../train/trainClassifier.ts';
import { wholeSetSettings } from '../weightControls.ts';
import type { CompareViews } from './compareViews.ts';
import { planComparison, type ComparisonChoices } from './planComparison.ts';

/**
 * Asks what is not known, then compares.
 * @param target What a menu passed: the file, where it is one.
 */
export async function compareMethods(services: Services, views: CompareViews, target: unknown): Promise<void> {
  try {
    const chosen = await openChosen(services, target, {
      title: vscode.l10n.t('Compare methods'),
      placeholder: vscode.l10n.t('Synthetic rows to train on'),
    });
    if (chosen === undefined) return;
    const { path, dataset, real } = chosen;
    const choices = await planComparison(services, dataset, real);
    if (choices === undefined) return;
    const inputs = [path, real, choices.dev, choices.test].filter((file) => file !== undefined);
    if (!(await saveInputs(inputs))) return;
    if (!(await haveEncoderToTrain(services))) return;
    services.jobs.enqueue({ kind: 'compare', request: compareRequest(services, dataset, real, choices) });
    views.show(path);
  } catch (thrown) {
    if (!(thrown instanceof UserError || thrown instanceof CallError)) throw thrown;
    void vscode.window.showErrorMessage(plainText(thrown.message));
  }
}

/** The request of a comparison as it was chosen, with the weights as the panel shows them. */
export function compareRequest(
  services: Services,
  dataset: DatasetModel,
  real: string,
  { methods, seeds, effort, dev, test }: ComparisonChoices,
): CompareRequest {
  const { gamma, clipMax } = dataset.controls;
  return {
    ...requestBase(dataset.uri, services),
    files: { synthetic: dataset.path, real, dev, test },
    fields: dataset.fields,
    ...{ methods, seeds, effort },
    overrides: { gamma, clipMax, ...wholeSetSettings(dataset.controls) },
  };
}
