import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { Verdict } from '../../core/weighting/verdicts.ts';
import { isScoring } from '../isScoring.ts';
import type { Services } from '../services.ts';
import { answer, fileOf, scoredDataset } from './support.ts';

interface Input {
  readonly synthetic?: string;
  readonly verdict?: Verdict;
  readonly filter?: string;
  readonly limit?: number;
}

// As the manifest tells the model.
const defaultLimit = 20;
const mostRows = 200;

/** The rows of a verdict, lightest first: by default those whose label the real data contradict. */
export class ListMisalignedTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    const { synthetic = '?', verdict = 'misaligned' } = input;
    return { invocationMessage: vscode.l10n.t('Listing {0} rows of {1}', verdict, basename(synthetic)) };
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const path = await fileOf(input.synthetic, 'synthetic');
    const job = this.services.jobs.about(path);
    if (job !== undefined && isScoring(job)) {
      const { state, stage, secondsLeft, question } = job.view;
      return answer({ job: job.id, state, stage, secondsLeft, waitsForTheUser: question });
    }
    const dataset = await scoredDataset(this.services, path);
    const { controls } = dataset;
    const { verdict = 'misaligned', filter = '' } = input;
    const { view, count, total, fault } = await dataset.call('query', {
      ...{ filter, verdicts: [verdict], sort: { column: 'weight', descending: false }, controls },
    });
    if (fault !== undefined) throw new UserError(`The filter cannot be read: ${fault.message}`);
    const wanted = Math.max(1, Math.min(mostRows, Math.round(input.limit ?? defaultLimit)));
    const { rows } = await dataset.call('rows', { view, from: 0, count: Math.min(count, wanted) });
    return answer({
      ...{ effort: dataset.run?.effort, verdict, count, total },
      rows: rows.map(({ line, label, suggested, weight, quality, text }) => ({
        ...{ line, label, suggested, weight, verdict, probabilityOfLabel: quality, text },
      })),
    });
  }
}
