import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { EditPlan } from '../../protocol/data.ts';
import type { DatasetModel } from '../services.ts';
import { linesOf, offsetsOf } from './documents.ts';
import { applySpans, changedLines, toSpans } from './spans.ts';

/** Scheme of documents that show a file as it would be. */
export const previewScheme = 'counterweight-preview';

/** A longer text is not compared as a whole: VS Code took 11 s to show that of 30 MB. */
const longestWhole = 4_000_000;
/** Changed lines that are compared instead. */
const mostLines = 5000;

/** Two documents to compare. */
interface Sides {
  readonly before: vscode.Uri | string;
  readonly after: string;
  readonly title: string;
}

/** Shows what a plan changes in a diff editor. @returns How to close it again. */
export async function showPreview(
  plan: EditPlan,
  dataset: DatasetModel,
  document: vscode.TextDocument,
): Promise<() => Promise<void>> {
  const { before, after, title } = sidesOf(plan, dataset, document);
  const id = `${String(document.version)}.${String(Date.now())}`;
  const uriOf = (side: 'before' | 'after'): vscode.Uri =>
    vscode.Uri.from({ scheme: previewScheme, path: dataset.uri.path, query: `${side}.${id}` });
  const texts = new Map([[uriOf('after').query, after]]);
  if (typeof before === 'string') texts.set(uriOf('before').query, before);
  const left = typeof before === 'string' ? uriOf('before') : before;
  const right = uriOf('after');
  const provider = vscode.workspace.registerTextDocumentContentProvider(previewScheme, {
    provideTextDocumentContent: ({ query }) => texts.get(query),
  });
  try {
    // Opened here, the texts stay with the diff editor, and the provider has done its work.
    await Promise.all([left, right].map((uri) => vscode.workspace.openTextDocument(uri)));
    await vscode.commands.executeCommand('vscode.diff', left, right, title, {
      preview: true,
      preserveFocus: true,
    } satisfies vscode.TextDocumentShowOptions);
  } finally {
    provider.dispose();
  }
  return async () => {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const shown = tabs.filter(
      ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === right.toString(),
    );
    if (shown.length > 0) await vscode.window.tabGroups.close(shown, true);
  };
}

function sidesOf(plan: EditPlan, dataset: DatasetModel, document: vscode.TextDocument): Sides {
  const name = basename(dataset.path);
  const rows = plan.rows.toLocaleString();
  const lines = linesOf(document);
  const whole = document.getText();
  if (whole.length <= longestWhole) {
    const after = applySpans(whole, toSpans(plan.edits, lines), offsetsOf(document));
    return { before: document.uri, after, title: vscode.l10n.t('{0}: {1} rows change', name, rows) };
  }
  const { before, after, all } = changedLines(plan.edits, lines, mostLines);
  const title = all
    ? vscode.l10n.t('{0}: {1} rows change (only these)', name, rows)
    : vscode.l10n.t('{0}: the first {1} of {2} changed rows', name, mostLines.toLocaleString(), rows);
  return { before, after, title };
}
