import * as vscode from 'vscode';
import type { RowDetails, Target, WeightControls } from '../../protocol/data.ts';
import type { DatasetModel } from '../services.ts';

/** More rows than this are a matter for an export. */
const mostRows = 1000;
/** Calls under way at the same time. */
const batch = 50;

/** Puts texts or JSON lines on the clipboard, one row a line, and says how many. */
export async function copyRows(
  what: 'copyText' | 'copyJson',
  target: Target,
  dataset: DatasetModel,
  controls: WeightControls,
): Promise<void> {
  const { rows, more } = await rowsOf(target, dataset);
  const lines: string[] = [];
  for (let from = 0; from < rows.length; from += batch) {
    const part = rows.slice(from, from + batch);
    const details = await Promise.all(part.map((row) => dataset.call('details', { row, controls })));
    lines.push(...details.map((row) => (what === 'copyText' ? textOf(row) : row.json)));
  }
  await vscode.env.clipboard.writeText(lines.join('\n'));
  if (more) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Copied the first {0} rows. Export writes them all.', rows.length.toLocaleString()),
    );
  } else {
    const message =
      rows.length === 1
        ? vscode.l10n.t('Copied 1 row')
        : vscode.l10n.t('Copied {0} rows', rows.length.toLocaleString());
    vscode.window.setStatusBarMessage(message, 3000);
  }
}

function textOf({ text, textPair }: RowDetails): string {
  return textPair === undefined ? text : `${text}\t${textPair}`;
}

/** The first rows of a target, in its order. */
async function rowsOf(target: Target, dataset: DatasetModel): Promise<{ rows: readonly number[]; more: boolean }> {
  if ('verdict' in target) throw new RangeError('rows are copied by selection or view, not by verdict');
  const all =
    'rows' in target
      ? target.rows
      : (await dataset.call('rows', { view: target.view, from: 0, count: mostRows + 1 })).rows.map(({ row }) => row);
  return { rows: all.slice(0, mostRows), more: all.length > mostRows };
}
