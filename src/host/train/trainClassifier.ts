/** From the command to a training in the queue: which dataset, against which real file, trained how. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CallError } from '../../protocol/rpc.ts';
import { UserError } from '../../base/errors.ts';
import { chooseReal } from '../chooseReal.ts';
import { haveEncoder } from '../haveEncoder.ts';
import { pickFile } from '../pickFile.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services } from '../services.ts';
import { datasetPathOf } from '../weights/activeDataset.ts';
import { planTraining, trainRequest } from './planTraining.ts';
import { requestBase } from './requestBase.ts';
import type { TrainingViews } from './trainingViews.ts';

/**
 * Asks what is not known, then trains.
 * @param target What a menu passed: the file, where it is one.
 */
export async function trainClassifier(services: Services, views: TrainingViews, target: unknown): Promise<void> {
  try {
    const path = await chooseDataset(services, target);
    if (path === undefined) return;
    const dataset = await services.datasets.open(path);
    if (dataset.fault !== undefined) throw new UserError(dataset.fault);
    const real = dataset.realPath ?? (await chooseReal(services, path));
    if (real === undefined) return;
    if (dataset.realPath === undefined) await services.datasets.open(path, real);
    const choices = await planTraining(services, dataset, real);
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

async function chooseDataset(services: Services, target: unknown): Promise<string | undefined> {
  if (target instanceof vscode.Uri && target.scheme === 'file') return target.fsPath;
  const known = datasetPathOf(services);
  if (known !== undefined) return known;
  const open = services.datasets.all;
  if (open.length > 0) {
    const other = { label: `$(folder-opened) ${vscode.l10n.t('Choose another file …')}`, path: undefined };
    const items = [
      ...open.map(({ path }) => ({ label: `$(database) ${plainText(basename(path))}`, description: path, path })),
      other,
    ];
    const picked = await pickOne(items, {
      title: vscode.l10n.t('Train weighted classifier'),
      placeholder: vscode.l10n.t('Synthetic rows to train on'),
    });
    if (picked?.path !== undefined || picked === undefined) return picked?.path;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (folder === undefined) {
    const [chosen] = (await vscode.window.showOpenDialog({ filters: { JSONL: ['jsonl', 'ndjson'] } })) ?? [];
    return chosen?.fsPath;
  }
  const picked = await pickFile({
    title: vscode.l10n.t('Train weighted classifier'),
    placeholder: vscode.l10n.t('Synthetic rows to train on'),
    near: vscode.Uri.joinPath(folder, 'synthetic.jsonl').fsPath,
  });
  return picked?.file;
}

/** The encoder is the model that is fine-tuned: there is no training without. */
function haveEncoderToTrain(services: Services): Promise<boolean> {
  return haveEncoder(services, ({ id, size, source }) =>
    vscode.l10n.t(
      'Training starts from the encoder {0}, which is not on this machine yet: {1} from {2}.',
      ...[id, size, source],
    ),
  );
}
