import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { answer, fileOf, scoredDataset } from './support.ts';

interface Input {
  readonly synthetic?: string;
  readonly line?: number;
}

/** Why one row has its weight: both checkers' probabilities, the verdict, its neighbours among the real rows. */
export class ExplainRowTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    const { synthetic = '?', line = 0 } = input;
    return { invocationMessage: vscode.l10n.t('Explaining line {0} of {1}', line, basename(synthetic)) };
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const path = await fileOf(input.synthetic, 'synthetic');
    const dataset = await scoredDataset(this.services, path);
    const line = Math.round(input.line ?? 0);
    const row = await dataset.call('rowAtLine', { line });
    if (row === null) return answer({ error: `Line ${String(line)} of ${basename(path)} holds no row.` });
    const details = await dataset.call('details', { row, controls: dataset.controls });
    const { view, text, textPair, truncated, probabilities, reason } = details;
    const { nearestReal, nearCopies, nearCopyCount, nearCopiesMayBeMore } = details;
    return answer({
      ...{
        line,
        label: view.label,
        suggested: view.suggested,
        verdict: view.verdict,
        weight: view.weight,
        marks: view.marks,
      },
      ...{
        reason,
        probabilities,
        nearestReal,
        nearCopyCount,
        nearCopiesMayBeMore,
        nearCopies,
        text,
        textPair,
        truncated,
      },
    });
  }
}
