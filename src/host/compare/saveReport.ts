import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import { htmlReport, markdownReport } from '../../core/comparison/report.ts';
import type { KeptComparison } from '../../store/comparison.ts';
import { plainText } from '../plainText.ts';

/** Asks for a file and writes the report to it: as HTML where its name says so, else as Markdown. */
export async function saveReport(dataset: string, { comparison, facts }: KeptComparison): Promise<void> {
  const name = `${basename(dataset, extname(dataset))}-methods.md`;
  const file = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save report'),
    defaultUri: vscode.Uri.file(join(dirname(dataset), name)),
    filters: { Markdown: ['md'], HTML: ['html'] },
  });
  if (file === undefined) return;
  const report = /\.html?$/i.test(file.path) ? htmlReport : markdownReport;
  await vscode.workspace.fs.writeFile(file, Buffer.from(report(comparison, facts), 'utf8'));
  const open = vscode.l10n.t('Open');
  const text = vscode.l10n.t('The report was saved as {0}.', plainText(basename(file.fsPath)));
  void vscode.window.showInformationMessage(text, open).then((answer) => {
    if (answer === open) void vscode.commands.executeCommand('vscode.open', file);
  });
}
