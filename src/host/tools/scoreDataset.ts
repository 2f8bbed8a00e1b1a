import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { answer, confirmation, fileOf } from './support.ts';

interface Input {
  readonly syntheticPath?: string;
  readonly realPath?: string;
  readonly effort?: 'preview' | 'standard' | 'paper';
}

/** Starts scoring; answers at once with the job, whose results {@link ListMisalignedTool} reads. */
export class ScoreDatasetTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    return confirmation(
      vscode.l10n.t('Score synthetic data'),
      vscode.l10n.t(
        'Score {0} by the real rows in {1}. This computes on this machine and writes a folder .counterweight beside the file; the file itself is not changed.',
        basename(input.syntheticPath ?? '?'),
        basename(input.realPath ?? '?'),
      ),
    );
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const synthetic = await fileOf(input.syntheticPath, 'syntheticPath');
    const real = await fileOf(input.realPath, 'realPath');
    const dataset = await this.services.datasets.open(synthetic, real);
    if (dataset.fault !== undefined) return answer({ error: dataset.fault });
    const settings = settingsOf(dataset.uri);
    const job = this.services.jobs.enqueue({
      kind: 'score',
      request: {
        files: { synthetic, real },
        fields: dataset.fields,
        effort: input.effort ?? settings.get<'preview' | 'standard' | 'paper'>('effort', 'standard'),
        method: 'imp',
        model: settings.get<string>('model') || undefined,
        device: settings.get<'auto'>('device', 'auto'),
        storage: this.services.context.globalStorageUri.fsPath,
      },
    });
    void job.done.then((outcome) => outcome && dataset.attach());
    return answer({
      job: job.id,
      state: job.view.state,
      rows: dataset.facts?.rows,
      realRows: dataset.facts?.realRows,
      next: 'Call counterweight_list_misaligned with the same syntheticPath once the job is done; it says so while it runs.',
    });
  }
}
