/** The one question before scoring: fields, labels, effort and what it costs. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { DatasetFacts } from '../../protocol/data.ts';
import type { ScoreRequest } from '../../protocol/jobs.ts';
import { chooseReal } from '../chooseReal.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import type { DatasetModel, Services } from '../services.ts';
import { costText, type Costs } from './costText.ts';
import { paceOf } from './pace.ts';

export type Effort = ScoreRequest['effort'];

interface Item extends vscode.QuickPickItem {
  readonly choice?: Effort | 'real' | 'fields';
}

/**
 * Shows what was found and asks for the effort.
 * @param previewFirst Whether a preview comes before the scores.
 * @returns `fields` where the user went to the settings for the fields, undefined where the user gave up.
 */
export async function confirmScore(
  services: Services,
  dataset: DatasetModel,
  costs: Costs | undefined,
  effort: Effort,
  previewFirst: boolean,
): Promise<Effort | 'fields' | undefined> {
  for (;;) {
    const { facts, realPath } = dataset;
    if (facts === undefined || realPath === undefined) return undefined;
    const items = itemsOf(services, facts, costs, previewFirst);
    const picked = await pickOne(items, {
      title: vscode.l10n.t('Score {0} by {1}', basename(dataset.path), basename(realPath)),
      placeholder: vscode.l10n.t('Enter scores. The file itself is not changed.'),
      active: items.find(({ choice }) => choice === effort),
    });
    if (picked?.choice === undefined) return undefined;
    switch (picked.choice) {
      case 'real': {
        const real = await chooseReal(services, dataset.path);
        if (real !== undefined) await services.datasets.open(dataset.path, real);
        break;
      }
      case 'fields':
        await vscode.commands.executeCommand('workbench.action.openSettings', 'counterweight field');
        return 'fields';
      case 'preview':
      case 'standard':
      case 'paper':
        return picked.choice;
    }
  }
}

function itemsOf(services: Services, facts: DatasetFacts, costs: Costs | undefined, previewFirst: boolean): Item[] {
  const t = vscode.l10n.t;
  const cost = (effort: Effort): string | undefined =>
    costs && costText(effort, costs, paceOf(services.context), previewFirst, t);
  const { text, textPair, label } = facts.fields;
  return [
    {
      choice: 'standard',
      label: `$(play) ${t('Standard')}`,
      description: cost('standard'),
      detail: t('Checkers are fine-tuned in folds and calibrated. Recommended.'),
    },
    {
      choice: 'preview',
      label: `$(zap) ${t('Preview only')}`,
      description: cost('preview'),
      detail: t('Logistic regression on frozen embeddings. Marks no row as misaligned in the file.'),
    },
    {
      choice: 'paper',
      label: `$(book) ${t('Paper')}`,
      description: cost('paper'),
      detail: t('As published: one checker of each kind, in-sample, weights without a bound.'),
    },
    { label: t('What was found'), kind: vscode.QuickPickItemKind.Separator },
    {
      choice: 'real',
      label: `$(file) ${t('Real rows: {0}', plainText(basename(facts.realPath ?? '')))}`,
      description: t('{0} rows', facts.realRows.toLocaleString()),
      detail: countsText(facts, 'realRows'),
    },
    {
      choice: 'fields',
      label: `$(symbol-field) ${t(
        "Fields: text in '{0}', label in '{1}'",
        ...[plainText(textPair === undefined ? text : `${text} + ${textPair}`), plainText(label)],
      )}`,
      description: t('{0} rows', facts.rows.toLocaleString()),
      detail: [countsText(facts, 'rows'), ...findingsText(facts)].join(' · '),
    },
  ];
}

/** What is wrong with the rows, as far as no model is needed to see it. */
function findingsText({ brokenRows, brokenRealRows, exactCopies }: DatasetFacts): string[] {
  const t = vscode.l10n.t;
  const broken = brokenRows + brokenRealRows;
  return [
    ...(broken === 1 ? [t('1 broken row is left out')] : []),
    ...(broken > 1 ? [t('{0} broken rows are left out', broken.toLocaleString())] : []),
    ...(exactCopies === 1 ? [t('1 exact copy')] : []),
    ...(exactCopies > 1 ? [t('{0} exact copies', exactCopies.toLocaleString())] : []),
  ];
}

/** Labels with their counts, the first few. */
function countsText({ labels }: DatasetFacts, of: 'rows' | 'realRows'): string {
  const shown = labels.slice(0, 8).map((each) => `${plainText(each.label)} ${each[of].toLocaleString()}`);
  return [...shown, ...(labels.length > shown.length ? ['…'] : [])].join(', ');
}
