/** "Compare two runs": a read-only Markdown document, shown as a preview. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { readRunRecord } from '../../store/runRecord.ts';
import { Disposable } from '../disposable.ts';
import { pickOne } from '../pickOne.ts';
import type { Services } from '../services.ts';
import { compareDocument } from './compareDocument.ts';
import type { CatalogRun } from './runCatalog.ts';
import { titleOf, whenOf } from './runsTree.ts';

const scheme = 'counterweight-compare';
/** Rows that are listed. */
const mostRows = 100;

/** What a comparison's URI holds, so that the document comes back after a reload. */
interface Compared {
  readonly dataset: string;
  readonly before: string;
  readonly after: string;
}

/** Makes the documents of comparisons. */
export class RunComparisons extends Disposable implements vscode.TextDocumentContentProvider {
  constructor(private readonly services: Services) {
    super();
    this.register(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
  }

  async show(a: CatalogRun, b: CatalogRun): Promise<void> {
    const [before, after] = Date.parse(a.record.created) <= Date.parse(b.record.created) ? [a, b] : [b, a];
    const compared: Compared = { dataset: a.dataset, before: before.folder, after: after.folder };
    const uri = vscode.Uri.from({
      scheme,
      path: `/${vscode.l10n.t('Two runs of {0}', basename(a.dataset))}.md`,
      query: JSON.stringify(compared),
    });
    // The preview is VS Code's own Markdown feature, which may be switched off.
    if (vscode.extensions.getExtension('vscode.markdown-language-features') !== undefined)
      await vscode.commands.executeCommand('markdown.showPreview', uri);
    else await vscode.window.showTextDocument(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const compared = readCompared(uri.query);
    if (compared === undefined) return vscode.l10n.t('This comparison cannot be read; compare the runs again.');
    const { dataset } = compared;
    const [before, after] = await Promise.all([readRunRecord(compared.before), readRunRecord(compared.after)]);
    const bothScored = [before, after].every(({ kind, status }) => kind === 'score' && status === 'done');
    const differences = bothScored
      ? await (
          await this.services.datasets.open(dataset)
        ).call('compareRuns', {
          ...{ before: compared.before, after: compared.after, most: mostRows },
        })
      : undefined;
    const file = vscode.Uri.file(dataset);
    return compareDocument(
      { dataset, before, after, differences },
      {
        t: (message, ...args) => vscode.l10n.t(message, ...args),
        linkTo: (line) => file.with({ fragment: `L${String(line)}` }).toString(),
      },
    );
  }
}

/** The first run of a comparison; undefined where the user gave up. */
export async function chooseFirst(runs: readonly CatalogRun[]): Promise<CatalogRun | undefined> {
  if (runs.length < 2) throw new UserError(vscode.l10n.t('There are no two runs to compare yet.'));
  return (await pickOne(runs.map(runItem), { title: vscode.l10n.t('Compare two runs: the first') }))?.run;
}

/** The other run of a comparison, of the same dataset and kind; undefined where the user gave up or there is none. */
export async function chooseOther(run: CatalogRun, runs: readonly CatalogRun[]): Promise<CatalogRun | undefined> {
  const others = runs.filter(({ folder, summary }) => folder !== run.folder && summary.kind === run.summary.kind);
  if (others.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no other run of this kind to compare with; make one with other settings first.'),
    );
    return undefined;
  }
  const picked = await pickOne(others.map(runItem), {
    title: vscode.l10n.t('Compare {0} with', titleOf(run)),
  });
  return picked?.run;
}

/** A run as an entry of a quick pick. */
function runItem(run: CatalogRun): vscode.QuickPickItem & { readonly run: CatalogRun } {
  return { run, label: titleOf(run), description: whenOf(run.record.created), detail: run.folder };
}

function readCompared(query: string): Compared | undefined {
  try {
    const value = JSON.parse(query) as Partial<Record<keyof Compared, unknown>>;
    const { dataset, before, after } = value;
    if (typeof dataset !== 'string' || typeof before !== 'string' || typeof after !== 'string') return undefined;
    return { dataset, before, after };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
