/** From the command to a training in the queue: which dataset, against which real file, trained how. */
import * as vscode from 'vscode';
import { CallError } from '../../protocol/rpc.ts';
import { UserError } from '../../base/errors.ts';
import { openChosen } from '../chooseDataset.ts';
import { haveEncoder } from '../haveEncoder.ts';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { planTraining, trainRequest, type TrainingChoices } from './planTraining.ts';
import { requestBase } from './requestBase.ts';
import type { TrainingViews } from './trainingViews.ts';

/**
 * Asks what is not known, then trains.
 * @param target What a menu passed: the file, where it is one.
 * @param preset What is chosen at first.
 */
export async function trainClassifier(
  services: Services,
  views: TrainingViews,
  target: unknown,
  preset?: Partial<TrainingChoices>,
): Promise<void> {
  try {
    const chosen = await openChosen(services, target, {
      title: vscode.l10n.t('Train weighted classifier'),
      placeholder: vscode.l10n.t('Synthetic rows to train on'),
    });
    if (chosen === undefined) return;
    const { path, dataset, real } = chosen;
    const choices = await planTraining(services, dataset, real, preset);
    if (choices === undefined) return;
    const inputs = [path, real, choices.dev, choices.test].filter((file) => file !== undefined);
    if (!(await saveInputs(inputs))) return;
    if (!(await haveEncoderToTrain(services))) return;
    services.jobs.enqueue({
      kind: 'train',
      request: trainRequest(requestBase(dataset.uri, services), dataset, real, choices),
    });
    views.show(path);
  } catch (thrown) {
    if (!(thrown instanceof UserError || thrown instanceof CallError)) throw thrown;
    void vscode.window.showErrorMessage(plainText(thrown.message));
  }
}

/** The encoder is the model that is fine-tuned: there is no training without. */
export function haveEncoderToTrain(services: Services): Promise<boolean> {
  return haveEncoder(services, ({ id, size, source }) =>
    vscode.l10n.t(
      'Training starts from the encoder {0}, which is not on this machine yet: {1} from {2}.',
      ...[id, size, source],
    ),
  );
}
