import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ScoreRequest } from '../../protocol/jobs.ts';
import { isScoring } from '../isScoring.ts';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { requestBase } from '../train/requestBase.ts';
import { answer, confirmation, pairOf } from './support.ts';

interface Input {
  readonly synthetic?: string;
  readonly real?: string;
  readonly effort?: ScoreRequest['effort'];
}

/** Starts scoring; answers at once with the job, whose results {@link ListMisalignedTool} reads. */
export class ScoreDatasetTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    const { synthetic = '?', real } = input;
    return confirmation(
      vscode.l10n.t('Score synthetic data'),
      real === undefined
        ? vscode.l10n.t(
            'Score {0} by the real rows known from before. This computes on this machine and writes a folder .counterweight beside the file; the file itself is not changed.',
            basename(synthetic),
          )
        : vscode.l10n.t(
            'Score {0} by the real rows in {1}. This computes on this machine and writes a folder .counterweight beside the file; the file itself is not changed.',
            basename(synthetic),
            basename(real),
          ),
    );
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const { dataset, real } = await pairOf(this.services, input);
    const running = this.services.jobs.about(dataset.path);
    const next =
      'Call counterweight_list_misaligned with the same file once the job is done; while it runs it says how far it is.';
    if (running !== undefined && isScoring(running)) {
      return answer({ job: running.id, state: running.view.state, already: true, next });
    }
    const effort = input.effort ?? settingsOf(dataset.uri).get<ScoreRequest['effort']>('effort', 'standard');
    const job = this.services.jobs.enqueue({
      kind: 'score',
      request: {
        ...requestBase(dataset.uri, this.services),
        files: { synthetic: dataset.path, real },
        fields: dataset.fields,
        effort,
        method: 'imp',
        // A preview makes do with what is there.
        offline: effort === 'preview',
      },
    });
    const { rows, realRows } = dataset.facts ?? {};
    return answer({ job: job.id, state: job.view.state, effort, rows, realRows, next });
  }
}
