import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import { settingsOf } from '../settings.ts';
import type { FlaggedDocument, FlagStore } from './flagStore.ts';
import { documentedAt, type Problem, type ProblemCode, problemsOf } from './problems.ts';

/** As the Problems panel names us. */
export const problemSource = 'Counterweight';

/** Most problems shown for a file; 0 where they are switched off. */
export function problemLimit(uri: vscode.Uri): number {
  const settings = settingsOf(uri);
  return settings.get('diagnostics.enabled', true) ? Math.max(0, settings.get('diagnostics.limit', 500)) : 0;
}

/** Shows the problems of open documents, and takes them away when a document is closed. */
export class Problems extends Disposable {
  readonly #collection = this.register(vscode.languages.createDiagnosticCollection('counterweight'));

  constructor(
    private readonly store: FlagStore,
    private readonly extensionUri: vscode.Uri,
  ) {
    super();
    this.register(store.onDidChange((uri) => this.#publish(uri)));
  }

  #publish(uri: vscode.Uri): void {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
    if (document === undefined || document.isClosed) {
      this.#collection.delete(uri);
      return;
    }
    const flagged = this.store.current(document);
    if (flagged === undefined) {
      // Shown problems move with the text by themselves until the next answer.
      if (this.store.latest(document) === undefined) this.#collection.delete(uri);
      return;
    }
    const problems = problemsOf(flagged.flags, problemLimit(uri), vscode.l10n.t);
    this.#collection.set(
      uri,
      problems.map((problem) => this.#diagnostic(problem, flagged)),
    );
  }

  #diagnostic(problem: Problem, { dataset, document }: FlaggedDocument): vscode.Diagnostic {
    const { line, start, end, message, nearestReal } = problem;
    const range = document.validateRange(new vscode.Range(line, start, line, end));
    const diagnostic = new vscode.Diagnostic(range, message, severities[problem.severity]);
    diagnostic.source = problemSource;
    diagnostic.code = { value: problem.code, target: this.#documentation(problem.code) };
    if (nearestReal !== undefined && dataset.realPath !== undefined) {
      const at = new vscode.Location(vscode.Uri.file(dataset.realPath), new vscode.Position(nearestReal.line, 0));
      diagnostic.relatedInformation = [new vscode.DiagnosticRelatedInformation(at, nearestReal.message)];
    }
    return diagnostic;
  }

  /** A page that comes with the extension: VS Code opens no command from here, and the user may be offline. */
  #documentation(code: ProblemCode): vscode.Uri {
    return vscode.Uri.joinPath(this.extensionUri, 'docs', 'verdicts.md').with({
      fragment: `L${String(documentedAt[code])}`,
    });
  }
}

const severities: Readonly<Record<Problem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Hint,
};
