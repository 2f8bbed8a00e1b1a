import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import type { Services } from '../services.ts';
import { type FixArguments, fixCommands, type RowPlace } from './fixArguments.ts';
import { type Fix, fixesOf, type FlaggedRow } from './fixes.ts';
import type { FlaggedDocument, FlagStore } from './flagStore.ts';
import { noteOf } from './notes.ts';
import { shownFlags } from './problems.ts';
import { problemSource } from './publish.ts';

/**
 * Quick fixes of flagged rows. Never `source.fixAll` and never preferred: saving or "fix all" must not relabel data.
 */
export class RowFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  };

  constructor(
    private readonly services: Services,
    private readonly store: FlagStore,
  ) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const flagged = this.store.current(document);
    if (flagged === undefined) return [];
    const line = range.start.line + 1;
    const flag = await this.#flaggedRow(flagged, line);
    if (flag === undefined || document.version !== flagged.version) return [];
    const { path } = flagged.dataset;
    const place: RowPlace = { path, line, version: document.version };
    const fixed = diagnostics.filter(
      ({ source, range: { start } }) => source === problemSource && start.line + 1 === line,
    );
    return fixesOf(flag, flagged.flags, vscode.l10n.t).map(({ title, action, all }: Fix) => {
      const fix = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      fix.diagnostics = fixed;
      if (action === 'show') {
        fix.command = { title, command: fixCommands.show, arguments: [place] };
      } else {
        const target = all ? { path, verdict: flag.verdict } : place;
        fix.command = { title, command: fixCommands.act, arguments: [{ action, ...target } satisfies FixArguments] };
      }
      return fix;
    });
  }

  /** The row of a line where it is flagged; looked up where it is not among the worst, which are known here. */
  async #flaggedRow({ dataset, flags }: FlaggedDocument, line: number): Promise<FlaggedRow | undefined> {
    const known = shownFlags(flags).find((shown) => shown.line === line);
    if (known !== undefined || flags.misaligned + flags.redundant <= flags.flags.length) return known;
    const { controls } = dataset;
    try {
      const [found] = await dataset.call('lineWeights', { fromLine: line, toLine: line, controls });
      if (found === undefined || noteOf(found, flags.preview, vscode.l10n.t) === undefined) return undefined;
      const row = await dataset.call('rowAtLine', { line });
      if (row === null) return undefined;
      const { view } = await dataset.call('details', { row, controls });
      return { verdict: found.verdict, label: view.label, suggested: view.suggested };
    } catch (thrown) {
      this.services.log.warn(`${dataset.path}:${String(line)}: ${messageOf(thrown)}`);
      return undefined;
    }
  }
}
