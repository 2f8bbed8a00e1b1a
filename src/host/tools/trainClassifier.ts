import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { TrainRequest } from '../../protocol/jobs.ts';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { answer, confirmation, fileOf } from './support.ts';

interface Input {
  readonly syntheticPath?: string;
  readonly realPath?: string;
  readonly devPath?: string;
  readonly testPath?: string;
  readonly loss?: TrainRequest['loss'];
}

/** Starts training; answers at once with the job. */
export class TrainClassifierTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    return confirmation(
      vscode.l10n.t('Train weighted classifier'),
      vscode.l10n.t(
        'Train a classifier on {0} with loss {1}. This computes on this machine for minutes and writes a model folder under .counterweight beside the file.',
        basename(input.syntheticPath ?? '?'),
        input.loss ?? 'imp',
      ),
    );
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const synthetic = await fileOf(input.syntheticPath, 'syntheticPath');
    const real = await fileOf(input.realPath, 'realPath');
    const optional = (name: string | undefined, what: string): Promise<string | undefined> =>
      name === undefined ? Promise.resolve(undefined) : fileOf(name, what);
    const dev = await optional(input.devPath, 'devPath');
    const test = await optional(input.testPath, 'testPath');
    const dataset = await this.services.datasets.open(synthetic, real);
    if (dataset.fault !== undefined) return answer({ error: dataset.fault });
    const settings = settingsOf(dataset.uri);
    const job = this.services.jobs.enqueue({
      kind: 'train',
      request: {
        files: { synthetic, real, dev, test },
        fields: dataset.fields,
        loss: input.loss ?? 'imp',
        model: settings.get<string>('model') || undefined,
        device: settings.get<'auto'>('device', 'auto'),
        storage: this.services.context.globalStorageUri.fsPath,
      },
    });
    return answer({
      job: job.id,
      state: job.view.state,
      next: 'The status bar shows its progress; results appear in the Runs view and in run.json under .counterweight.',
    });
  }
}
