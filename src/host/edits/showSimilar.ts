import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Neighbour, Target } from '../../protocol/data.ts';
import { plainText } from '../plainText.ts';
import type { DatasetModel } from '../services.ts';
import { openLine } from './openRow.ts';

const mostSimilar = 50;
/** Enough of a text to know the row by. */
const shownCharacters = 160;

/** Lets the user walk through the rows most like one, and opens the chosen line. */
export async function showSimilar(target: Target, dataset: DatasetModel): Promise<void> {
  if (!('rows' in target) || target.rows.length === 0) return;
  const neighbours = await dataset.call('similar', { row: target.rows[0], count: mostSimilar });
  if (neighbours.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No row of this file is like it.'));
    return;
  }
  const fileOf = ({ source }: Neighbour): string | undefined => (source === 'real' ? dataset.realPath : dataset.path);
  const items = neighbours.map((neighbour) => ({
    neighbour,
    label: plainText(neighbour.text.slice(0, shownCharacters)),
    description: `${neighbour.cosine.toFixed(2)} · ${plainText(neighbour.label)}`,
    detail: vscode.l10n.t('{0}, line {1}', basename(fileOf(neighbour) ?? ''), neighbour.line.toLocaleString()),
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Similar rows'),
    matchOnDescription: true,
  });
  const file = picked && fileOf(picked.neighbour);
  if (picked !== undefined && file !== undefined) await openLine(vscode.Uri.file(file), picked.neighbour.line);
}
