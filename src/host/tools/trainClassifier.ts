import { basename } from 'node:path';
import * as vscode from 'vscode';
import { defaultTrainingSet, type TrainRequest } from '../../protocol/jobs.ts';
import type { Services } from '../services.ts';
import { checkersOf, rowsName } from '../train/losses.ts';
import { requestBase } from '../train/requestBase.ts';
import { defaultScores } from '../train/scoresChoice.ts';
import { answer, confirmation, optionalFileOf, pairOf } from './support.ts';

interface Input {
  readonly synthetic?: string;
  readonly real?: string;
  readonly dev?: string;
  readonly test?: string;
  readonly loss?: TrainRequest['loss'];
  readonly data?: TrainRequest['data'];
  readonly epochs?: number;
}

/** Starts training; answers at once with the job. */
export class TrainClassifierTool implements vscode.LanguageModelTool<Input> {
  constructor(private readonly services: Services) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    return confirmation(
      vscode.l10n.t('Train weighted classifier'),
      vscode.l10n.t(
        'Train a classifier on {0} ({1}) with loss {2}. This computes on this machine for minutes and writes a model folder under .counterweight beside the file.',
        basename(input.synthetic ?? '?'),
        rowsName(input.data ?? defaultTrainingSet),
        input.loss ?? 'imp',
      ),
    );
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Input>): Promise<vscode.LanguageModelToolResult> {
    const { dataset, real } = await pairOf(this.services, input);
    const dev = await optionalFileOf(input.dev, 'dev');
    const test = await optionalFileOf(input.test, 'test');
    const { loss = 'imp' } = input;
    const job = this.services.jobs.enqueue({
      kind: 'train',
      request: {
        ...requestBase(dataset.uri, this.services),
        files: { synthetic: dataset.path, real, dev, test },
        fields: dataset.fields,
        loss,
        data: input.data,
        // Of the run that is shown, as from the panel.
        scores: defaultScores(dataset.run, real, checkersOf(loss)),
        epochs: input.epochs === undefined ? undefined : Math.max(1, Math.round(input.epochs)),
      },
    });
    return answer({
      job: job.id,
      state: job.view.state,
      next: 'The status bar shows its progress; results appear in the Runs view and in run.json under .counterweight.',
    });
  }
}
