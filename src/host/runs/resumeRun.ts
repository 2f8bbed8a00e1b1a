import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { requestOf as comparisonRequestOf } from '../compare/requestOf.ts';
import { saveInputs } from '../saveInputs.ts';
import type { JobRequest, Services } from '../services.ts';
import { readFields } from '../settings.ts';
import { requestBase } from '../train/requestBase.ts';
import { requestOf } from '../train/requestOf.ts';
import type { CatalogRun } from './runCatalog.ts';

/** Takes an unfinished run up again: as it was asked for where this workspace knows, else as its record tells. */
export async function resumeRun(services: Services, { folder, record, dataset, summary }: CatalogRun): Promise<void> {
  const known = services.jobs.unfinished.find((job) => job.folder === folder)?.request;
  const request = known ?? requestAgain(services, dataset, record);
  if (request === undefined) {
    if (summary.kind !== 'score') throw new UserError(vscode.l10n.t('This run cannot be resumed; begin it anew.'));
    // A scoring goes on by itself where the same is asked for again.
    await vscode.commands.executeCommand('counterweight.scoreSyntheticData', vscode.Uri.file(dataset));
    return;
  }
  const { synthetic, real, dev, test } = request.request.files;
  const files = [synthetic, real, dev, test].filter((file) => file !== undefined);
  if (!(await saveInputs(files))) return;
  services.jobs.enqueue(request);
  if (request.kind === 'compare') await vscode.commands.executeCommand('counterweight.openComparison', dataset);
  if (request.kind === 'train') await vscode.commands.executeCommand('counterweight.openTraining', dataset);
}

/** What made a training or a comparison, as its record tells. */
function requestAgain(services: Services, dataset: string, record: CatalogRun['record']): JobRequest | undefined {
  const uri = vscode.Uri.file(dataset);
  const [fields, base] = [readFields(uri), requestBase(uri, services)];
  const training = requestOf(record, fields, base);
  if (training !== undefined) return { kind: 'train', request: training };
  const comparison = comparisonRequestOf(record, fields, base);
  return comparison && { kind: 'compare', request: comparison };
}
