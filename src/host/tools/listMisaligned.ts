import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { answer, fileOf, scoredDataset } from './support.ts';

interface Input {
  readonly syntheticPath?: string;
  readonly limit?: number;
}

const defaultLimit = 50;
const mostRows = 500;

/** The rows whose label the real data contradict, lightest first. */
export class ListMisalignedTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    return { invocationMessage: vscode.l10n.t('Listing misaligned rows of {0}', basename(input.syntheticPath ?? '?')) };
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const path = await fileOf(input.syntheticPath, 'syntheticPath');
    const job = this.services.jobs.about(path);
    if (job !== undefined && job.request.kind !== 'train') {
      return answer({ job: job.id, state: job.view.state, stage: job.view.stage, secondsLeft: job.view.secondsLeft });
    }
    const dataset = await scoredDataset(this.services, path);
    const { controls } = dataset;
    const { view, count } = await dataset.call('query', {
      ...{ filter: 'verdict:misaligned', sort: { column: 'weight', descending: false }, controls },
    });
    const wanted = Math.max(1, Math.min(mostRows, Math.round(input.limit ?? defaultLimit)));
    const { rows } = await dataset.call('rows', { view, from: 0, count: Math.min(count, wanted) });
    return answer({
      effort: dataset.run?.effort,
      misaligned: count,
      rows: rows.map(({ line, label, suggested, weight, quality, text }) => ({
        ...{ line, label, suggested, weight, probabilityOfLabel: quality, text },
      })),
    });
  }
}
